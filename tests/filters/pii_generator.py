"""Generated personal values in sentences of real papers: forms of many countries, never a person's.

Values come from Faker's providers of a locale, labels from the languages of the policy, the
sentences around them from papers. What is looked at while rules are written uses the seeds of
:data:`DEVELOPMENT`; the thresholds hold on those of :data:`FINAL`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import phonenumbers
from faker import Faker
from stdnum.de import idnr
from stdnum.gb import nhs
from stdnum.iso7064 import mod_11_10
from stdnum.pt import nif

DEVELOPMENT = range(100, 104)
FINAL = range(900, 904)

REGIONS = {
    "en_US": "US", "en_GB": "GB", "es_ES": "ES", "fr_FR": "FR", "de_DE": "DE", "pt_BR": "BR",
    "pt_PT": "PT", "it_IT": "IT", "nl_NL": "NL", "pl_PL": "PL", "sv_SE": "SE", "fi_FI": "FI",
    "de_CH": "CH", "nl_BE": "BE", "en_CA": "CA", "en_IN": "IN", "es_MX": "MX", "fr_CA": "CA",
}  # fmt: skip
"""Locales of Faker and their regions of telephone numbers."""

PHONE_LABELS = {
    "en": ("Tel: {}", "Phone: {}", "Fax {}", "phone number is {}", "Telephone {}", "call {}",
           "please call us at {}", "Mobile: {}", "tel.: {}", "pager {}", "(Phone {})"),
    "es": ("Tel. {}", "Teléfono: {}", "Tfno: {}", "móvil {}", "fax: {}", "llamar al teléfono {}"),
    "fr": ("Tél. : {}", "Téléphone : {}", "fax {}", "téléphone portable : {}", "tél {}"),
    "de": ("Tel.: {}", "Telefon {}", "Telefonnummer: {}", "Fax: {}", "Handy: {}", "Mobil: {}"),
    "pt": ("Tel.: {}", "Telefone: {}", "telemóvel {}", "celular: {}", "fax {}"),
    "it": ("Tel. {}", "Telefono: {}", "cellulare {}", "fax: {}", "cell. {}"),
    "nl": ("Tel: {}", "Telefoon: {}", "telefoonnummer {}", "mobiel: {}", "fax {}"),
    "pl": ("Tel. {}", "Telefon: {}", "nr tel. {}", "faks: {}", "tel. komórkowy: {}"),
    "sv": ("Tel: {}", "Telefon {}", "mobilnummer: {}"),
    "fi": ("Tel: {}", "Telefon {}"),
}  # fmt: skip
"""Lines as they stand in letters and on pages; ``{}`` is the number."""

IDS: dict[str, tuple[str, Callable[[Any], str], tuple[str, ...]]] = {
    "us.ssn": ("en_US", lambda f: f.ssn(), ("SSN: {}", "social security number {}", "{}")),
    "nl.bsn": ("nl_NL", lambda f: f.ssn(), ("BSN: {}", "burgerservicenummer {}", "BSN {}")),
    "pl.pesel": ("pl_PL", lambda f: f.pesel(), ("PESEL: {}", "nr PESEL {}", "PESEL {}")),
    "pl.nip": ("pl_PL", lambda f: f.nip(), ("NIP: {}", "NIP {}")),
    "se": ("sv_SE", lambda f: f.ssn(), ("personnummer {}", "Personnummer: {}")),
    "fi.hetu": ("fi_FI", lambda f: f.ssn(), ("{}", "henkilötunnus {}")),
    "fr.nir": ("fr_FR", lambda f: f.ssn(), ("{}", "NIR : {}", "numéro de sécurité sociale {}")),
    "es.nie": ("es_ES", lambda f: f.nie(), ("NIE {}", "{}")),
    "es.dni": ("es_ES", lambda f: f.nif(), ("DNI: {}", "{}", "con DNI {}")),
    "it.cf": ("it_IT", lambda f: f.ssn(), ("codice fiscale {}", "{}")),
    "br.cpf": ("pt_BR", lambda f: f.cpf(), ("CPF: {}", "{}", "CPF nº {}")),
    "ca.sin": ("en_CA", lambda f: f.ssn(), ("SIN: {}", "social insurance number {}")),
    "in.aadhaar": ("en_IN", lambda f: f.aadhaar_id(), ("Aadhaar {}", "Aadhaar number: {}")),
    "ch.ahv": ("de_CH", lambda f: f.ssn(), ("{}", "AHV-Nummer {}")),
    "be.nn": ("nl_BE", lambda f: f.ssn(), ("rijksregisternummer {}", "Rijksregisternummer: {}")),
    "cn.ric": ("zh_CN", lambda f: f.ssn(), ("{}", "resident identity card {}")),
    "gb.nhs": ("en_GB", lambda f: _valid(f, nhs, 10), ("NHS number {}", "NHS No: {}")),
    "de.idnr": ("de_DE", lambda f: _idnr(f), ("Steuer-ID: {}", "Steuer-ID {}", "IdNr {}")),
    "pt.nif": ("pt_PT", lambda f: _valid(f, nif, 9), ("NIF: {}", "NIF {}", "contribuinte n.º {}")),
    "iban": ("de_DE", lambda f: f.iban(), ("{}", "IBAN: {}", "IBAN {}")),
    "iban.gb": ("en_GB", lambda f: f.iban(), ("{}", "IBAN {}")),
    "iban.fours": ("it_IT", lambda f: _fours(f.iban()), ("{}", "IBAN: {}")),
    "card": ("en_US", lambda f: f.credit_card_number("visa16"), ("{}", "card number {}")),
    "card.fours": (
        "en_US", lambda f: _fours(f.credit_card_number("mastercard")), ("{}", "credit card {}"),
    ),
}  # fmt: skip
"""Numbers with a checksum: locale, the value, and the lines they stand in.

