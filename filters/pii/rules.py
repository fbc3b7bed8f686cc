"""The rule table: entity, pattern, validator, veto, profile (policy, section 3).

Label rules stand first: what an explicit label names is masked whatever its checksum says.
"""

from __future__ import annotations

from filters.kernels import gate as g
from filters.pii import labels, veto
from filters.pii import validators as v
from filters.pii.rule import GAP, START, TIGHT, Rule, words

RULES_VERSION = 1
"""Raised whenever the same text is masked in another way."""

# Digits with what may stand between two of them in one number; no "/" between two numbers.
_SEPARATOR = r"(?:[ ./-]|\)[ -]?|\) - | - | ?\(|  )"
_DIGITS = rf"(?:\(?\+ ?\(?|\()?[0-9](?:{_SEPARATOR}?[0-9]){{5,17}}"
_EXTENSION = r"(?:,? ?(?:x|ext\.?|extension)[ .:]?[0-9]{1,6})?"
_NUMBER = rf"(?P<v>{_DIGITS}{_EXTENSION})(?:[^0-9]|$)"
# A second number behind a masked one: the next round sees the token as part of the gap.
_MORE = r"(?:\(?\[PHONE\]\)?[ \t]*(?:\([^()\n|]{0,20}\))?[ \t]*(?:[,/;&]|or|and|oder|und|et|ou|o|y)[ \t]*){0,4}"
_KIND = r"(?:[ \t]*\([^()0-9\n|]{0,20}\))?"

_PHONES = (
    Rule(
        "PHONE",
        "phone_label",
        g.PHONE,
        rf"{START}{words(labels.PHONE)}\.?(?:[ \t]?/[ \t]?(?:fax|tel|phone)\.?)?{_KIND}{GAP}"
        rf"(?:\(?(?:at|on|work|home|direct|office|mobile)\)?[ :]{{1,3}})?{_MORE}{_NUMBER}",
        v.labelled_phone,
        label=True,
    ),
    Rule(
        "PHONE",
        "phone_weak_label",
        g.PHONE,
        rf"{START}{words(labels.PHONE_WEAK)}(?:[ \t]?(?:phone|tel))?\.?{_KIND}(?:{TIGHT}"
        rf"|[ \t]{{1,2}}(?:no\.?|nr\.?|number|num\.?)[ \t]{{1,2}}(?:(?:is|at|on)[ \t])?){_MORE}{_NUMBER}",
        v.labelled_phone,
        label=True,
    ),
    Rule(
        "PHONE",
        "phone_verb",
        g.PHONE,
        rf"{START}{words(labels.PHONE_VERBS)}(?:[ \t]+[^0-9\n|;]{{0,40}}?[ \t](?:at|on)|[ \t](?:us|me|him|her))?"
        rf":?[ \t]{{1,2}}{_MORE}{_NUMBER}",
        v.labelled_phone,
        label=True,
    ),
    Rule(
        "PHONE",
        "phone_label_behind",
        g.PHONE,
        rf"(?:^|[^0-9A-Za-z.,])(?P<v>{_DIGITS})[ \t]?[-,]?[ \t]?\(?{words(labels.PHONE_AFTER)}"
        r"(?:\)|[^A-Za-z0-9_-]|$)",
        v.phone_before_label,
        label=True,
    ),
    Rule(
        "PHONE",
        "phone_international",
        g.PHONE,
        rf"(?P<v>(?:\(?\+ ?\(?[1-9]|\b00 ?[1-9])(?:{_SEPARATOR}?[0-9]){{6,15}}{_EXTENSION})",
        v.international_phone,
        veto.ALL,
    ),
    Rule(
        "PHONE",
        "phone_nanp",
        g.PHONE,
        r"(?P<v>(?:1[-. ])?(?:\([2-9][0-9]{2}\) ?[2-9][0-9]{2}[-. ][0-9]{4}"
        r"|[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}|[2-9][0-9]{2}\.[2-9][0-9]{2}\.[0-9]{4})"
        rf"{_EXTENSION})",
        v.nanp_phone,
        veto.ALL,
    ),
    Rule(
        "PHONE",
        "phone_short",
        g.PHONE,
        rf"{START}{words(labels.PHONE)}\.?{_KIND}{GAP}(?P<v>[0-9]{{4,5}})(?:[^0-9%.,-]|[.,](?:[^0-9]|$)|$)",
        v.short_phone,
        strict=True,
        label=True,
    ),
    Rule(
        "PHONE",
        "phone_national",
        g.PHONE,
        r"(?P<v>\(?[0-9]{2,5}\)?(?:[ ./-]{1,2}[0-9]{2,5}){1,5})",
        v.national_phone,
        veto.ALL,
        strict=True,
    ),
)

