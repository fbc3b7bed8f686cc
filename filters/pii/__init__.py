"""Personal data: where it is looked for, what it is masked with.

``redact`` is the way in. Rooms: ``rules`` (the table, from ``contact``, ``numbers`` and
``person``), ``rule`` (what a rule is), ``labels`` (label words), ``shapes``, ``phones``,
``records``, ``network``, ``personal`` and ``validators`` (checks of shape, context and
checksum), ``veto`` (look-alikes that stay), ``keep`` (public numbers), ``fold`` (characters for
matching), ``gate`` (the compiled first pass, kernel in ``filters.kernels.gate``), ``scan``
(windows to hits), ``recognisers`` (those that a recipe names), ``masks`` (where masks stand),
``redact`` (Arrow columns), ``masking`` (what a recipe asks for), ``locate`` (the places that
``redact`` masks), ``entities`` (names of labels) and ``score`` (how places agree with labels).
"""

from filters.pii.locate import Mask, locate
from filters.pii.masking import Masking
from filters.pii.masks import MASKS, Place
from filters.pii.recognisers import Recogniser, RecogniserError
from filters.pii.redact import PREEXISTING, PROFILES, UNSETTLED, Redaction, redact
from filters.pii.rules import RULES_VERSION

__all__ = [
    "MASKS",
    "PREEXISTING",
    "PROFILES",
    "RULES_VERSION",
    "UNSETTLED",
    "Mask",
    "Masking",
    "Place",
    "Recogniser",
    "RecogniserError",
    "Redaction",
    "locate",
    "redact",
]
