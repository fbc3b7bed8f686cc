"""Rules for numbers of a person: national ids, ORCID, records, cards, bank accounts."""

from __future__ import annotations

from filters.kernels import gate as g
from filters.pii import labels, records, shapes, veto
from filters.pii import validators as v
from filters.pii.rule import (
    BOLD,
    CELL,
    GAP,
    ID_GAP,
    LAST_CELL,
    NEXT_CELL,
    OPEN,
    START,
    TIGHT,
    Rule,
    words,
)


def _national(module: str, shape: str, named: bool) -> tuple[Rule, ...]:
    """Rules of one national number: by shape and checksum, and behind its label."""
    name = words(labels.NATIONAL[module])
    near = rf"(?<![^\W_]){name}(?![^\W_])" if named else None
    return (
        Rule(
            "ID",
            f"id_{module}",
            g.ID,
            rf"(?:^|[^\pL\pN])(?P<v>{shape})(?:[^\pL\pN]|$)",
            v.national(module, near),
            () if named else veto.ALL,
            label=True,
            labels=labels.NATIONAL[module] if named else (),
        ),
        Rule(
            "ID",
            f"id_{module}_label",
            g.ID,
            rf"{START}{name}[)]?{ID_GAP}(?P<v>{_ANY_ID})(?:[^\pL\pN]|$)",
            v.behind_label(module),
            figures=True,
            label=True,
            listed=True,
            labels=labels.NATIONAL[module],
        ),
    )


