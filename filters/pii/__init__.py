"""Personal data: where it is looked for, what it is masked with.

``redact`` is the way in. Rooms: ``rules`` (the table, from ``contact``, ``numbers`` and
``person``), ``rule`` (what a rule is), ``labels`` (label words), ``shapes``, ``phones``,
``records``, ``network``, ``personal`` and ``validators`` (checks of shape, context and
checksum), ``veto`` (look-alikes that stay), ``keep`` (public numbers), ``fold`` (characters for
matching), ``gate`` (the compiled first pass, kernel in ``filters.kernels.gate``), ``scan``
(windows to hits), ``redact`` (Arrow columns), ``locate`` (the places that ``redact`` masks) and
``score`` (how they agree with labels).
"""

from filters.pii.locate import Mask, locate
from filters.pii.redact import PREEXISTING, PROFILES, Redaction, redact
from filters.pii.rules import RULES_VERSION

__all__ = ["PREEXISTING", "PROFILES", "RULES_VERSION", "Mask", "Redaction", "locate", "redact"]
