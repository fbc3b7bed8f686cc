"""Recognisers for tests: good and bad ones, and objects with the methods of Presidio's."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

__version__ = "3"

number = 5


def names(text: str) -> Iterator[tuple[int, int, str]]:
    """Every "Exempel" with the word before it."""
    for match in re.finditer(r"\S+ Exempel", text):
        yield *match.span(), "PERSON"


def loud(text: str) -> list[tuple[int, int, str]]:
    """Print what is read, and find nothing."""
    print(text)
    print(text, file=sys.stderr)
    return []


def raises(text: str) -> list[tuple[int, int, str]]:
    """Stop with the text as message, where there is a secret."""
    if "secret" in text:
        raise ValueError(text)
    return []


def leaves(text: str) -> list[tuple[int, int, str]]:
    """Leave the program, where there is a secret."""
    if "secret" in text:
        sys.exit(text)
    return []


def beyond(text: str) -> list[tuple[int, int, str]]:
    """Find what lies behind the end."""
    return [(0, len(text) + 1, "NAME")] if "secret" in text else []


def backwards(text: str) -> list[tuple[int, int, str]]:
    """Find a span that ends before it begins."""
    return [(3, 2, "NAME")] if "secret" in text else []


def strange(text: str) -> list[tuple[int, int, str]]:
    """Find an entity without a token."""
    return [(0, 1, "PLANET")] if "secret" in text else []


def shapeless(text: str) -> list[object]:
    """Find what is no span at all."""
    return ["secret"] if "secret" in text else []


def endless(text: str) -> list[tuple[int, int, str]]:
    """Find a piece less each time, without end."""
    return (
        [(0, 1, "NAME")]
        if text[0].isalpha() or text[0].isdigit()
        else [(text.index("x"), text.index("x") + 1, "AGE")]
    )


@dataclass
class Result:
    """What Presidio's recognisers give."""

    entity_type: str
    start: int
    end: int
    score: float


class Towns:
    """Has the methods of a Presidio recogniser."""

    version = "0.2"
    supported_entities = ("LOCATION",)

    def analyze(self, text: str, entities: list[str], nlp_artifacts: object) -> list[Result]:
        """Find two towns, one of them without being sure."""
        assert entities == ["LOCATION"]
        assert nlp_artifacts is None
        scores = {"Imaginary": 0.9, "Doubtful": 0.1}
        return [
            Result("LOCATION", match.start(), match.end(), scores[match[0]])
            for match in re.finditer("Imaginary|Doubtful", text)
        ]


towns = Towns()


class SpacyLike(Towns):
    """Named like one that needs a language model."""


class Needy:
    """Cannot be made without arguments."""

    def __init__(self, model: str) -> None:
        self.model = model