_ANY_ID = r"(?:[A-Z]{0,6}-?|(?-i:[A-Z]{1,6}) )[0-9](?:[ ./-]?[0-9A-Z]){3,18}"
_NAMED = {  # shape of the numbers that count only with their name near
    "gb.nhs": r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}",
    "nl.bsn": r"[0-9]{9}|[0-9]{4}\.[0-9]{2}\.[0-9]{3}",
    "pl.pesel": r"[0-9]{11}",
    "pl.nip": r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{2}|[0-9]{3}(?:-[0-9]{2}){2}-[0-9]{3}",
    "pl.regon": r"[0-9]{9}|[0-9]{14}",
    "pt.cc": r"[0-9]{8} ?[0-9] ?[A-Z0-9]{2}[0-9]",
    "pt.nif": r"[0-9]{3} ?[0-9]{3} ?[0-9]{3}",
    "se.personnummer": r"(?:[0-9]{2})?[0-9]{6}[-+]?[0-9]{4}",
    "de.idnr": r"[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}",
    "be.nn": r"[0-9]{2}\.?[0-9]{2}\.?[0-9]{2}[- ]?[0-9]{3}[. ]?[0-9]{2}",
    "ca.sin": r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}",
    "in_.aadhaar": r"[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}",
}
_ALONE = {  # shape and checksum are enough
    "br.cpf": r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}",
    "fr.nir": r"[12] ?[0-9]{2} ?[0-9]{2} ?[0-9][0-9AB] ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}",
    "es.dni": r"(?:[0-9]{8}|[0-9]{1,2}\.[0-9]{3}\.[0-9]{3})[-]?[A-Z]",
    "es.nie": r"[XYZ]-?[0-9]{7}-?[A-Z]",
    "it.codicefiscale": r"[A-Z]{6}[0-9]{2}[A-EHLMPRST][0-9]{2}[A-Z][0-9]{3}[A-Z]",
    "fi.hetu": r"[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y]",
    "ch.ssn": r"756(?:\.?[0-9]{4}){2}\.?[0-9]{2}",
    "cn.ric": r"[1-9][0-9]{16}[0-9X]",
}
IDS = (
    Rule(
        "ID",
        "us_ssn_label",
        g.ID,
        rf"{START}{words(labels.SSN)}[)]?{ID_GAP}(?P<v>[0-9]{{3}}[ -]?[0-9]{{2}}[ -]?[0-9]{{4}})"
        rf"(?:[^\pL\pN]|$)",
        shapes.whole,
        figures=True,
        label=True,
        listed=True,
        labels=labels.SSN,
    ),
    Rule(
        "ID",
        "us_ssn_row",
        g.ID,
        rf"{CELL}{words(labels.SSN)}(?:[ ](?:no|number)\b)?{NEXT_CELL}"
        rf"(?P<v>[0-9]{{3}}[ -]?[0-9]{{2}}[ -]?[0-9]{{4}}){LAST_CELL}",
        label=True,
        labels=labels.SSN,
    ),
    Rule(
        "ID",
        "us_ssn_short",
        g.ID,
        rf"{START}{words(labels.SSN_SHORT)}(?:[ \t]?#|[ \t]no\.?|[ \t]number){BOLD}[ \t:]{{0,3}}"
        rf"{BOLD}[ \t]{{0,2}}(?P<v>[0-9]{{3}}[ -]?[0-9]{{2}}[ -]?[0-9]{{4}})(?:[^\pL\pN]|$)",
        shapes.whole,
        figures=True,
        label=True,
        listed=True,
        labels=labels.SSN_SHORT,
    ),
    Rule(
        "ID",
        "us_ssn",
        g.ID,
        r"(?:^|[^0-9])(?P<v>[0-9]{3}-[0-9]{2}-[0-9]{4})(?:[^0-9]|$)",
        v.us_ssn,
        veto.ALL,
    ),
    Rule(
        "ID",
        "orcid",
        g.ID,
        r"(?:^|[^0-9])(?P<v>[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]"
        r"|0000 000[1-3] [0-9]{4} [0-9]{3}[0-9X])(?:[^0-9]|$)",
        v.orcid,
        label=True,
    ),
    Rule(
        "ID",
        "orcid_label",
        g.ID,
        rf"{START}orcid{GAP}(?P<v>0000000[1-3][0-9]{{7}}[0-9X])(?:[^\pL\pN]|$)",
        v.orcid,
        label=True,
        labels=("orcid",),
    ),
    Rule(
        "ID",
        "dea_label",
        g.ID,
        rf"{START}dea{ID_GAP}(?P<v>[A-Z]{{2}}[0-9]{{7}})(?:[^\pL\pN]|$)",
        label=True,
        labels=labels.DEA,
    ),
    Rule(
        "ID",
        "personal_label",
        g.ID,
        # "N°" begins a word of its own, also where the blank before it is missing.
        rf"(?:{START}{words(labels.PERSONAL)}|(?-i:\p{{Ll}}N)[°º][ ]?col){ID_GAP}"
        rf"(?P<v>{_ANY_ID})(?:[^\pL\pN]|$)",
        v.registered_number,
        figures=True,
        label=True,
        listed=True,
        labels=labels.PERSONAL,
    ),
    Rule(
        "ID",
        "id_word",
        g.ID,
        rf"{START}ids?\b{GAP}(?P<v>[0-9](?:[ -]?[0-9]){{8,17}})(?:[^\pL\pN]|$)",
        v.labelled_number,
        ("archive", "code", "grant", "literature", "trial"),
        strict=True,
        label=True,
        labels=labels.ID_WORDS,
    ),
    *(rule for module, shape in _NAMED.items() for rule in _national(module, shape, True)),
    *(rule for module, shape in _ALONE.items() for rule in _national(module, shape, False)),
    Rule(
        "ID",
        "id_fr.nir_near",
        g.ID,
        rf"{START}{words(labels.NATIONAL['fr.nir'])}(?P<e>)[^0-9\n|]{{0,60}}(?:\n[ \t]{{0,8}})?"
        r"(?P<v>[12](?: ?[0-9]){12,14})(?:[^\pL\pN]|$)",
        v.nir_behind_label,
        label=True,
        listed=True,
        labels=labels.NATIONAL["fr.nir"],
    ),
    Rule(
        "ID",
        "id_fr.nir_grouped",
        g.ID,
        r"(?:^|[^\pL\pN])(?P<v>[12] [0-9]{2} [0-9]{2} [0-9][0-9AB] [0-9]{3} [0-9]{3} [0-9]{2})"
        r"(?:[^\pL\pN]|$)",
        v.nir_of_person,
        label=True,
    ),
    Rule(
        "ID",
        "id_at.vnr",
        g.ID,
        rf"{START}{words(labels.AUSTRIAN)}\.?{BOLD}[ \t]{{0,2}}[:#]?{BOLD}[ \t]{{0,2}}"
        r"(?P<v>[0-9]{4} ?[0-9]{6})(?:[^\pL\pN]|$)",
        v.austrian,
        label=True,
        labels=labels.AUSTRIAN,
    ),
    Rule(
        "ID",
        "id_br.cpf_bare",
        g.ID,
        r"(?:^|[^\pL\pN])(?P<v>[0-9]{11})(?:[^\pL\pN]|$)",
        v.national("br.cpf", r"\bcpf\b"),
        label=True,
        labels=labels.NATIONAL["br.cpf"],
    ),
)

