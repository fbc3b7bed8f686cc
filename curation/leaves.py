r"""The leaves of JSON metadata as texts that can be scanned, and back.

JSON writes a line break as ``\n``, glued to the label behind it, and keeps a label in the key of a
value. So each string and number is scanned by itself, behind the path of keys that leads to it:
``{"patient": {"name": "…"}}`` is read as ``patient name: …``. A key that is no plain word is a leaf
as well, of what it stands in.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_WORDS = re.compile(r"[^\W\d_]+(?:[ _.'’/-]+[^\W\d_]+)*[ _.-]?\d{0,2}")
"""Keys that are words: nothing personal by themselves."""

_LABEL = re.compile(r"[^\d@\[\]\n]{1,60}")
"""Keys that can name what stands behind them."""

_HUMP = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z])")


@functools.lru_cache(4096)
def _behind(label: str, key: str) -> str:
    """Return the label of what stands under a key of a value that has a label."""
    word = _HUMP.sub(" ", re.sub(r"[ _.-]?\d{0,2}$", "", key)).replace("_", " ").strip(" .:#=")
    return f"{label} {word}".strip() if _LABEL.fullmatch(word) else label


@functools.lru_cache(4096)
def is_plain(key: str) -> bool:
    """Whether a key is made of words alone, and is no leaf."""
    return _WORDS.fullmatch(key) is not None


@dataclass(slots=True)
class Leaves:
    """Leaves of many JSON objects, in the order of `rebuilt`.

    Attributes:
        texts: The leaves as texts.
        labels: What each is scanned behind; empty for none.
        owners: Number of the object that each belongs to, as it was given.
        keys: Its key in that object.
    """

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def add(self, owner: int, values: Mapping[str, object]) -> None:
        """Add the leaves of an object.

        Args:
            owner: Number of the object.
            values: What it holds.
        """
        for key in values:
            if not is_plain(key):
                self._leaf(key, "")
            self._walk(values[key], _behind("", key))
            more = len(self.texts) - len(self.keys)
            self.keys += [key] * more
            self.owners += [owner] * more

    def _leaf(self, text: str, label: str) -> None:
        self.texts.append(text)
        self.labels.append(label)

    def _walk(self, value: object, label: str) -> None:
        if isinstance(value, str):
            self._leaf(value, label)
        elif isinstance(value, dict):
            for key in value:
                if not is_plain(key):
                    self._leaf(key, label)
                self._walk(value[key], _behind(label, key))
        elif isinstance(value, list | tuple):
            for item in value:
                self._walk(item, label)
        elif is_number(value):
            self._leaf(str(value), label)

    def labelled(self) -> list[str]:
        """Return each leaf behind its label, as ``label: leaf``."""
        return [f"{a}: {b}" if a else b for a, b in zip(self.labels, self.texts, strict=True)]


def unlabelled(label: str, masked: str) -> str:
    """Return a masked leaf without its label.

    A mask that took in some of the label stands for the beginning of the leaf: labels hold no
    bracket.
    """
    head = f"{label}: " if label else ""
    return masked[len(head) if masked.startswith(head) else max(masked.find("["), 0) :]


def is_number(value: object) -> bool:
    """Whether a value of JSON is a number; its truth values are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def rebuilt(value: Any, texts: Iterator[str]) -> Any:
    """Return a value of JSON with other leaves, in the order of `Leaves.add`.

    Args:
        value: Object, list, string, number or nothing.
        texts: Its leaves. A number that reads as before stays one.
    """
    if isinstance(value, str):
        return next(texts)
    if is_number(value):
        text = next(texts)
        return value if text == str(value) else text
    if isinstance(value, list | tuple):
        return [rebuilt(item, texts) for item in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, object] = {}
    for key in value:
        name = new = key if is_plain(key) else next(texts)
        number = 1
        while name in made or (name != key and name in value):
            number += 1
            name = f"{new}~{number}"
        made[name] = rebuilt(value[key], texts)
    return made
