"""Measuring languages: of a document, and of its paragraphs.

Little is read, and more only where that leaves a doubt:

1. A text is cut into segments, which are paragraphs (`filters.kernels.segments`), and a sample of
   each is read: 300 characters in all, or 60 of each segment where that is more. All samples
   together say the document's language.
2. Where they do so with less than 0.8, the segments are read whole, up to 10,000 characters.
3. A segment whose sample does not support the document's language is read by itself. If the model
   names another language for it with 0.7 or more, it is in that language. What stays doubtful, as
   headings, tables and lists of references do, counts as the document's.

The language with most characters is the document's. What is mostly in a script that the language
named is not written in is ``und``: of a script that it does not know, a model names some language
all the same.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from filters.kernels import segments
from filters.kernels.buffers import text_views
from filters.language.engine import Bytes, Engine, Ints, Longs, load_engine
from filters.language.model import checksum
from filters.language_codes import SCRIPTS, UNDETERMINED, language_of, scripts_of

LANGUAGE_VERSION = 2
"""Raised whenever the same text and model give another answer."""

PARTS = pa.map_(pa.string(), pa.float64())
"""Type of ``lang_parts``: language to its share of the characters, the largest first."""

_TOGETHER, _EACH = 300, 60  # characters: of all samples of a text, of each at least
_SURE = 0.8  # a document below this is read further
_MORE = 10_000  # characters read then
_SUPPORTED = 0.5  # a segment that gives the document's language less is read by itself
_ALONE = 600  # characters read of it: all but the longest are whole
_OTHER = 0.7  # from here on it is in another language
_FEW_LETTERS = 0.4  # a segment with fewer letters among its characters is no running text


class Identifier:
    """Language identification with one model.

    Attributes:
        path: The model file.
        checksum: Its SHA-256: part of the key of every task that identifies languages.
        version: :data:`LANGUAGE_VERSION`.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.checksum = checksum(self.path)
        self.version = LANGUAGE_VERSION

    def identify(self, texts: pa.LargeStringArray) -> dict[str, pa.Array]:
        """Languages and score of each text.

        Args:
            texts: ``large_string[n]``; nulls count as empty.

        Returns:
            ``lang`` (``string``: ISO 639-1, else 639-3; ``und`` for a text without letters, or in
            a script that the model does not know), ``lang_score`` (``float64``, 0..1),
            ``lang_share`` (``float64``: share of the characters in ``lang``, null for a text
            without any) and ``lang_parts`` (`PARTS`).
        """
        engine = load_engine(str(self.path))
        data, offsets = text_views(pc.fill_null(texts, pa.scalar("", texts.type)))
        read = _Reading(engine, _written(engine.labels), data, _Cut(data, offsets))
        read.document()
        read.further()
        read.paragraphs()
        return read.result(*_languages(engine.labels))