_CODE = r"[A-Z0-9](?:[A-Z0-9]|[-./_][A-Z0-9]){2,30}"
_GROUPS = r"(?:(?-i:[A-Z]{2,4}) )?[0-9]{2,10}(?: [0-9]{2,10}){1,4}"
_RECORD_VALUE = rf"(?P<v>{_GROUPS}|{_CODE})(?:[^\pL\pN]|$)"
_NUMBER_WORD = (
    r"(?:(?:no|nr|num|number|id|ids|identifier|code|numero|número|numéro|nummer|numer"
    r"|identification|identificación|codice|código)(?:\b|__)\.?|n\.?[°º]\.?|n\.|№)"
)
RECORDS = (
    Rule(
        "RECORD",
        "record_label",
        g.RECORD,
        rf"{START}{words(labels.RECORD)}[)]?{ID_GAP}{_RECORD_VALUE}",
        records.record,
        figures=True,
        label=True,
        listed=True,
        labels=labels.RECORD,
    ),
    Rule(
        "RECORD",
        "record_row",
        g.RECORD,
        rf"{CELL}(?:{words(labels.RECORD)}|{words(labels.QUALIFIER)}"
        rf"(?:\.?[ _\t'-]{{1,2}}|\.){_NUMBER_WORD}){NEXT_CELL}(?P<v>{_GROUPS}|{_CODE}){LAST_CELL}",
        records.record_cell,
        label=True,
        labels=labels.RECORD + labels.QUALIFIER,
    ),
    Rule(
        "RECORD",
        "record_weak_label",
        g.RECORD,
        rf"{START}{words(labels.RECORD_WEAK)}\.?(?:[ \t]clinic[ao])?(?:{TIGHT}"
        rf"|[ \t]{{1,2}}{_NUMBER_WORD}[ \t]{{1,2}}(?:is|was|est|ist|es)[ \t]{{1,2}})"
        rf"{OPEN}{_RECORD_VALUE}",
        records.weak_record,
        label=True,
        listed=True,
        labels=labels.RECORD_WEAK,
    ),
    Rule(
        "RECORD",
        "record_ordinary",
        g.RECORD,
        rf"{START}{words(labels.RECORD_ORDINARY)}\.?(?:{TIGHT}"
        rf"|[ \t]{{1,2}}{_NUMBER_WORD}[ \t]{{1,2}}(?:is|was)[ \t]{{1,2}}){OPEN}(?P<v>{_CODE})"
        r"(?:[^\pL\pN]|$)",
        records.ordinary_record,
        label=True,
        labels=labels.RECORD_ORDINARY,
    ),
    Rule(
        "RECORD",
        "record_qualified",
        g.RECORD,
        rf"{START}(?:{words(labels.QUALIFIER)}(?:(?:\.?[ _\t'-]{{1,2}}|\.){_NUMBER_WORD}|[ \t]?#)"
        rf"|(?:{_NUMBER_WORD}[ \t]{{0,2}}){{1,2}}(?:(?:de|do|di|du|della)[ \t]|d['’])?"
        rf"{words(labels.QUALIFIER)})"
        rf"{ID_GAP}{_RECORD_VALUE}",
        records.record,
        figures=True,
        label=True,
        listed=True,
        labels=labels.QUALIFIER,
    ),
    Rule(
        "RECORD",
        "record_long",
        g.RECORD,
        rf"{START}{words(labels.RECORD_LONG)}(?P<e>)(?:[ \t](?:est|étant le|est le|is|es|ist)\b)?"
        r"[ \t]{1,2}(?P<v>[0-9](?: ?[0-9]){3,14})(?:[^\pL\pN]|$)",
        records.long_record,
        label=True,
        labels=labels.RECORD_LONG,
    ),
    Rule(
        "RECORD",
        "record_bare",
        g.RECORD,
        rf"{START}{words(labels.RECORD_BARE)}(?P<e>){BOLD}[ \t]{{0,2}}[:(#]?{BOLD}[ \t]{{0,2}}"
        rf"{BOLD}(?P<v>[0-9]{{8,15}})(?:[^\pL\pN]|$)",
        records.bare_record,
        label=True,
        labels=labels.RECORD_BARE,
    ),
    Rule(
        "RECORD",
        "record_cover",
        g.RECORD,
        rf"{START}{words(labels.COVER)}(?P<e>)(?:[ \t](?:policy|plan|number|no\.?|id|code)){{0,2}}"
        r"(?:[ \t]{1,2}(?:is|was)|[ \t]{0,2}[:#(]){0,3}[ \t]{0,2}"
        rf"(?P<v>{_CODE})(?:[^\pL\pN]|$)",
        records.cover,
        label=True,
        labels=labels.COVER,
    ),
    Rule(
        "RECORD",
        "record_id",
        g.RECORD,
        rf"{START}id{BOLD}[ \t]?(?:[:#]{BOLD}[ \t]{{0,2}}){{1,2}}{BOLD}(?P<v>{_CODE})"
        r"(?:[^\pL\pN]|$)",
        records.id_in_context,
        labels=labels.ID_WORDS,
    ),
    Rule(
        "RECORD",
        "record_context",
        g.RECORD,
        rf"{START}{words(labels.RECORD_CONTEXT)}(?:[ \t]{{1,2}}(?:no|nr|number|id)\b\.?|[ \t]?#)"
        rf"{GAP}{_RECORD_VALUE}",
        records.record_in_context,
        labels=labels.RECORD_CONTEXT,
    ),
    Rule(
        "RECORD",
        "record_context_strict",
        g.RECORD,
        rf"{START}{words(labels.RECORD_CONTEXT)}(?:[ \t]{{1,2}}(?:no|nr|number|id)\b\.?|[ \t]?#)"
        rf"{GAP}{_RECORD_VALUE}",
        records.record_strict,
        strict=True,
        labels=labels.RECORD_CONTEXT,
    ),
)

