"""Where the cases of PDF files register, and how lines with raised and lowered parts are laid out."""

from __future__ import annotations

from collections.abc import Callable

from tests.sources.make_pdf import Text

CASES: dict[str, Callable[[], bytes]] = {}


def case(function: Callable[[], bytes]) -> Callable[[], bytes]:
    """Register a case under the name of its function."""
    CASES[function.__name__.removeprefix("case_")] = function
    return function


def raised(y: float, *parts: str) -> list[Text]:
    """Parts in turn on the baseline and raised by a third of the size."""
    return scripted(y, 3.5, *parts)


def lowered(y: float, *parts: str) -> list[Text]:
    """Parts in turn on the baseline and lowered by a sixth of the size."""
    return scripted(y, -1.7, *parts)


def scripted(y: float, move: float, *parts: str) -> list[Text]:
    """Parts in turn on the baseline and off it, at seven tenths of the size."""
    out, x = [], 72.0
    for index, part in enumerate(parts):
        size = 7 if index % 2 else 10
        out.append(Text(x, y + (move if index % 2 else 0), part, size))
        x += width(part, size)
    return out


def width(text: str, size: float) -> float:
    """Width of a text in Helvetica, points."""
    narrow = {**dict.fromkeys(" .,ijltf-'I/:()r", 0.28), "r": 0.333, "-": 0.333, "t": 0.278}
    wide = {**dict.fromkeys("mM", 0.833), "w": 0.722, **dict.fromkeys("ABEKPSVXY", 0.667)}
    wide |= {
        **dict.fromkeys("CDHNRU", 0.722),
        **dict.fromkeys("GOQ", 0.778),
        **dict.fromkeys("FTZ", 0.611),
    }
    wide |= dict.fromkeys("cksvxyzJ", 0.5)
    tight = {**dict.fromkeys("ijl", 0.222), "f": 0.278}
    return size * sum(tight.get(c) or narrow.get(c) or wide.get(c, 0.556) for c in text)
