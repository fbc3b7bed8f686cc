"""Reasons in words: a sentence for each step and rule of the ledger."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

STATUS_WORDS: Mapping[str, str] = {
    "tombstone": "a notice of the source that deletes a record; it holds no text",
    "deleted": "deleted at the source",
    "superseded": "a later revision of the same record takes its place",
    "withdrawn": "withdrawn",
    "retracted": "retracted",
    "retracted_work": "another form of the same work, or a notice, takes it back",
    "superseded_by": "a newer edition takes its place",
    "past_review": "its review date has passed",
    "partly_retracted": "a notice takes back a part of it",
    "concern": "its journal has published an expression of concern",
    "after_as_of": "dated after the knowledge cut-off of the recipe",
    "before_date_min": "dated before the recipe's first date",
    "after_date_max": "dated after the recipe's last date",
    "undated": "its date cannot be compared with the dates of the recipe",
    "publication_type_deny": "of a publication type that the recipe denies",
    "publication_type_allow": "of none of the publication types that the recipe allows",
    "animal_only": "indexed as a study of animals and not of humans",
    "copy_of_retracted": "nearly the same text as a document that was taken back",
}

PARSE_WORDS: Mapping[str, str] = {
    "no_text": "the record was read and holds no text",
    "bad_encoding": "bytes that are no text in the declared encoding",
    "bad_field": "a field is of another type than the source expects",
    "bad_json": "a line or file that is not JSON",
    "bad_record": "a record without what the source needs",
    "bomb": "an archive that grows beyond reason when it is unpacked",
    "crashed": "reading it killed the process that did it",
    "damaged": "broken bytes",
    "empty": "the file is empty",
    "empty_archive": "no member of the archive fits the source",
    "encrypted": "it opens with a password only",
    "entity": "an XML entity that comes from outside or grows without end",
    "error_page": "an error message of a server, not a page",
    "memory_limit": "reading it takes more memory than a file may",
    "no_records": "the file holds no record",
    "only_boilerplate": "all of its text is boilerplate, which is removed",
    "no_text_layer": "scanned pages without a text layer",
    "not_html": "not HTML",
    "not_jats": "XML, but not JATS",
    "not_pdf": "not a PDF",
    "not_xml": "not XML",
    "source_error": "the source stopped with an error",
    "timeout": "reading it takes more time than a file may",
    "too_deep": "nested deeper than a parser can follow",
    "too_large": "larger than the source reads",
    "truncated": "the file ends early",
    "unreadable_text": "characters that no font explains; run OCR on its pages",
}
"""What the failures of the sources say; a plug-in's own names are shown as they are."""

DETAIL_SAYS_ALL = frozenset(
    {
        "purpose",
        "deny",
        "allow",
        "deleted",
        "withdrawn",
        "retracted",
        "superseded_by",
        "past_review",
        "partly_retracted",
        "concern",
        "after_as_of",
        "before_date_min",
        "after_date_max",
        "scan_failed",
    }
)
"""Rules whose ``detail`` is the whole sentence."""

RULE_WORDS: Mapping[tuple[str, str], str] = {
    **{("status", rule): words for rule, words in STATUS_WORDS.items()},
    **{("parse", rule): words for rule, words in PARSE_WORDS.items()},
    ("licence", "purpose"): "the licence does not allow the purpose of the recipe",
    ("licence", "deny"): "the recipe denies the licence",
    ("licence", "allow"): "the recipe does not allow the licence",
    ("language", "lang_keep"): "written in a language that the recipe does not keep",
    (
        "language",
        "lang_share_min",
    ): "too much of the text is in languages that the recipe does not keep",
    ("language", "lang_score_min"): "the language cannot be told with enough confidence",
    ("pii", "scan_failed"): "the scan for personal data could not finish; the text is withheld",
    ("identity", "same_work"): "another form of the same work stays",
    ("identity", "language_edition"): "the edition of this article in another language stays",
    ("identity", "work_in_against"): "the corpus that this one is built against has the same work",
    ("exact", "text_in_against"): "the corpus that this one is built against has the same text",
    (
        "near",
        "similar_in_against",
    ): "the corpus that this one is built against has nearly this text",
    ("exact", "same_text"): "the same text as a document that stays",
    ("near", "similar"): "nearly the same text as a document that stays",
}
"""What each rule says of a document; rules of ``quality`` bring their own words."""

COUNTED = frozenset({"words", "chars", "tokens", "lines", "sentences"})
"""Measurements that read as an amount: "12 words"."""