_IBAN = r"[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?"
NUMBERS = (
    Rule(
        "CARD",
        "card_label",
        g.CARD,
        rf"{START}{words(labels.CARD)}\b[^0-9\n|]{{0,40}}(?P<v>[0-9](?:[ -]?[0-9]){{11,18}})"
        rf"(?:[^0-9]|$)",
        v.labelled_card,
        figures=True,
        label=True,
        listed=True,
        labels=labels.CARD,
    ),
    Rule(
        "CARD",
        "card",
        g.CARD,
        r"(?:^|[^0-9])(?P<v>[3-6][0-9]{12,18}|2[2-7][0-9]{14}|[2-6][0-9]{3}(?: [0-9]{4}){3}"
        r"|[2-6][0-9]{3}(?:-[0-9]{4}){3}"
        r"|3[47][0-9]{2}[ -][0-9]{6}[ -][0-9]{5})(?:[^0-9]|$)",
        v.card,
        veto.ALL,
        label=True,
    ),
    Rule(
        "BANK",
        "iban_label",
        g.BANK,
        rf"{START}{words(labels.BANK + labels.ACCOUNT)}{GAP}"
        rf"(?P<v>{_IBAN}"
        rf"|[A-Z]{{2}}[0-9](?:[ .-]?[0-9]){{13,32}})(?:[^\pL\pN]|$)",
        v.labelled_iban,
        label=True,
        listed=True,
        labels=labels.BANK + labels.ACCOUNT,
    ),
    Rule(
        "BANK",
        "iban_row",
        g.BANK,
        rf"{CELL}{words(labels.BANK)}{NEXT_CELL}(?P<v>{_IBAN}){LAST_CELL}",
        v.labelled_iban,
        label=True,
        labels=labels.BANK,
    ),
    Rule(
        "BANK",
        "rib_label",
        g.BANK,
        rf"{START}rib{GAP}(?P<v>[0-9]{{5}} ?[0-9]{{5}} ?[0-9A-Z]{{11}} ?[0-9]{{2}})(?:[^\pL\pN]|$)",
        label=True,
        labels=labels.RIB,
    ),
    Rule(
        "BANK",
        "iban",
        g.BANK,
        rf"(?:^|[^\pL\pN])(?P<v>{_IBAN})"
        r"(?:[^\pL\pN]|$)",
        v.iban,
        label=True,
    ),
    Rule(
        "BANK",
        "account_label",
        g.BANK,
        rf"{START}{words(labels.ACCOUNT)}{GAP}"
        r"(?P<v>[A-Z]{0,6}-?[0-9](?:[ -]?[0-9A-Z]){4,29})(?:[^\pL\pN]|$)",
        v.labelled_number,
        strict=True,
        figures=True,
        label=True,
        listed=True,
        labels=labels.ACCOUNT,
    ),
)
