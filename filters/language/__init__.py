"""Languages of documents and of their paragraphs with a fastText model, and what is kept.

In this room: `model` (finding the model file), `engine` (asking it), `library` (fastText's own),
`identify` (measuring), `decide` (the decision by language, and whether what a source declares
agrees). Codes of languages and scripts are beside it, in `filters.language_codes`: a recipe is
checked by them without loading any of this.
"""

from filters.language.decide import agreement, decide_language
from filters.language.engine import library_of, unlabelled
from filters.language.identify import LANGUAGE_VERSION, Identifier
from filters.language.model import (
    MODEL_SHA256,
    MODEL_VARIABLE,
    MissingModel,
    checksum,
    resolve_model,
)
from filters.language_codes import UNDETERMINED

__all__ = [
    "LANGUAGE_VERSION",
    "MODEL_SHA256",
    "MODEL_VARIABLE",
    "UNDETERMINED",
    "Identifier",
    "MissingModel",
    "agreement",
    "checksum",
    "decide_language",
    "library_of",
    "resolve_model",
    "unlabelled",
]