def quality_reasons(quality: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """Return rule name to the sentence that the rules of the filters give.

    Args:
        quality: Overrides as a manifest keeps them, those for all kinds under ``all``.
    """
    from filters.rules import merge

    overrides = {("" if kind == "all" else kind): dict(rules) for kind, rules in quality.items()}
    try:
        merged = merge(overrides)
    except ValueError:  # A version made with rules that are no longer there.
        merged = merge({})
    return {rule.name: rule.reason for rules in merged.values() for rule in rules}


HIDDEN_WORDS: Mapping[str, str] = {
    "tags": "invisible copies of letters (U+E0000 and up)",
    "variation_selectors": "variation selectors that choose no form",
    "zero_width": "characters without width",
    "direction": "controls of the direction of writing",
    "not_displayed": "text that the page does not display",
    "off_page": "text put beside the page",
    "unpainted": "text drawn without ink where there is no picture",
    "zero_size": "text too small to be seen",
}
"""What each kind of hidden text is."""


def removal_reasons() -> dict[tuple[str, str], str]:
    """Return step and rule of removals to what each removes."""
    from filters.boilerplate import load_rules
    from filters.edges import REASON, RULE

    words = {("hidden", kind): said for kind, said in HIDDEN_WORDS.items()}
    for name, reason in [*((rule.name, rule.reason) for rule in load_rules()), (RULE, REASON)]:
        said = reason.rstrip(".")
        words["boilerplate", name] = said[:1].lower() + said[1:]
    return words


def rule_words(step: str | None, rule: str | None, quality: Mapping[str, str]) -> str:
    """Return what a rule says of the documents it drops, empty where nothing is known.

    Args:
        step: Step of the ledger.
        rule: Rule of the ledger.
        quality: From `quality_reasons`.
    """
    if step == "quality":
        said = quality.get(rule or "", "").rstrip(".")
        return said[:1].lower() + said[1:]
    return RULE_WORDS.get((step or "", rule or ""), (rule or "").replace("_", " "))


def number(value: float) -> str:
    """Return a measured value for people: integers whole, shares with three digits."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.4g}"


SCORED = r"(?:^|; )breaks ([a-z0-9_]+): "
"""How a ``detail`` names the quality rule that a document breaks (``mode = "score"``), as an
expression that RE2 reads; `scored` writes it."""


def scored(rule: str, value: float, threshold: float) -> str:
    """Return the line of the ledger's ``detail`` for a document that a rule would drop."""
    return f"breaks {rule}: {value:.4g}, threshold {threshold:.4g}"


class Apart(NamedTuple):
    """What the ledger says of a document that the guard kept.

    Attributes:
        similarity: Jaccard similarity to the other one, to two places.
        other: Id of the document that it is similar to.
        difference: What keeps them apart ("another number").
    """

    similarity: float
    other: str
    difference: str

    def line(self) -> str:
        """Return the line of the ledger's ``detail``; `kept_apart` reads it."""
        return f"{self.similarity:.2f} similar to {self.other}; the guard keeps it: {self[2]}"


_APART = re.compile(r"(?:^|; )(\d\.\d\d) similar to (.+?); the guard keeps it: ([^;]+)")


def kept_apart(detail: str | None) -> Apart | None:
    """Return what a ``detail`` says of the guard; None where it says nothing of it."""
    found = _APART.search(detail or "")
    return Apart(float(found[1]), found[2], found[3]) if found else None


def sentence(row: Mapping[str, Any], quality: Mapping[str, str]) -> str:
    """Say in one sentence what became of a document.

    Args:
        row: Columns of the ledger.
        quality: From `quality_reasons`.
    """
    outcome, step, rule = row["outcome"], row["step"], row["rule"]
    if outcome == "kept":
        detail = f"; {row['detail']}" if row.get("detail") else ""
        return f"kept in {row['shard']}, row {row['row']:,}{detail}"
    if outcome == "failed":
        return f"failed to be read ({rule}): {row.get('detail') or 'no more is known'}"
    said = _measured(row, quality) if step == "quality" else _said(row, quality)
    return f"dropped by {step}: {said}"


def _said(row: Mapping[str, Any], quality: Mapping[str, str]) -> str:
    """Return the words of a rule outside ``quality``, with its figures and its other document."""
    if row.get("detail") and row["rule"] in DETAIL_SAYS_ALL:
        return str(row["detail"])
    text = rule_words(row["step"], row["rule"], quality) or str(row["rule"])
    if row.get("similarity") is not None and row["step"] != "exact":
        limit = f", threshold {row['threshold']:.2f}" if row.get("threshold") is not None else ""
        text += f" (similarity {row['similarity']:.2f}{limit})"
    elif row["step"] == "language" and row.get("value") is not None:
        limit = (
            f"; {row['rule']} = {row['threshold']:.2f}" if row.get("threshold") is not None else ""
        )
        what = "share kept" if row["rule"] == "lang_share_min" else "score"
        text += f" ({what} {row['value']:.2f}{limit})"
    other, said = representative(row)
    if other and other != row.get("id"):
        text += f": {other}"
    return f"{text}; {said}" if said else text


_ALREADY = re.compile(r"already in (.+? v\d+)(?:; |$)")


def representative(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the document that one gave way to, and what else its ``detail`` says.

    The ledger names a document of another corpus (`--against`) by version and id (``v3/pubmed:1``),
    and says beside it which corpus that is; people read both as one.
    """
    other, detail = row.get("representative") or "", row.get("detail") or ""
    place = _ALREADY.match(detail)
    if str(row.get("rule")).endswith("_in_against") and place and "/" in other:
        return f"{other.partition('/')[2]} of {place[1]}", detail[place.end() :]
    return other, detail


def _measured(row: Mapping[str, Any], quality: Mapping[str, str]) -> str:
    """Return "12 words, fewer than words_min = 20", and the rule's own sentence."""
    rule = str(row["rule"])
    measurement, _, side = rule.rpartition("_")
    if row.get("value") is None or row.get("threshold") is None or side not in ("min", "max"):
        return quality.get(rule) or rule
    value, limit = number(row["value"]), number(row["threshold"])
    if measurement in COUNTED:
        said = f"{value} {measurement}, {'fewer' if side == 'min' else 'more'}"
    else:
        said = f"{measurement} is {value}, {'less' if side == 'min' else 'more'}"
    words = rule_words("quality", rule, quality)
    why = f" ({words})" if words else ""
    return f"{said} than {rule} = {limit}{why}"
