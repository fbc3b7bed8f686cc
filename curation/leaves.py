r"""The leaves of JSON metadata as texts that can be scanned, and back.

JSON writes a line break as ``\n``, glued to the label behind it, and keeps a label in the key of a
value. So each string and whole number is scanned by itself, behind the path of keys that leads to
it: ``{"patient": {"name": "…"}}`` is read as ``patient name: …``. A key that is no plain word is a
leaf as well, of what it stands in. Numbers with decimals are never personal, and are no leaves.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_WORDS = re.compile(r"[^\W\d_]+(?:[_-][^\W\d_]+)*[_-]?\d{0,2}")
"""Keys that are words, joined by one sign: nothing personal by themselves."""

_LABEL = re.compile(r"[^\d@\[\]\n]{1,60}")
"""Keys that can name what stands behind them."""

_HUMP = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z])|(?<=[A-Z])(?=[A-Z](?!s(?![a-z]))[a-z])")
"""Where a word begins inside a key: "hospitalNumber", "NHSNumber", not "MRNs"."""

_BARE = frozenset({"value", "text", "first", "last", "given", "family"})
"""Keys that name a part of what has its label around it, and are no label themselves."""

_SAYS = ("label", "name", "system", "type", "field", "key")
"""Keys whose value is the label of what stands beside them under ``value`` or ``text``."""


@functools.lru_cache(4096)
def _behind(label: str, key: str) -> str:
    """Return the label of what stands under a key of a value that has a label."""
    if key.lower() in _BARE:
        return label
    word = _HUMP.sub(" ", re.sub(r"[ _.-]?\d{0,2}$", "", key)).replace("_", " ").strip(" .:#=")
    return f"{label} {word}".strip() if _LABEL.fullmatch(word) else label


def _said(label: str, values: Mapping[str, object]) -> str:
    """Return the label of what a member says of its neighbour: ``{"label": …, "value": …}``."""
    if not {"value", "text"} & values.keys():
        return label
    named = next((key for key in _SAYS if isinstance(values.get(key), str)), None)
    return label if named is None else _behind(label, str(values[named]))


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
        figures: Whether it is a number.
    """

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    figures: list[bool] = field(default_factory=list)

    def add(self, owner: int, values: Mapping[str, object]) -> None:
        """Add the leaves of an object.

        Args:
            owner: Number of the object.
            values: What it holds.
        """
        said = _said("", values)
        for key in values:
            if not is_plain(key):
                self._leaf(key, "")
            self._walk(values[key], _behind(said if key in _BARE else "", key))
            more = len(self.texts) - len(self.keys)
            self.keys += [key] * more
            self.owners += [owner] * more

    def _leaf(self, text: str, label: str, figure: bool = False) -> None:
        self.texts.append(text)
        self.labels.append(label)
        self.figures.append(figure)

    def _walk(self, value: object, label: str) -> None:
        if isinstance(value, str):
            self._leaf(value, label)
        elif isinstance(value, dict):
            said = _said(label, value)
            for key in value:
                if not is_plain(key):
                    self._leaf(key, label)
                self._walk(value[key], _behind(said if key in _BARE else label, key))
        elif isinstance(value, list | tuple):
            for item in value:
                self._walk(item, label)
        elif is_number(value):
            self._leaf(str(value), label, True)

    def unlabel(self, labels: Collection[str]) -> None:
        """Leave out labels in which something personal stands: they are leaves of their own."""
        self.labels = ["" if label in labels else label for label in self.labels]

    def labelled(self, which: Sequence[int]) -> list[str]:
        """Return some leaves behind their labels, as ``label: leaf``."""
        return [headed(self.labels[index]) + self.texts[index] for index in which]


def headed(label: str) -> str:
    """Return what a leaf is scanned behind: nothing without a label."""
    return f"{label}: " if label else ""


def unlabelled(label: str, masked: str) -> str:
    """Return a masked leaf without its label.

    A mask that took in some of the label stands for the beginning of the leaf: nothing is masked
    in a label alone (`Leaves.unlabel`), and labels hold no bracket.
    """
    head = headed(label)
    return masked[len(head) if masked.startswith(head) else max(masked.find("["), 0) :]


def is_number(value: object) -> bool:
    """Whether a value of JSON is a whole number; its truth values are none."""
    return isinstance(value, int) and not isinstance(value, bool)


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