_LOCAL = r"[\pL\pN](?:[\pL\pN._%+'\-]{0,63})"
_HOST = r"[\pL\pN](?:[\pL\pN\-]{0,62})"
_DOT = r"(?:\.|[ ]?[(\[{<] ?(?:\.|dot|punkt|punto|point|ponto) ?[)\]}>] ?| (?:dot|punkt|punto|ponto) )"
_EMAILS = (
    Rule("EMAIL", "email", g.EMAIL, rf"(?P<v>{_LOCAL}@(?:{_HOST}\.)+[A-Za-z]{{2,24}})", v.email),
    Rule(
        "EMAIL",
        "email_spaced",
        g.EMAIL,
        rf"(?P<v>{_LOCAL}(?: {{1,2}}@ {{0,2}}| {{0,2}}@ {{1,2}})(?:{_HOST}\.)+[A-Za-z]{{2,24}})",
        v.email,
    ),
    Rule(
        "EMAIL",
        "email_brackets",
        g.EMAIL,
        rf"(?P<v>{_LOCAL}(?: ?[(\[{{<] ?(?:at|@|chez|arroba|arobase|ät) ?[)\]}}>] ?|@)"
        rf"(?:{_HOST}{_DOT})+[A-Za-z]{{2,24}})(?:[^\pL\pN]|$)",
        v.email,
    ),
    Rule(
        "EMAIL",
        "email_words",
        g.EMAIL,
        rf"(?P<v>{_LOCAL} (?:at|chez|arroba|arobase) (?:{_HOST} (?:dot|punkt|punto|point|ponto) )+[A-Za-z]{{2,24}})"
        r"(?:[^\pL\pN]|$)",
        v.email,
        strict=True,
    ),
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
        ),
        Rule(
            "ID",
            f"id_{module}_label",
            g.ID,
            rf"{START}{name}[)]?{GAP}(?P<v>{_ANY_ID})(?:[^\pL\pN]|$)",
            v.labelled_number,
            label=True,
        ),
    )


_ANY_ID = r"[A-Z]{0,6}-?[0-9](?:[ ./-]?[0-9A-Z]){3,17}[0-9A-Z]"
_NAMED = {  # shape of the numbers that count only with their name near
    "gb.nhs": r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}",
    "nl.bsn": r"[0-9]{9}|[0-9]{4}\.[0-9]{2}\.[0-9]{3}",
    "pl.pesel": r"[0-9]{11}",
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
_IDS = (
    Rule(
        "ID",
        "us_ssn_label",
        g.ID,
        rf"{START}{words(labels.SSN)}[)]?{GAP}(?P<v>[0-9]{{3}}[ -]?[0-9]{{2}}[ -]?[0-9]{{4}})(?:[^\pL\pN]|$)",
        v.whole,
        label=True,
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
        r"(?:^|[^0-9])(?P<v>[0-9]{4}[- ][0-9]{4}[- ][0-9]{4}[- ][0-9]{3}[0-9X])(?:[^0-9]|$)",
        v.orcid,
        label=True,
    ),
    Rule(
        "ID",
        "personal_label",
        g.ID,
        rf"{START}{words(labels.PERSONAL)}{GAP}(?P<v>{_ANY_ID})(?:[^\pL\pN]|$)",
        v.labelled_number,
        label=True,
    ),
    Rule(
        "ID",
        "id_word",
        g.ID,
        rf"{START}ids?\b{GAP}(?P<v>[0-9](?:[ -]?[0-9]){{8,17}})(?:[^\pL\pN]|$)",
        v.labelled_number,
        strict=True,
        label=True,
    ),
    *(rule for module, shape in _NAMED.items() for rule in _national(module, shape, True)),
    *(rule for module, shape in _ALONE.items() for rule in _national(module, shape, False)),
    Rule(
        "ID",
        "id_br.cpf_bare",
        g.ID,
        r"(?:^|[^\pL\pN])(?P<v>[0-9]{11})(?:[^\pL\pN]|$)",
        v.national("br.cpf", r"\bcpf\b"),
        label=True,
    ),
)

_TOKEN = r"[A-Z0-9](?:[A-Z0-9]|[-./_][A-Z0-9]){2,30}"
_RECORD_VALUE = rf"(?P<v>[0-9]{{2,4}}(?: [0-9]{{2,4}}){{1,4}}|{_TOKEN})(?:[^\pL\pN]|$)"
_RECORDS = (
    Rule(
        "RECORD",
        "record_label",
        g.RECORD,
        rf"{START}{words(labels.RECORD)}[)]?{GAP}{_RECORD_VALUE}",
        v.record,
        label=True,
    ),
    Rule(
        "RECORD",
        "record_weak_label",
        g.RECORD,
        rf"{START}{words(labels.RECORD_WEAK)}(?:[ \t]clinic[ao])?{TIGHT}{_RECORD_VALUE}",
        v.record,
        label=True,
    ),
    Rule(
        "RECORD",
        "record_qualified",
        g.RECORD,
        rf"{START}(?:{words(labels.QUALIFIER)}[ _\t'-]{{0,2}}{{NUMBER}}|{{NUMBER}}[ \t.]{{0,2}}(?:(?:de|do|di|du|della)[ \t])?"
        rf"{words(labels.QUALIFIER)}){GAP}{_RECORD_VALUE}".replace(
            "{NUMBER}", r"(?:(?:no|nr|num|number|id|ids|identifier|code|numero|número|numéro|nummer)\b\.?|n[°º]\.?|№|#)"
        ),
        v.record,
        label=True,
    ),
    Rule(
        "RECORD",
        "record_context",
        g.RECORD,
        rf"{START}{words(labels.RECORD_CONTEXT)}[ \t]?(?:no|nr|number|id|#)\b\.?{GAP}{_RECORD_VALUE}",
        v.record_in_context,
        ("trial", "archive", "grant"),
    ),
    Rule(
        "RECORD",
        "record_context_strict",
        g.RECORD,
        rf"{START}{words(labels.RECORD_CONTEXT)}[ \t]?(?:no|nr|number|id|#)\b\.?{GAP}{_RECORD_VALUE}",
        v.record_strict,
        strict=True,
    ),
)

