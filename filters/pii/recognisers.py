"""Recognisers of a recipe: models and rules of others that masking asks beside its own.

A recogniser is named ``package.module:callable``. It is any callable from a text to its findings,
``(start, end, entity)`` in code points, end exclusive; or a Presidio ``EntityRecognizer``, an
object or a class, known by its methods: Presidio itself is never imported here. It runs in the
workers of a build, and is asked again in every round of masking until it finds nothing more.
Whatever it raises, and whatever it finds that is no span of the text or of an entity without a
token, fails the text: the row is withheld. Nothing that it prints comes out, since that may hold
what it found.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import importlib
import importlib.metadata
import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import re2

from filters.pii.entities import entity_of
from filters.pii.labels import TOKENS
from filters.pii.scan import Hit, Scanned

__all__ = ["PRESIDIO_SCORE", "Recogniser", "RecogniserError", "recogniser", "with_recognised"]

PRESIDIO_SCORE = 0.4
"""Findings of a Presidio recogniser with a smaller score are none: what its patterns for mere runs
of digits have without a word of context (docs/pii.md)."""

_TOKEN = re2.compile(("\\[(?:" + "|".join(TOKENS) + ")\\]").encode())
_ALNUM = re.compile(r"[^\W_]")

Find = Callable[[str], Iterable[tuple[int, int, str]]]


class RecogniserError(RuntimeError):
    """A recogniser cannot be used; the message says in one line which and what to do."""


class _FindingError(ValueError):
    """A finding that is no span of the text, or of an entity that has no token."""


@dataclass(frozen=True, slots=True)
class Recogniser:
    """A recogniser as a task carries it: loaded where it is asked, once in a process.

    Attributes:
        name: ``package.module:callable``.
        version: From `recogniser`: another version is another recogniser.
        entities: Its labels and their tokens, beside the common names; empty for none.
    """

    name: str
    version: str
    entities: tuple[tuple[str, str], ...] = ()

    def require(self) -> None:
        """Load it, and see that it is the one that the task means.

        Raises:
            RecogniserError: It cannot be loaded here, or is of another version.
        """
        here = _loaded(self.name).version
        if here != self.version:
            raise RecogniserError(
                f"recogniser {self.name}: is {here} in this process and {self.version} in the "
                "build; install the same everywhere"
            )

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """Ask it: start, end (code points) and token of what it finds.

        Raises:
            Exception: Whatever it raises, and for findings that are none.
        """
        given = dict(self.entities)
        unheard = io.StringIO()
        with contextlib.redirect_stdout(unheard), contextlib.redirect_stderr(unheard):
            found = [_checked(one, len(text), given) for one in _loaded(self.name).find(text)]
        return [one for one in found if one[2]]


def recogniser(name: str, entities: Mapping[str, str]) -> Recogniser:
    """Load a recogniser of a recipe.

    Its version is made of that of its distribution, its attribute ``version`` (or that of its
    module, ``__version__``), and a checksum of its module's file. A model that it reads is not part
    of these: raise ``version`` with it.

    Args:
        name: ``package.module:callable``.
        entities: `plain_name` of its labels to their tokens, empty for a label that is none.

    Raises:
        RecogniserError: It cannot be imported, is no recogniser, or says beforehand that it finds
            entities without a token.
    """
    loaded = _loaded(name)
    unknown = [label for label in loaded.labels if entity_of(label, entities) is None]
    if unknown:
        raise RecogniserError(
            f"recogniser {name}: finds {', '.join(unknown)}, for which there is no token; "
            f'map it in recogniser_entities, as "{unknown[0]}=NAME" or "{unknown[0]}=none"'
        )
    return Recogniser(name, loaded.version, tuple(sorted(entities.items())))


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What stands behind a name: how to ask it, its version, the labels it says it has."""

    find: Find
    version: str
    labels: tuple[str, ...]


