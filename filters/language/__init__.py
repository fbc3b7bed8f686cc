"""Languages of documents and of their paragraphs with a fastText model, and what is kept.

In this room: `codes` (of languages and scripts), `model` (finding the model file), `engine` (asking
it), `identify` (measuring), `decide` (the decision by language, and whether what a source declares
agrees).
"""

from filters.language.codes import UNDETERMINED
from filters.language.decide import agreement, decide_language
from filters.language.engine import is_model
from filters.language.identify import LANGUAGE_VERSION, Identifier
from filters.language.model import MODEL_SHA256, MissingModel, checksum, resolve_model

__all__ = [
    "LANGUAGE_VERSION",
    "MODEL_SHA256",
    "UNDETERMINED",
    "Identifier",
    "MissingModel",
    "agreement",
    "checksum",
    "decide_language",
    "is_model",
    "resolve_model",
]