_NUMBERS = (
    Rule(
        "CARD",
        "card_label",
        g.CARD,
        rf"{START}{words(labels.CARD)}\b[^0-9\n|]{{0,40}}(?P<v>[0-9](?:[ -]?[0-9]){{11,18}})(?:[^0-9]|$)",
        v.labelled_card,
        label=True,
    ),
    Rule(
        "CARD",
        "card",
        g.CARD,
        r"(?:^|[^0-9])(?P<v>[3-6][0-9]{12,18}|[3-6][0-9]{3}(?: [0-9]{4}){3}|[3-6][0-9]{3}(?:-[0-9]{4}){3}"
        r"|3[47][0-9]{2}[ -][0-9]{6}[ -][0-9]{5})(?:[^0-9]|$)",
        v.card,
        veto.ALL,
        label=True,
    ),
    Rule(
        "BANK",
        "iban_label",
        g.BANK,
        rf"{START}iban{GAP}(?P<v>[A-Z]{{2}}[0-9]{{2}}(?:[ -]?[A-Z0-9]{{4}}){{2,7}}(?:[ -]?[A-Z0-9]{{1,4}})?)(?:[^\pL\pN]|$)",
        v.labelled_iban,
        label=True,
    ),
    Rule(
        "BANK",
        "iban",
        g.BANK,
        r"(?:^|[^\pL\pN])(?P<v>[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?)(?:[^\pL\pN]|$)",
        v.iban,
        label=True,
    ),
    Rule(
        "BANK",
        "account_label",
        g.BANK,
        rf"{START}{words(labels.ACCOUNT)}{GAP}(?P<v>[0-9](?:[ -]?[0-9]){{5,19}})(?:[^\pL\pN]|$)",
        v.labelled_number,
        strict=True,
        label=True,
    ),
)

_REST = r"[^\s<>\"|\\^`{}\[\]]"
_NETWORK = (
    Rule(
        "IP",
        "ipv4",
        g.IP,
        r"(?:^|[^0-9])(?P<v>[0-9]{1,3}(?:\.[0-9]{1,3}){3})",
        v.ipv4,
        ("version", "code"),
    ),
    Rule(
        "IP",
        "ipv6",
        g.IP,
        r"(?P<v>[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:[0-9]{0,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})?)",
        v.ipv6,
        ("version", "code"),
    ),
    Rule(
        "URL",
        "url_user",
        g.URL,
        rf"(?P<v>[a-z][a-z0-9+.-]{{1,12}}://[^\s/@:]{{1,64}}:[^\s/@]{{1,64}}@{_REST}{{3,400}})",
        v.trimmed_url,
        label=True,
    ),
    Rule(
        "URL",
        "url_profile",
        g.URL,
        r"(?P<v>(?:https?://)?(?:[a-z]{1,4}\.)?(?:linkedin\.com/(?:in|pub)/|facebook\.com/|researchgate\.net/profile/"
        rf"|orcid\.org/[0-9]|twitter\.com/|instagram\.com/){_REST}{{1,200}})",
        v.trimmed_url,
        label=True,
    ),
    Rule(
        "URL",
        "url_home",
        g.URL,
        rf"(?P<v>(?:https?://|www\.)[^\s<>\"|/]{{3,100}}(?:/[^\s<>\"|/~]{{0,60}}){{0,4}}/~[\pL\pN]{_REST}{{0,200}})",
        v.trimmed_url,
        label=True,
    ),
    Rule(
        "URL",
        "url_query",
        g.URL,
        rf"(?P<v>(?:https?://|www\.)[^\s<>\"|?]{{3,200}}\?[^\s<>\"|@]{{0,200}}(?:@|%40){_REST}{{3,200}})",
        v.trimmed_url,
        label=True,
    ),
    Rule(
        "URL",
        "url_any",
        g.URL,
        rf"(?P<v>(?:https?://|ftp://|www\.){_REST}{{4,400}})",
        v.strict_url,
        strict=True,
    ),
)

RULES: tuple[Rule, ...] = (*_EMAILS, *_PHONES, *_IDS, *_RECORDS, *_NUMBERS, *_NETWORK)
"""All rules, in the order of the policy's table."""
