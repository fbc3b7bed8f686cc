"""Drug labels as openFDA gives them: each section one flat text in a field of its own.

openFDA makes them of SPL. A subsection stands in its own field and in that of the section around
it; a table stands flattened in the text and as markup in a field beside it (``…_table``). Here each
is said once: a field that another holds is left to that one, and a table stands where its words do.

Reference: openFDA, drug label fields; FDA/openfda, ``openfda/spl``.
"""

from __future__ import annotations

import bisect
import html
import re
from collections.abc import Mapping

from sources.items import Document, SourceError
from sources.text.declared import iso_date
from sources.text.json_stream import text, texts
from sources.text.markup import printable
from sources.text.spl import address, hyphened, revision, table_blocks

SECTIONS = (
    "spl_unclassified_section", "boxed_warning", "recent_major_changes", "active_ingredient",
    "purpose", "indications_and_usage", "dosage_and_administration", "dosage_forms_and_strengths",
    "contraindications", "warnings", "warnings_and_cautions", "do_not_use", "ask_doctor",
    "ask_doctor_or_pharmacist", "when_using", "stop_use", "pregnancy_or_breast_feeding",
    "keep_out_of_reach_of_children", "precautions", "general_precautions", "adverse_reactions",
    "drug_interactions", "use_in_specific_populations", "pregnancy", "labor_and_delivery",
    "lactation", "nursing_mothers", "pediatric_use", "geriatric_use", "drug_abuse_and_dependence",
    "overdosage", "description", "inactive_ingredient", "clinical_pharmacology",
    "mechanism_of_action", "pharmacodynamics", "pharmacokinetics", "nonclinical_toxicology",
    "carcinogenesis_and_mutagenesis_and_impairment_of_fertility",
    "animal_pharmacology_and_or_toxicology", "clinical_studies", "references", "how_supplied",
    "storage_and_handling", "information_for_patients", "spl_medguide",
    "spl_patient_package_insert", "instructions_for_use", "questions",
    "package_label_principal_display_panel",
)  # fmt: skip
"""Sections in the order of a printed label; others follow in the order of their names."""

_RANK = {name: rank for rank, name in enumerate(SECTIONS)}
_NOT_TEXT = frozenset(
    {"id", "set_id", "version", "effective_time", "openfda", "spl_product_data_elements",
     "spl_indexing_data_elements"}
)  # fmt: skip
_NAMES = {"spl_medguide": "medication guide", "spl_unclassified_section": ""}
_SET_ID = re.compile(r"[0-9a-fA-F][0-9a-fA-F-]{7,63}")
_TABLE = "_table"


def read_record(record: Mapping[str, object]) -> Document:
    """Read one record of ``drug/label``.

    Args:
        record: As openFDA gives it; one reduced to ids and names has no text.

    Returns:
        The label, without a licence.

    Raises:
        SourceError: ``not_a_label``: no ``set_id``.
    """
    set_id = text(record, "set_id").lower()
    if not _SET_ID.fullmatch(set_id):
        raise SourceError("not_a_label", "no set_id: not a record of drug/label")
    effective = text(record, "effective_time")
    blocks, inside, apart = _sections(record)
    types = texts(record, "openfda", "product_type")
    metadata = {
        "set_id": set_id,
        "document_id": text(record, "id"),
        "labeler": ", ".join(texts(record, "openfda", "manufacturer_name")),
        "products": texts(record, "spl_product_data_elements"),
        "said_inside": inside,
        "tables_apart": apart,
        **{
            name: texts(record, "openfda", name)
            for name in ("generic_name", "substance_name", "route", "product_ndc", "rxcui", "unii")
        },
    }
    number = text(record, "version")
    return Document(
        native_id=set_id,
        text=printable("\n\n".join(blocks)),
        title=printable(_title(record)),
        kind="label",
        version=max(1, int(number[:6])) if number.isascii() and number.isdigit() else 1,
        revision=revision(effective, structured=False),
        date=iso_date(hyphened(effective)),
        url=address(set_id),
        publication_types=tuple(types),
        metadata={key: value for key, value in metadata.items() if value},
    )


def _title(record: Mapping[str, object]) -> str:
    names = list(dict.fromkeys(texts(record, "openfda", "brand_name")))
    generic = ", ".join(dict.fromkeys(texts(record, "openfda", "generic_name")))
    name = ", ".join(names)
    known = not generic or generic.lower() in name.lower()
    return name if known else f"{name} ({generic})" if name else generic


def _sections(record: Mapping[str, object]) -> tuple[list[str], dict[str, str], int]:
    """Blocks of all sections, the fields that others hold, and tables without a place in a text."""
    names = [n for n in record if n not in _NOT_TEXT and not n.endswith(_TABLE)]
    names.sort(key=lambda n: (_RANK.get(n, len(_RANK)), n))
    said = {name: "\n".join(texts(record, name)) for name in names}
    said = {name: words for name, words in said.items() if words.strip()}
    compact = {name: "".join(words.split()) for name, words in said.items()}
    inside = {name: other for name in said if (other := _holder(name, compact))}
    blocks: list[str] = []
    apart = 0
    for name, words in said.items():
        if name in inside:
            continue
        heading = _NAMES.get(name, name.removeprefix("spl_").replace("_", " ")).capitalize()
        if heading:
            blocks.append(f"## {heading}")
        parts = [" ".join(part.split()) for part in words.split("\n")]
        found = [name, *(n for n, holder in inside.items() if holder == name)]
        tables = dict.fromkeys(t for n in found for t in texts(record, n + _TABLE))
        for markup in tables:
            parts, placed = _with_table(parts, markup)
            apart += not placed
        blocks += filter(None, parts)
    return blocks, inside, apart


def _holder(name: str, compact: Mapping[str, str]) -> str:
    """Name of the longest field whose text holds that of another; of two equal ones the first."""
    own = compact[name]
    order = list(compact)
    best = ""
    for other, words in compact.items():
        longer = len(words) > len(own) or (words == own and order.index(other) < order.index(name))
        if longer and own in words and len(words) > len(compact.get(best, "")):
            best = other
    return best


def _with_table(parts: list[str], markup: str) -> tuple[list[str], bool]:
    """Set a table in the place of its words, or behind the text where they are not found."""
    blocks = table_blocks(markup)
    if not blocks:
        return parts, False
    words = "".join(re.sub(r"<[^<>]*>", "", markup).split())
    for number, part in enumerate(parts):
        if place := _found(part, _unescaped(words)):
            before, after = part[: place[0]].strip(), part[place[1] :].strip()
            return [*parts[:number], before, *blocks, after, *parts[number + 1 :]], True
    return [*parts, *blocks], False


def _found(part: str, words: str) -> tuple[int, int] | None:
    """Where words stand in a text, white space aside."""
    if not words:
        return None
    starts, ends, size = [], [], 0
    for match in re.finditer(r"\S+", part):
        starts.append(size)
        ends.append(match.start())
        size += match.end() - match.start()
    first = "".join(part.split()).find(words)
    if first < 0:
        return None

    def place(position: int) -> int:
        token = bisect.bisect_right(starts, position) - 1
        return ends[token] + position - starts[token]

    return place(first), place(first + len(words) - 1) + 1


def _unescaped(words: str) -> str:
    return "".join(html.unescape(words).split())