@cache
def _loaded(name: str) -> _Loaded:
    module = _imported(name)
    target: Any = module
    for part in name.partition(":")[2].split("."):
        if not hasattr(target, part):
            near = difflib.get_close_matches(part, dir(target), 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise RecogniserError(f"recogniser {name}: {module.__name__} has no {part}{hint}")
        target = getattr(target, part)
    if isinstance(target, type):
        try:
            target = target()
        except Exception as error:
            raise RecogniserError(
                f"recogniser {name}: cannot be made without arguments ({type(error).__name__}); "
                "name an object or a function"
            ) from None
    presidio = hasattr(target, "analyze") and hasattr(target, "supported_entities")
    if not presidio and not callable(target):
        raise RecogniserError(f"recogniser {name}: is neither callable nor a Presidio recogniser")
    if presidio and any("Spacy" in base.__name__ for base in type(target).__mro__):
        # Without the artifacts of a language model it finds nothing, and says nothing of it.
        raise RecogniserError(
            f"recogniser {name}: needs the language model of an AnalyzerEngine; "
            "name a function that calls one"
        )
    return _Loaded(
        _presidio(target) if presidio else target,
        _version(target, module),
        tuple(target.supported_entities) if presidio else (),
    )


def _imported(name: str) -> ModuleType:
    wanted = name.partition(":")[0]
    try:
        return importlib.import_module(wanted)
    except ModuleNotFoundError as error:
        missing = error.name or wanted
        if wanted == missing or wanted.startswith(f"{missing}."):
            advice = "install it, or name its folder in PYTHONPATH"
            problem = f"there is no module {missing}; {advice}"
        else:
            problem = f"its module needs {missing}, which is not installed"
    except Exception as error:
        problem = f"its module cannot be imported ({type(error).__name__})"
    raise RecogniserError(f"recogniser {name}: {problem}")


def _presidio(target: Any) -> Find:
    """Adapt a Presidio ``EntityRecognizer``: its method ``analyze``, all of its entities."""
    entities = list(target.supported_entities)

    def find(text: str) -> list[tuple[int, int, str]]:
        found = target.analyze(text, entities, None)
        return [
            (one.start, one.end, one.entity_type) for one in found if one.score >= PRESIDIO_SCORE
        ]

    return find


def _version(target: Any, module: ModuleType) -> str:
    top = module.__name__.partition(".")[0]
    named = importlib.metadata.packages_distributions().get(top, [])
    said = [f"{name} {importlib.metadata.version(name)}" for name in sorted(set(named))]
    own = getattr(target, "version", None) or getattr(module, "__version__", None)
    said += [" ".join(str(own).split())] if isinstance(own, str | int | float) else []
    # A package may only hand on what another of its modules defines.
    own_module = sys.modules.get(getattr(target, "__module__", ""), module)
    files = {one.__file__ for one in (module, own_module) if getattr(one, "__file__", None)}
    content = b"".join(Path(file).read_bytes() for file in sorted(filter(None, files)))
    return ", ".join([*said, hashlib.sha256(content).hexdigest()[:16]])


def _checked(found: Any, length: int, given: Mapping[str, str]) -> tuple[int, int, str]:
    """Return a finding with its token.

    Raises:
        _FindingError: It is none.
    """
    try:
        start, end, label = found
        start, end, entity = int(start), int(end), entity_of(label, given)
    except (TypeError, ValueError, AttributeError):
        raise _FindingError from None
    if entity is None or not 0 <= start < end <= length:
        raise _FindingError
    return start, end, entity


def with_recognised(
    scanned: Iterator[Scanned],
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    recognisers: Sequence[Recogniser],
) -> Iterator[Scanned]:
    """Add the findings of recognisers to those of the rules.

    Args:
        scanned: From `filters.pii.scan.scan_rows`, for the same rows.
        data: ``uint8``, bytes behind the rows.
        offsets: ``int64[n + 1]``.
        recognisers: At least one.

    Yields:
        A result for each row that is not empty, in order.
    """
    for each in recognisers:
        each.require()
    ahead = next(scanned, None)
    for row in np.flatnonzero(np.diff(offsets)).tolist():
        mine = Scanned(row, ())
        if ahead is not None and ahead.row == row:
            mine, ahead = ahead, next(scanned, None)
        text = data[offsets[row] : offsets[row + 1]].tobytes()
        yield mine if mine.failed else _recognised(mine, text, recognisers)


def _recognised(scanned: Scanned, text: bytes, recognisers: Sequence[Recogniser]) -> Scanned:
    """Ask every recogniser about one text."""
    spans: list[Hit] = []
    name = ""
    try:
        shown = text.decode("utf-8")
        for each in recognisers:
            name = each.name
            found = each.find(shown)
            places = _bytes(shown, [at for start, end, _ in found for at in (start, end)])
            spans += [Hit(places[s], places[e], entity, name, False) for s, e, entity in found]
    except (Exception, SystemExit) as error:  # fail closed, and never its message: it may quote
        what = "gave what is no finding" if isinstance(error, _FindingError) else "stopped with "
        said = what if isinstance(error, _FindingError) else what + type(error).__name__
        return Scanned(scanned.row, (), failed=f"recogniser {name} {said}")
    return Scanned(scanned.row, tuple(_joined(text, scanned.hits, spans)), scanned.tokens)


def _bytes(text: str, points: Sequence[int]) -> dict[int, int]:
    """Return the byte of each code point of a text."""
    found = {}
    at = place = 0
    for point in sorted(set(points)):
        place += len(text[at:point].encode("utf-8"))
        at = point
        found[point] = place
    return found


def _joined(text: bytes, hits: Sequence[Hit], spans: Sequence[Hit]) -> list[Hit]:
    """Put hits of rules and findings together: disjoint, in order, nothing of either left out.

    A mask that stands in the text stays, and so does what a rule hits with a label or a checksum;
    another hit gives way to a finding that holds it whole. Of a finding that overlaps what stays,
    the rest is masked.
    """
    stays = [
        hit
        for hit in hits
        if hit.label or not any(s.start <= hit.start and hit.end <= s.end for s in spans)
    ]
    taken = [match.span() for match in _TOKEN.finditer(text)]
    taken += [(hit.start, hit.end) for hit in stays]
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start, s.entity)):
        for start, end in _free(text, span, sorted(taken)):
            stays.append(Hit(start, end, span.entity, span.rule, False))
            taken.append((start, end))
    return sorted(stays, key=lambda hit: hit.start)


def _free(text: bytes, span: Hit, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what of a span is not taken, and is more than blanks and punctuation."""
    pieces = []
    at = span.start
    for start, end in taken:
        if end <= at or start >= span.end:
            continue
        pieces.append((at, start))
        at = end
    pieces.append((at, span.end))
    whole = len(pieces) == 1
    found = []
    for start, end in pieces:
        shown = text[max(start, span.start) : end].decode("utf-8")
        if start >= end or not (whole or _ALNUM.search(shown)):
            continue
        left = len(shown.encode()) - len(shown.lstrip().encode())
        right = len(shown.encode()) - len(shown.rstrip().encode())
        if start + left < end - right:
            found.append((start + left, end - right))
    return found
