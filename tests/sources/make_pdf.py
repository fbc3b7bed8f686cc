"""Write small PDF files object by object, with fonts whose maps to Unicode are chosen freely.

Format: ISO 32000-1:2008, chapters 7 (objects), 9 (text) and 9.10 (maps to Unicode).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 595, 842
"""A4 in points."""


@dataclass(frozen=True)
class Font:
    """A font that need not exist: the reader asks for its name, codes and map only.

    Attributes:
        name: PostScript name.
        unicode: What codes mean, where the font says so itself.
        coded: Whether codes are those of glyphs without a name: one byte each, no encoding.
    """

    name: str = "Helvetica"
    unicode: Mapping[int, str] = field(default_factory=dict)
    coded: bool = False


@dataclass(frozen=True)
class Text:
    """One stroke of text.

    Attributes:
        x: Left end of the baseline, points.
        y: Baseline, points, upward.
        text: Characters of Windows code page 1252.
        size: Font size, points.
        font: Key of the font, ``F1`` Helvetica, ``F2`` Helvetica-Bold, or one handed to `make`.
        grey: Fill from 0 black to 1 white.
        turn: Quarter turns against the clock.
    """

    x: float
    y: float
    text: str
    size: float = 10
    font: str = "F1"
    grey: float = 0
    turn: int = 0

    def __str__(self) -> str:
        cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[self.turn % 4]
        escaped = self.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return (
            f"BT {self.grey:g} g /{self.font} {self.size:g} Tf "
            f"{cos} {sin} {-sin} {cos} {self.x:g} {self.y:g} Tm ({escaped}) Tj ET\n"
        )


def lines(
    *texts: str, x: float = 72, y: float = 700, size: float = 10, leading: float = 12
) -> list[Text]:
    """Lines below one another."""
    return [Text(x, y - leading * n, text, size) for n, text in enumerate(texts)]


def make(
    pages: Sequence[Sequence[Text | str]],
    fonts: Mapping[str, Font] | None = None,
    title: str = "",
    page_keys: str = "",
    trailer: str = "",
) -> bytes:
    """Write a file.

    Args:
        pages: What each page draws, in order; a plain string is content as it is.
        fonts: Fonts by key, beside ``F1`` and ``F2``.
        title: Title of the metadata.
        page_keys: Further entries of each page's dictionary.
        trailer: Further entries of the trailer.

    Returns:
        The file; the same arguments give the same bytes.
    """
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "", f"<</Title({title})>>"]
    every = {"F1": Font(), "F2": Font("Helvetica-Bold"), **(fonts or {})}
    named = "".join(f"/{key} {_font(font, objects)} 0 R" for key, font in every.items())
    kids = []
    for items in pages:
        content = "".join(map(str, items))
        objects.append(f"<</Length {len(content.encode('cp1252'))}>>stream\n{content}\nendstream")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]"
            f"/Resources<</Font<<{named}>>>>/Contents {len(objects)} 0 R{page_keys}>>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    return _file(objects, trailer)


def _font(font: Font, objects: list[str]) -> int:
    """Add a font's objects; return the number of its dictionary."""
    extra = ""
    if font.unicode:
        width = 4 if font.coded else 2
        pairs = "".join(
            f"<{code:0{width}x}> <{text.encode('utf-16-be').hex()}>\n"
            for code, text in sorted(font.unicode.items())
        )
        span = f"<{'0' * width}> <{'f' * width}>"
        cmap = (
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
            f"1 begincodespacerange {span} endcodespacerange\n"
            f"{len(font.unicode)} beginbfchar\n{pairs}endbfchar\nendcmap end end"
        )
        objects.append(f"<</Length {len(cmap)}>>stream\n{cmap}\nendstream")
        extra = f"/ToUnicode {len(objects)} 0 R"
    if font.coded:
        objects.append(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{font.name}/DW 500"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>"
        )
        objects.append(
            f"<</Type/Font/Subtype/Type0/BaseFont/{font.name}/Encoding/Identity-H"
            f"/DescendantFonts[{len(objects)} 0 R]{extra}>>"
        )
    else:
        objects.append(
            f"<</Type/Font/Subtype/Type1/BaseFont/{font.name}/Encoding/WinAnsiEncoding{extra}>>"
        )
    return len(objects)


def _file(objects: Sequence[str], trailer: str) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    out += f"trailer<</Size {len(objects) + 1}/Root 1 0 R/Info 3 0 R{trailer}>>\n".encode()
    out += f"startxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def picture(x: float, y: float, width: float, height: float) -> str:
    """Content that draws a picture of one grey pixel."""
    return f"q {width:g} 0 0 {height:g} {x:g} {y:g} cm BI /W 1 /H 1 /CS /G /BPC 8 ID a EI Q\n"


def codes(x: float, y: float, text: str, font: str, size: float = 10) -> str:
    """Content that shows characters of a coded font, by two bytes each."""
    return f"BT 0 g /{font} {size:g} Tf {x:g} {y:g} Td <{text.encode('utf-16-be').hex()}> Tj ET\n"
