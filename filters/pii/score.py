"""How masks agree with labels: precision, recall and F1, exact, by overlap and by characters.

A label of personal data and a mask are spans of code points. *Exact*: start, end and entity are
the same. *Overlap*: a character is shared, whatever the entity, which is the view of a leak.
*Characters*: the share of labelled characters that are masked, and of masked characters that are
labelled; what is not masked has leaked. Nothing here sees a text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from filters.pii.locate import Mask

SHOWN_AS = ("missed", "partly", "other_entity", "false")
"""Kinds of faults: nothing of a label is masked; a part leaks; masked as another entity; a mask
where nothing is labelled."""


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """A labelled span.

    Attributes:
        start: First code point.
        end: Last code point + 1.
        entity: Token without brackets; empty for personal data that is not scored. A mask that
            touches only these is neither right nor wrong.
    """

    start: int
    end: int
    entity: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where labels and masks do not agree.

    Attributes:
        kind: One of :data:`SHOWN_AS`.
        start: First code point of the label, or of the mask where nothing is labelled.
        end: Last code point + 1.
        entity: Of the label, or of the mask.
        rule: Name of the rule that masked; empty for what was missed.
    """

    kind: str
    start: int
    end: int
    entity: str
    rule: str


@dataclass(slots=True)
class Counts:
    """Sums of one entity, or of all.

    Attributes:
        labels: Labelled spans.
        masks: Masks; those that touch only labels that are not scored are left out.
        exact: Labels with a mask of the same start, end and entity.
        touched: Labels of which a character is masked.
        true_masks: Masks that share a character with a label of any entity.
        label_chars: Characters labelled.
        leaked: Of these, not masked.
        mask_chars: Characters masked, of the masks that are counted.
        outside: Of these, not labelled.
    """

    labels: int = 0
    masks: int = 0
    exact: int = 0
    touched: int = 0
    true_masks: int = 0
    label_chars: int = 0
    leaked: int = 0
    mask_chars: int = 0
    outside: int = 0

    def add(self, other: Counts) -> None:
        """Add the sums of another."""
        for name in Counts.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Agreement:
    """What one text gave.

    Attributes:
        counts: By entity, of those that occur.
        faults: In order of their place.
    """

    counts: dict[str, Counts] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def ratios(right_labels: int, labels: int, right_masks: int, masks: int) -> dict[str, float | None]:
    """Precision, recall and F1 of counts.

    Returns:
        ``precision`` (None without masks), ``recall`` (None without labels) and ``f1``, their
        harmonic mean (None where either is None, 0 where both are 0).
    """
    precision = right_masks / masks if masks else None
    recall = right_labels / labels if labels else None
    if precision is None or recall is None:
        f1 = None
    else:
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}


def agreement(
    labels: Iterable[Label], masks: Sequence[Mask], only: Collection[str] = ()
) -> Agreement:
    """Compare the labels of one text with its masks.

    Args:
        labels: May overlap; the same span of the same entity counts once.
        masks: Disjoint and in order.
        only: Entities whose masks are scored, empty for all. A mask of another still covers what a
            label names, but is neither right nor wrong itself.
    """
    gold = sorted(set(labels))
    named = _merged((label.start, label.end) for label in gold)
    found = _merged((mask.start, mask.end) for mask in masks)
    exact = {(mask.start, mask.end, mask.entity) for mask in masks}
    result = Agreement()
    for label in gold:
        if label.entity:
            _count_label(result, label, masks, found, exact)
    scored = _merged((label.start, label.end) for label in gold if label.entity)
    for mask in masks:
        if only and mask.entity not in only:
            continue
        size, inside = mask.end - mask.start, _covered(named, mask.start, mask.end)
        if inside and not _covered(scored, mask.start, mask.end):
            continue
        counts = result.counts.setdefault(mask.entity, Counts())
        counts.masks += 1
        counts.true_masks += inside > 0
        counts.mask_chars += size
        counts.outside += size - inside
        if not inside:
            result.faults.append(Fault("false", mask.start, mask.end, mask.entity, mask.rule))
    result.faults.sort(key=lambda fault: (fault.start, fault.end))
    return result


def _count_label(
    result: Agreement,
    label: Label,
    masks: Sequence[Mask],
    found: Sequence[tuple[int, int]],
    exact: set[tuple[int, int, str]],
) -> None:
    size, inside = label.end - label.start, _covered(found, label.start, label.end)
    same = (label.start, label.end, label.entity) in exact
    counts = result.counts.setdefault(label.entity, Counts())
    counts.labels += 1
    counts.exact += same
    counts.touched += inside > 0
    counts.label_chars += size
    counts.leaked += size - inside
    if same:
        return
    touching = [m for m in masks if m.start < label.end and m.end > label.start]
    rule = touching[0].rule if touching else ""
    kind = ""
    if not touching:
        kind = "missed"
    elif inside < size:
        kind = "partly"
    elif all(mask.entity != label.entity for mask in touching):
        kind = "other_entity"
    if kind:
        result.faults.append(Fault(kind, label.start, label.end, label.entity, rule))


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Disjoint spans in order; neighbours that touch are one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _covered(spans: Sequence[tuple[int, int]], start: int, end: int) -> int:
    """Characters of ``[start, end)`` that disjoint spans in order cover."""
    total = 0
    at = max(0, bisect_right(spans, (start, start)) - 1)
    for first, last in spans[at:]:
        if first >= end:
            break
        total += max(0, min(last, end) - max(first, start))
    return total