Without a label only those that the policy takes by shape and checksum alone.
"""

RECORDS = {
    "en": ("MRN: {}", "MRN {}", "medical record number {}", "medical record no. {}",
           "Patient ID: {}", "hospital number {}", "chart number: {}",
           "insurance policy number {}", "member ID: {}"),
    "es": ("NHC: {}", "historia clínica nº {}", "número de historia clínica: {}", "episodio {}"),
    "fr": ("IPP : {}", "numéro de dossier {}", "dossier n° {}", "numéro de patient : {}"),
    "de": ("Fallnummer {}", "Fall-Nr.: {}", "Patientennummer: {}", "Aufnahmenummer {}"),
    "pt": ("prontuário nº {}", "número do prontuário: {}", "processo clínico n.º {}"),
    "it": ("numero di cartella clinica {}", "cartella clinica n. {}", "numero paziente: {}"),
    "nl": ("patiëntnummer {}", "Patiëntnummer: {}", "dossiernummer: {}"),
    "pl": ("numer kartoteki {}", "numer pacjenta: {}", "numer historii choroby {}"),
}  # fmt: skip
"""Lines with a record number, in the languages of the policy."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with one generated value.

    Attributes:
        text: Sentence, line, sentence.
        start: First code point of the value.
        end: Last code point + 1.
        entity: Token without brackets.
        form: What kind of value, where from.
    """

    text: str
    start: int
    end: int
    entity: str
    form: str


def _valid(fake: Any, module: Any, length: int) -> str:
    """Return a number of so many digits with a right check digit."""
    while True:
        body = "".join(str(fake.random_digit_not_null()) for _ in range(length - 1))
        for check in "0123456789":
            if module.is_valid(body + check):
                return body + check


def _idnr(fake: Any) -> str:
    """Return a German tax number: nine digits once, one of them twice, and the check digit."""
    while True:
        digits = fake.random_elements("0123456789", length=9, unique=True)
        digits.insert(fake.random_int(1, 8), digits[fake.random_int(0, 8)])
        body = "".join(digits)
        value = body + mod_11_10.calc_check_digit(body)
        if idnr.is_valid(value):
            return value


def _fours(value: str) -> str:
    return " ".join(value[at : at + 4] for at in range(0, len(value), 4))


def emails(fake: Any, draw: random.Random) -> tuple[str, str, str]:
    """One address in one of the forms of the policy: line, value, form."""
    local, _, host = fake.email().partition("@")
    if draw.random() < 0.2:
        local = draw.choice(("jürgen.müller", "josé_peña", "łukasz.k", "anaïs-b", "o'neil", "a+b"))
    forms = {
        "plain": f"{local}@{host}",
        "spaced": f"{local} @ {host}",
        "brackets": f"{local}{draw.choice(('(at)', ' [at] ', ' (at) ', '[at]'))}{host}",
        "dots": f"{local} [at] {host.replace('.', ' [dot] ')}",
        "capitals": f"{local}@{host}".upper(),
    }
    form = draw.choices(list(forms), (6, 1, 1, 1, 1))[0]
    line = draw.choice(("E-mail: {}", "({})", "mailto:{}", "Correspondence to {}", "write to {},"))
    return line, forms[form], form


def phones(fake: Any, draw: random.Random, locale: str) -> tuple[str, str, str]:
    """A number as Faker writes it behind a label, or in an international form."""
    written = fake.phone_number()
    try:
        parsed = phonenumbers.parse(written, REGIONS[locale])
    except phonenumbers.NumberParseException:
        parsed = None
    international = parsed is not None and phonenumbers.is_possible_number(parsed)
    if international and draw.random() < 0.4:
        value = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        return draw.choice(("{}", "({})", "at {},", "under {}.")), value, "international"
    labels = PHONE_LABELS.get(locale.partition("_")[0], PHONE_LABELS["en"])
    return draw.choice(labels), written, "labelled"


def record(draw: random.Random) -> str:
    """A number as hospitals give them."""
    digits = "".join(draw.choices("0123456789", k=draw.randint(5, 10)))
    return draw.choice(
        (digits, digits, f"{draw.choice('ABHKMPX')}{digits}", f"{digits[:2]}-{digits[2:]}",
         f"{draw.choice(('AB', 'HX', 'MR'))}-{digits}", f"{digits}/{draw.randint(10, 26)}")
    )  # fmt: skip


def generate(
    kind: str, seed: int, sentences: Sequence[str], count: int, language: str = ""
) -> Iterator[Filled]:
    """Fill sentences with values of one kind.

    Args:
        kind: ``email``, ``phone``, ``id`` or ``record``.
        seed: Decides everything.
        sentences: Of papers.
        count: Texts.
        language: Of labels and formats; empty for all.
    """
    draw = random.Random(f"{kind} {seed}{language}")
    locales = [one for one in sorted(REGIONS) if one.startswith(language)]
    ids = [form for form in sorted(IDS) if IDS[form][0].startswith(language)]
    records = [line for one, some in RECORDS.items() if one.startswith(language) for line in some]
    makers: dict[str, Any] = {}

    def fake(locale: str) -> Any:
        if locale not in makers:
            makers[locale] = Faker(locale)
            makers[locale].seed_instance(f"{kind} {seed} {locale}")
        return makers[locale]

    for _ in range(count):
        locale = draw.choice(locales)
        if kind == "email":
            (line, value, form), entity = emails(fake(locale), draw), "EMAIL"
        elif kind == "phone":
            (line, value, form), entity = phones(fake(locale), draw, locale), "PHONE"
            form = f"{form} {locale}"
        elif kind == "id":
            form = draw.choice(ids)
            owner, make, lines = IDS[form]
            line, value = draw.choice(lines), make(fake(owner))
            entity = {"iban": "BANK", "card": "CARD"}.get(form.partition(".")[0], "ID")
        else:
            line, value, form, entity = draw.choice(records), record(draw), "record", "RECORD"
            form = line
        before, _, after = line.partition("{}")
        head = f"{draw.choice(sentences)} {before}"
        tail = f"{after} {draw.choice(sentences)}"
        yield Filled(f"{head}{value}{tail}", len(head), len(head) + len(value), entity, form)


def sentences_of(texts: Sequence[str]) -> list[str]:
    """Sentences of papers that hold no digit groups that could be taken for a value."""
    found = (part for text in texts for part in re.split(r"(?<=[.!?])\s+", text))
    return [s for s in found if 40 <= len(s) <= 240 and "\n" not in s and "|" not in s][:4000]