@cache
def _written(labels: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    """Return 1 for the scripts that each label's language is written in, by their numbers.

    ``uint8[labels + 1, scripts + 2]``: numbers are those of the kernels' table, the last row that
    of no label.
    """
    table = np.zeros((len(labels) + 1, len(SCRIPTS) + 2), np.uint8)
    for row, label in enumerate(labels):
        known = scripts_of(label)
        table[row, 1:-1] = [code in known for code, _, _ in SCRIPTS]
    return table


@cache
def _languages(labels: tuple[str, ...]) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return languages by name, and the number of each label's; that of ``und`` comes last.

    Several labels may be one language: ``zho_Hans`` and ``zho_Hant``.
    """
    found = [*map(language_of, labels), UNDETERMINED]
    names = sorted({*found})
    return names, np.array([names.index(name) for name in found])


class _Cut:
    """The segments of all texts: first byte, last byte, code points; and bounds of the texts."""

    def __init__(self, data: Bytes, offsets: Longs) -> None:
        sizes = np.diff(offsets)
        room = int(np.minimum(sizes // segments.LEAST, segments.PARTS).sum()) + 2 * len(sizes)
        self.starts, self.ends, self.sizes = (np.empty(room, np.int64) for _ in range(3))
        self.bounds = np.empty(len(offsets), np.int64)
        segments.cut(data, offsets, self.starts, self.ends, self.sizes, self.bounds)
        found = int(self.bounds[-1])
        self.starts, self.ends = self.starts[:found], self.ends[:found]
        self.sizes = self.sizes[:found]
        self.owner = np.repeat(np.arange(len(sizes)), np.diff(self.bounds))


class _Reading:
    """What is known of a batch while it is read.

    Attributes:
        best: Index of each text's label, -1 where nothing is read; int32[n].
        score: Its probability, float32[n].
        support: Probability of that label in each segment, float32[m].
        first: First byte that was read of each segment, int64[m].
        last: Byte behind the last, int64[m].
        label: Index of each segment's label, -1 for undetermined; int32[m].
        certainty: Its probability, float32[m].
    """

    def __init__(self, engine: Engine, written: Bytes, data: Bytes, cut: _Cut) -> None:
        self.engine, self.written, self.data, self.cut = engine, written, data, cut

    def document(self) -> None:
        """Read the samples."""
        cut = self.cut
        count = np.diff(cut.bounds)
        wanted = np.maximum(_TOGETHER // np.maximum(count, 1), _EACH)[cut.owner]
        self.first, self.last = self._sample(slice(None), wanted)
        self.best, self.score, self.support = self.engine.predict(
            self.data, self.first, self.last, cut.bounds
        )
        left = cut.ends - cut.starts - (self.last - self.first)
        self.read = np.bincount(cut.owner, left, len(count)) == 0

    def further(self) -> None:
        """Read the whole text where the samples leave it unsure."""
        cut = self.cut
        unsure = np.flatnonzero((self.score < _SURE) & ~self.read)
        if not len(unsure):
            return
        count = np.diff(cut.bounds)[unsure]
        bounds = np.append(0, np.cumsum(count))
        rows = np.repeat(cut.bounds[unsure] - bounds[:-1], count) + np.arange(bounds[-1])
        wanted = np.repeat(_MORE // count, count)
        first, last = self._sample(rows, wanted)
        found = self.engine.predict(self.data, first, last, bounds)
        self.best[unsure], self.score[unsure], self.support[rows] = found
        self.first[rows], self.last[rows] = first, last

    def paragraphs(self) -> None:
        """Give each segment its language, reading those by themselves that may be in another."""
        cut = self.cut
        self.label, self.certainty = self.best[cut.owner], self.score[cut.owner]
        several = np.diff(cut.bounds)[cut.owner] > 1
        rows = np.flatnonzero(several & (self.support < _SUPPORTED))
        if len(rows):
            first, last = self._sample(rows, np.full(len(rows), _ALONE))
            label, score, _ = self.engine.predict(
                self.data, first, last, np.arange(len(rows) + 1, dtype=np.int64)
            )
            self.first[rows], self.last[rows] = first, last
            letters, _ = self._letters(first, last, label)
            chars = cut.sizes[rows] * (last - first) / (cut.ends[rows] - cut.starts[rows])
            prose = letters >= _FEW_LETTERS * chars
            other = (score >= _OTHER) & prose
            # Beside other languages the paragraphs in its own say how sure a document's is.
            mixed = np.zeros(len(self.best), np.bool_)
            mixed[cut.owner[rows[other]]] = True
            own = mixed[cut.owner]
            self.certainty[own] = np.maximum(self.certainty, self.support)[own]
            self.label[rows[other]], self.certainty[rows[other]] = label[other], score[other]
        letters, foreign = self._letters(self.first, self.last, self.label)
        unknown = 2 * foreign > letters
        self.label[unknown], self.certainty[unknown] = -1, 0.0
        silent = np.bincount(cut.owner, letters, len(self.best)) == 0
        self.label[silent[cut.owner]] = -1

    def result(self, languages: list[str], number: npt.NDArray[np.int64]) -> dict[str, pa.Array]:
        """Return the columns of `Identifier.identify`; label i is language ``number[i]``."""
        cut, size = self.cut, len(self.best)
        code = number[self.label]
        pairs, place = np.unique(cut.owner * len(languages) + code, return_inverse=True)
        chars = np.bincount(place, cut.sizes, len(pairs))
        sure = np.bincount(place, cut.sizes * self.certainty.astype(np.float64), len(pairs)) / chars
        owner, code = pairs // len(languages), pairs % len(languages)
        share = chars / np.bincount(owner, chars, size)[owner]
        order = np.lexsort((code, -share, owner))
        owner, code, share, sure = owner[order], code[order], share[order], sure[order]
        bounds = np.searchsorted(owner, np.arange(size + 1)).astype(np.int32)
        main = np.where(np.diff(bounds) > 0, bounds[:-1], -1)
        lang = np.where(main >= 0, np.append(code, 0)[main], languages.index(UNDETERMINED))
        absent = main < 0
        score = np.where(absent, 0.0, np.append(sure, 0.0)[main])
        score[lang == languages.index(UNDETERMINED)] = 0.0
        table = pa.array(languages, pa.string())
        parts = pa.MapArray.from_arrays(
            pa.array(bounds), table.take(pa.array(code)), pa.array(np.round(share, 4))
        )
        return {
            "lang": table.take(pa.array(lang)),
            # Single precision rounds up to a little above 1.
            "lang_score": pa.array(np.minimum(score, 1.0)),
            "lang_share": pa.array(np.round(np.append(share, 0.0)[main], 4), mask=absent),
            "lang_parts": parts.cast(PARTS),
        }

    def _sample(
        self, rows: slice | npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]
    ) -> tuple[Longs, Longs]:
        """Return what to read of some segments: first bytes, and the bytes behind the last."""
        cut = self.cut
        first, last = np.empty(len(wanted), np.int64), np.empty(len(wanted), np.int64)
        segments.sample(
            self.data, cut.starts[rows], cut.ends[rows], cut.sizes[rows], wanted, first, last
        )
        return first, last

    def _letters(self, first: Longs, last: Longs, label: Ints) -> tuple[Longs, Longs]:
        """Return the letters of stretches, and those in scripts that their label is not."""
        letters, foreign = np.empty(len(first), np.int64), np.empty(len(first), np.int64)
        segments.count_letters(
            self.data, first, last, segments.SCRIPT_OF, label, self.written, letters, foreign
        )
        return letters, foreign
