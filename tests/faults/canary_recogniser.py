"""A recogniser that fails in every way, at words that the canary test plants."""

from __future__ import annotations

import os
import signal
import sys

__version__ = "1"


def find(text: str) -> list[tuple[int, int, str]]:
    """Mask the word Examplin; stop, or kill the whole build, where the text says so."""
    if "KILL" in text and os.environ.get("CANARY_KILL"):
        os.killpg(os.getpgid(0), signal.SIGKILL)
    if "STOP" in text:
        print(text)
        print(text, file=sys.stderr)
        raise ValueError(text)
    at = text.find("Examplin")
    return [(at, at + len("Examplin"), "PERSON")] if at >= 0 else []
