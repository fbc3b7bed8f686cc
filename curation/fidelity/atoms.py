r"""Clinical atoms: the smallest pieces of a text whose loss or change can mislead a clinician.

Kinds (`Atom.kind`):

- ``number``: digits with their separators (``1,234.5``, ``.05``), a sign directly before it, the
  comparators before it (``< > ≤ ≥ = ≈ ~ ± ≠ ≪ ≫ ∝ + ×``), what is raised or lowered at it, and a
  unit directly or one blank behind it (``5 mg/kg``, ``37 °C``, ``12%``).
- ``p-value``: a number with a comparator behind the word ``p`` or ``P``.
- ``exponent``: a number with something raised (``10^{4}``); ``1.5 × 10^{8}`` is one atom.
- ``range`` (``5-10``), ``ratio`` (``1:4``, ``3/7``, ``2 × 3``, ``12 ± 4``): numbers joined by
  ``-``, ``:``, ``/``, ``×``, ``±``, with or without blanks (a colon with two or none).
- ``isotope``: a raised mass number before an element symbol (``^{18}F``, ``^{99m}Tc``).
- ``formula``: a run of element symbols with counts or charge (``CO2``, ``Ca^{2+}``).
- ``variant``: ``rs`` numbers, HGVS forms (``c.76A>T``, ``p.Gly12Asp``), ``V600E``.
- ``name``: other words with a digit, a raised or lowered part or two capitals: genes, proteins,
  codes, abbreviations (``BRCA1``, ``IL-6``, ``EGFR``, ``HLA-B*27:05``, ``5-HT``).
- ``negation``: no, not, without, never, none, neither, nor, cannot, nobody, nothing, ``n't``,
  words that begin with ``non-`` or end in ``-free`` or ``-negative``.
- ``sign``: a comparator or operator that stands with no number.

Two atoms are equal where their keys are: all characters but blanks and typography. A key is in
canonical text (`curation.fidelity.marks`), where ``\x01 \x02`` enclose raised text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from curation.fidelity.marks import CITE, FORMULA, FORMULA_END, LABEL, fold, shown

_RUN = "(?:\x01[^\x01-\x04]*\x02|\x03[^\x01-\x04]*\x04)"
_LETTER = r"[^\W\d_]"
_ALNUM = r"[^\W_]"
_NUMBER = rf"(?:\d++(?:[.,·]\d++)*+|[.·]\d++){_RUN}*+"
_COMPARATOR = "[<>≤≥=≈~±≠≪≫≅≃∝+×]"

# Symbols of the SI brochure and of common medical use; prefixes stand before the first group.
_SYMBOL = (
    r"(?:[yzafpnμmcdhkMGT]?(?:g|[lL]|mol|M|m|s|Hz|Pa|J|W|V|A|K|N|Da|Eq|eq|U|IU|Gy|Sv|Bq|Ci|cal|bp|"
    r"bar|Osm|osm|kat|F|Ω|lx|lm|T|rad)|mmHg|cmH2O|IE|UI|PFU|pfu|CFU|cfu|FFU|rpm|bpm|ppm|ppb|dpi|dB|"
    r"Å|°C|°F|°|℃|%|‰|[Mm]in(?:utes?|s)?|h(?:ours?|rs?)?|d(?:ays?)?|w(?:eeks?|ks?)|months?|mo|"
    r"y(?:ears?|rs?)?|sec(?:onds?|s)?|fold|times|units?|log|kcal|points?|cells?|copies)"
)
_POWER = rf"(?:[23]|{_RUN})?"
_UNIT = (
    rf"(?:{_SYMBOL}{_POWER}(?:[/·]{_SYMBOL}{_POWER}| (?:[yzafpnμmcdhkMG]?(?:g|[lL]|mol|m|s)|min|h|d"
    rf"|kg|day){_RUN})*)(?![^\W_\x01\x03])"
)
_QUANTITY = (
    rf"(?P<compare>(?:{_COMPARATOR} ?)*+)(?P<value>-?{_NUMBER}"
    rf"(?:(?: ?[-/×±÷*] ?|:| : )-?{_NUMBER})*+)(?P<unit> ?/?{_UNIT})?+(?![^\W_\x01\x03]|-{_LETTER})"
)
_CODE = (
    rf"(?:{_ALNUM}|{_RUN})++(?:[-_./:'>*@&](?:{_ALNUM}|{_RUN})++)*+"
    rf"(?:[+-]/[+-]|[+-](?![^\W_\x01\x03]))?"
)
MASK = r"\[(?:EMAIL|PHONE|ID|RECORD|CARD|BANK|IP|URL|NAME|ADDRESS|DATE|AGE|DEVICE|VEHICLE)\]"
"""Placeholders that a corpus has in place of personal data, a closed list."""

_TOKEN = re.compile(
    rf"(?P<quantity>{_QUANTITY})|(?P<code>(?=(?:\d|{_RUN}|[-_./:'>*@&])*+{_LETTER}){_CODE})"
    rf"|(?P<plain>(?:{_COMPARATOR} ?)*+-?{_NUMBER}-?)|(?P<mask>{MASK})|(?P<run>{_RUN}++)"
    rf"|(?P<sign>[<>≤≥=≈±≠×÷%])"
)
_ELEMENT = (
    "(?:A[cglmrstu]|B[aehikr]?|C[adefl-orsu]?|D[bsy]?|E[rsu]|F[elmr]?|G[ade]|H[efgos]?|I[nr]?|Kr?|"
    "L[airuv]|M[cdgnot]|N[abdehiop]?|O[gs]?|P[abdmortu]?|R[abefghnu]|S[bcegimnr]?|T[abcehilms]|"
    "U|V|W|Xe|Yb?|Z[nr])"
)
_ISOTOPE = re.compile(rf"\x01\d{{1,3}}m?\x02{_ELEMENT}(?![a-z]).*")
_FORMULA = re.compile(
    rf"(?=.*[\d\x01\x03])(?:{_ELEMENT}(?:\d+|\x03[^\x04]*\x04)?)+(?:\x01[^\x02]*[+-]\x02)?"
)
_VARIANT = re.compile(r"rs\d{3,}|[cgmnpr]\.[\w*+>\-]*\d.*|[A-Z]\d{1,4}[A-Z*]", re.DOTALL)
_NEGATIONS = frozenset({
    "no", "not", "without", "never", "none", "neither", "nor", "cannot", "nobody", "nothing",
    "nowhere", "absent", "absence", "nicht", "kein", "keine", "keinen", "ohne", "nie", "niemals",
    "weder", "pas", "sans", "jamais", "aucun", "aucune", "ni", "nunca", "ninguno", "ninguna", "não",
    "sem", "nenhum", "nenhuma", "nem",
})  # fmt: skip
_UPPER_TWICE = re.compile(r"[^a-z]*[A-Z][^A-Z]*[A-Z]")
_LETTERS_ONLY = re.compile(r"[\W\d_\x01-\x04]+")
_SPAN = re.compile("\x05[^\x06]*\x06|\x0e[^\x0f]*\x0f")
_MARKS = re.compile("[\x07\x08]")


@dataclass(slots=True)
class Atom:
    """One atom at its place.

    Attributes:
        key: Canonical characters without blanks; equal keys are equal atoms.
        kind: As the module lists them, or ``mask`` (a placeholder for personal data).
        left: Nearest word before it in its block, lower case; empty at the block's beginning.
        right: Nearest word behind it.
        block: Index of its block.
        start: Offset in the block's canonical text.
        optional: ``citation`` or ``label`` where it may be absent from the corpus, else empty.
        formula: Whether it stands in a mathematical formula of the raw file.
        cell: Whether its block is a cell of a table.
    """

    key: str
    kind: str
    left: str
    right: str
    block: int
    start: int
    optional: str = ""
    formula: bool = False
    cell: bool = False

    def around(self) -> str:
        """Return the atom with its neighbouring words, for people."""
        return " ".join(filter(None, (self.left, shown(self.key), self.right)))


def atoms_of(text: str, block: int = 0, *, cell: bool = False) -> list[Atom]:
    """Extract the atoms of one block.

    Args:
        text: Canonical text (`marks.fold`), perhaps with marks of citations and formulae.
        block: Index that the atoms carry.
        cell: Whether the block is a cell.

    Returns:
        Atoms in reading order.
    """
    spans: list[tuple[int, str, str]] = []
    if CITE in text or LABEL in text:
        text, spans = _split_optional(text)
    formulae: list[tuple[int, int]] = []
    if FORMULA in text:
        spans = [(cut - len(_MARKS.findall(text[:cut])), a, b) for cut, a, b in spans]
        text, formulae = _without_formula_marks(text)
    found = _scan(text, block, cell)
    for start, end in formulae:
        for atom in found:
            atom.formula = atom.formula or start <= atom.start < end
    if spans:
        for cut, content, reason in spans:
            for atom in _scan(fold(_MARKS.sub("", content)), block, cell):
                atom.optional, atom.start = reason, cut
                found.append(atom)
        found.sort(key=lambda atom: (atom.start, not atom.optional))
    return found


def count_atoms(text: str) -> int:
    """Count the atoms of a canonical text that must not be lost."""
    return sum(not atom.optional for atom in atoms_of(text))


def _scan(text: str, block: int, cell: bool) -> list[Atom]:
    """Walk over the tokens once; a word is the right neighbour of all atoms since the last one."""
    found: list[Atom] = []
    word, since = "", 0
    for match in _TOKEN.finditer(text):
        token, group = match[0], match.lastgroup or ""
        name = _LETTERS_ONLY.sub("", token).lower() if group == "code" else ""
        if name:
            for atom in found[since:]:
                atom.right = name
            since = len(found)
        kind = _kind(match, group, word)
        if kind:
            key = token.replace(" ", "")
            key = f"p{key}" if kind == "p-value" else key
            found.append(Atom(key, kind, word, "", block, match.start(), "", False, cell))
        word = name or word
    return found


def _kind(match: re.Match[str], group: str, word: str) -> str:
    """Return the kind of a token, empty for a word that is no atom."""
    if group == "code":
        return _code_kind(match[0])
    if group == "quantity":
        return _quantity_kind(match, word)
    return {"plain": "number", "run": "name"}.get(group, group)


def _quantity_kind(match: re.Match[str], word: str) -> str:
    value = match["value"]
    if match["compare"] and word == "p":
        return "p-value"
    if "\x01" in value:
        return "exponent"
    joined = value.lstrip("-")
    if ":" in joined or "/" in joined or "×" in joined or "±" in joined or "*" in joined:
        return "ratio"
    return "range" if "-" in joined else "number"


def _code_kind(token: str) -> str:
    """Return the kind of a word, empty for a word that is no atom."""
    if token.isalpha():
        if token.lower() in _NEGATIONS:
            return "negation"
        return "name" if not token.islower() and _UPPER_TWICE.match(token) else ""
    if "\x01" in token or "\x03" in token or any(map(str.isdigit, token)):
        if _ISOTOPE.fullmatch(token):
            return "isotope"
        if _FORMULA.fullmatch(token):
            return "formula"
        return "variant" if _VARIANT.fullmatch(token) else "name"
    low = token.lower()
    if low.startswith("non-") or low.endswith(("-free", "-negative", "n't")):
        return "negation"
    if low.partition("-")[0] in _NEGATIONS or low.rpartition("/")[2] in _NEGATIONS:
        return "negation"
    return "name" if _UPPER_TWICE.match(token) else ""


def _without_formula_marks(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Take the marks of formulae out and return where they enclosed what."""
    pieces: list[str] = []
    ranges: list[tuple[int, int]] = []
    length = start = 0
    for piece in re.split("([\x07\x08])", text):
        if piece == FORMULA:
            start = length
        elif piece == FORMULA_END:
            ranges.append((start, length))
        else:
            pieces.append(piece)
            length += len(piece)
    return "".join(pieces), ranges


def without_optional(text: str) -> str:
    """Return a canonical text without citations and list labels, nothing glued."""
    return _split_optional(text)[0]


def _split_optional(text: str) -> tuple[str, list[tuple[int, str, str]]]:
    """Return the text without optional spans, and each span with its place and its class."""
    out = ""
    spans: list[tuple[int, str, str]] = []
    position = 0
    for match in _SPAN.finditer(text):
        out += text[position : match.start()]
        position = match.end()
        after = text[position : position + 1]
        spans.append((len(out), match[0][1:-1], "citation" if match[0][0] == CITE else "label"))
        if out and after and not out[-1].isspace() and (after.isalnum() or after in "\x01\x03"):
            out += " "
        elif out[-1:] == " " and after == " ":
            out = out[:-1]
        elif out[-1:] + after in ("\x01\x02", "\x03\x04"):
            out, position = out[:-1], position + 1
    return out + text[position:], spans
