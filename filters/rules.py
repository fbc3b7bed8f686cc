"""Rules: thresholds on measurements, kept as data in ``rules.toml`` and changed by recipes.

A recipe's ``[quality]`` table changes rules of all kinds, ``[quality.abstract]`` those of one kind.
Keys are ``<measurement>_min`` and ``<measurement>_max``; a number sets the threshold, ``false``
switches the rule off. What the recipe says for one kind prevails over what it says for all.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import math
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from filters import registry
from filters.base import Column, Rule
from filters.classifier import columns_in

__all__ = ["KINDS", "SURE_LANGUAGE", "Rules", "decide", "load_rules", "merge"]

KINDS: Final = (
    "abstract",
    "article",
    "guideline",
    "label",
    "trial",
    "book",
    "question",
    "web",
    "other",
)
"""Kinds of documents; a kind that is not listed follows ``other``."""

SURE_LANGUAGE: Final = 0.5
"""Score from which a text is taken to be in the language it was identified as: below it lid.176
calls languages that it does not know by the names of others (Zulu and Somali are "English")."""

Rules = Mapping[str, tuple[Rule, ...]]
"""Kind to its rules in the order in which they are applied."""

_SUFFIXES = ("min", "max")


@functools.cache
def load_rules() -> Mapping[str, tuple[Rule, ...]]:
    """Return the default rules of each of `KINDS` in the order in which they are applied.

    Raises:
        ValueError: ``rules.toml`` names an unknown kind or measurement.
    """
    rules = {kind: tuple(_defaults().values()) for kind in KINDS}
    return _changed(rules, {kind: part for kind, part in _tables().items() if kind != "default"})


@functools.cache
def _tables() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((files("filters") / "rules.toml").read_text("utf-8"))


@functools.cache
def _defaults() -> Mapping[str, Rule]:
    """Return the rules that a kind has where its own table does not say otherwise, in order."""
    return {
        name: Rule(
            *_parsed(name),
            float(entry["threshold"]),
            entry["reason"],
            entry["reference"],
            tuple(entry.get("languages", ())),
        )
        for name, entry in _tables()["default"].items()
    }


def merge(overrides: Mapping[str, Mapping[str, object]]) -> dict[str, tuple[Rule, ...]]:
    """Apply the changes of a recipe to the default rules.

    Args:
        overrides: Kind, or ``""`` for all kinds, to ``{"words_min": 20, "digits_max": false}``.
            Rules that a kind does not have yet follow those it has, in the order given.

    Returns:
        The rules of each of `KINDS`.

    Raises:
        ValueError: An unknown kind or key (the message names the nearest known one), or a value
            that is neither a finite number nor ``false``.

    Example:
        >>> [r.threshold for r in merge({"web": {"words_min": 7}})["web"] if r.name == "words_min"]
        [7.0]
    """
    common = overrides.get("", {})
    rules = _changed(load_rules(), dict.fromkeys(KINDS, common))
    return _changed(rules, {kind: part for kind, part in overrides.items() if kind})


def decide(
    table: pa.Table, rules: Rules
) -> tuple[
    tuple[str, ...], npt.NDArray[np.int16], npt.NDArray[np.float64], npt.NDArray[np.float64]
]:
    """Find the first rule that each document breaks.

    Args:
        table: Columns ``kind`` and ``lang`` (strings) and all measurements that the rules name,
            n rows; ``lang_score`` where it is known. A measurement that is null breaks no rule,
            nor does a language that is missing or of a score under `SURE_LANGUAGE` break a rule
            that is restricted to some.
        rules: As `merge` or `load_rules` gave them.

    Returns:
        Names of rules; for each row the index of its name, -1 where no rule is broken, int16[n];
        the measured value and the threshold, NaN where no rule is broken, float64[n].

    Raises:
        KeyError: A measurement is missing in the table.
    """
    size = table.num_rows
    names = tuple(dict.fromkeys(rule.name for part in rules.values() for rule in part))
    index = np.full(size, -1, np.int16)
    values, thresholds = np.full(size, np.nan), np.full(size, np.nan)
    kinds = _codes(table, "kind", rules, default="other")
    restricted = sorted({name for part in rules.values() for r in part for name in r.languages})
    languages = _codes(table, "lang", restricted)
    if "lang_score" in table.column_names:
        score = table["lang_score"].cast(pa.float64()).to_numpy()
        languages[score < SURE_LANGUAGE] = -1
    for code, kind_rules in enumerate(rules.values()):
        rows = np.flatnonzero(kinds == code)
        if not len(rows):
            continue
        part = table.select(sorted({rule.measurement for rule in kind_rules})).take(pa.array(rows))
        spoken = languages[rows]
        open_rows = np.ones(len(rows), np.bool_)
        for rule in kind_rules:
            value = part[rule.measurement].cast(pa.float64()).to_numpy()
            broken = rule.broken_by(value)
            if rule.languages:
                known = [restricted.index(language) for language in rule.languages]
                broken &= np.isin(spoken, known)
            hit = np.flatnonzero(broken & open_rows)
            open_rows[hit] = False
            index[rows[hit]] = names.index(rule.name)
            values[rows[hit]] = value[hit]
            thresholds[rows[hit]] = rule.threshold
    return names, index, values, thresholds


def _codes(
    table: pa.Table, column: str, known: Iterable[str], default: str | None = None
) -> npt.NDArray[np.int64]:
    """Return the position of each value among the known ones; others get that of ``default``."""
    names = list(known)
    found = pc.index_in(table[column].cast(pa.string()), pa.array(names, pa.string()))
    fallback = names.index(default) if default in names else -1
    codes: npt.NDArray[np.int64] = found.fill_null(fallback).to_numpy().astype(np.int64)
    return codes


def _changed(
    rules: Rules, changes: Mapping[str, Mapping[str, object]]
) -> dict[str, tuple[Rule, ...]]:
    """Return rules with some thresholds set, some rules added and some switched off."""
    result = {kind: {rule.name: rule for rule in part} for kind, part in rules.items()}
    for kind, part in changes.items():
        if kind not in result:
            raise ValueError(f"unknown kind {kind!r}{_hint(kind, result)}")
        for name, value in part.items():
            measurement, comparison = _parsed(name)
            if value is False:
                result[kind].pop(name, None)
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
                raise ValueError(
                    f"{name} must be a number, finite, or false to switch the rule off"
                )
            # A rule that is off for a kind is the default one again, languages and reason included.
            rule = result[kind].get(name) or _defaults().get(name) or _rule(measurement, comparison)
            result[kind][name] = dataclasses.replace(rule, threshold=float(value))
    return {kind: _ordered(part) for kind, part in result.items()}


def _ordered(rules: Mapping[str, Rule]) -> tuple[Rule, ...]:
    """Return the default rules in their own order, then those that a recipe added in its order."""
    known = [rules[name] for name in _defaults() if name in rules]
    return (*known, *(rule for name, rule in rules.items() if name not in _defaults()))


def _finite(value: int | float) -> bool:
    """Tell whether a value is a number that columns can hold, and neither NaN nor infinite."""
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer of hundreds of digits
        return False


def _parsed(name: str) -> tuple[str, str]:
    """Split a rule's name into measurement and comparison."""
    measurement, _, comparison = name.rpartition("_")
    known = {column.name for column in _measured(measurement) if _is_number(column.type)}
    if measurement not in known or comparison not in _SUFFIXES:
        names = [f"{column}_{suffix}" for column in sorted(known) for suffix in _SUFFIXES]
        raise ValueError(f"unknown rule {name!r}{_hint(name, names)}")
    return measurement, comparison


def _measured(measurement: str) -> tuple[Column, ...]:
    """Return the columns that a rule may name: a recipe's classifiers beside the registered."""
    return (*registry.columns(), *columns_in([measurement]))


def _is_number(type_: pa.DataType) -> bool:
    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_))


def _rule(measurement: str, comparison: str) -> Rule:
    """Make a rule that only the recipe has."""
    meaning = next(c.meaning for c in _measured(measurement) if c.name == measurement)
    side = "below" if comparison == "min" else "above"
    reason = f"The value is {side} the recipe's limit. {meaning}"
    return Rule(measurement, comparison, 0.0, reason, "the recipe")


def _hint(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1, cutoff=0.0)
    return f"; did you mean {near[0]!r}?" if near else ""
