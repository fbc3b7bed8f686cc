"""What a reader of one format hands over: text with what the file says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HIDDEN_TEXT = frozenset({"not_displayed", "off_page", "unpainted", "zero_size"})
"""How a page can hide text from its readers: set not to be shown, put beside the page, drawn in no
ink, of no size. A reader leaves such text out and notes its characters, white space aside, under
``hidden_text``: a mapping of these to a number."""


@dataclass(frozen=True, slots=True)
class Page:
    """One file or record read as a document.

    Attributes:
        text: Body as Markdown without the title; empty where there is none.
        title: One line, empty where the file names none.
        lang: Primary subtag of the declared language (``en``), or empty.
        date: ``2019``, ``2019-08`` or ``2019-08-26`` as far as declared, or empty.
        url: Address the file declares for itself (canonical link), or empty.
        license: Statement of the licence as found (URL or words), or empty.
        notes: Further facts for the document's metadata, JSON-serialisable.
        undone: Step that was undone; see `sources.items.Document`.
        license_place: Where the statement of the licence stands (``meta dc.rights``), or empty.
    """

    text: str
    title: str = ""
    lang: str = ""
    date: str = ""
    url: str = ""
    license: str = ""
    notes: Mapping[str, object] = field(default_factory=dict)
    undone: str = ""
    license_place: str = ""
