"""Rules for what describes a person: names, addresses, dates, ages, devices, vehicles.

In ``default`` only what stands behind its label; in ``strict`` also titles with names, streets,
days of a life and ages over 89. Names without a title or label, towns and relatives are not found.
"""

from __future__ import annotations

from filters.kernels import gate as g
from filters.pii import labels
from filters.pii import personal as v
from filters.pii.rule import (
    BELOW,
    BOLD,
    CELL,
    GAP,
    LAST_CELL,
    NEXT_CELL,
    START,
    Rule,
    words,
)

_CAPITAL = r"(?-i:[A-Z\x{C0}-\x{24F}])[^\s\d:|;,()\[\]]{0,30}"
# A full stop belongs to initials and titles alone: behind a word it ends the sentence.
# The letters are ranges of Latin, Greek and Cyrillic: a class of all costs RE2 a tenth of the pass.
_WORD = (
    rf"(?:(?-i:{'|'.join(labels.TITLES)})\.|(?:(?-i:\p{{Lu}}(?:-\p{{Lu}})?)\.-?){{1,4}}"
    r"|(?-i:\p{Lu})[A-Za-zªº\x{C0}-\x{52F}'’‘-]*)"
)
_DEGREE = r"(?:med|dent|vet|phil|rer|nat|jur|habil)\.[ ]{0,2}"
_PARTICLE = (
    r"(?:(?:da|das|de|del|della|di|do|dos|du|des|van|von|vom|zu|der|den|het|ten|ter|la|las|le|los"
    r"|y|e|i)[ ]{1,2}|(?:d|l|dell)['’])"
)
_NAME = rf"{_WORD}(?:[ ]{{1,2}}{_PARTICLE}{{0,3}}{_WORD}){{0,4}}"
# Behind a label: particles between capitals, or before the first; or a name of a script without.
_LABELLED = (
    rf"(?:{_PARTICLE}{{0,3}}{_NAME}"
    r"|[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}]{2,8})"
)
_OF_PATIENT = (
    r"[ \t](?:(?:of(?:[ \t]the)?|du|des|do|del|van de)[ \t])?"
    r"(?:patient|patienten|paciente|doente|paziente|patiënt)"
)
_PATIENT = rf"(?:{words(labels.PATIENT_NAME)}|{words(labels.NAME_OF)}{_OF_PATIENT})"
_SMALL = r"[a-z\x{DF}-\x{24F}][a-z\x{DF}-\x{24F}'’-]+"
_OPEN = r"[(\"'“‘«„`]?"
"""What a name may be wrapped in: behind a square bracket stands the token of a mask."""
_ANY_NAME = (
    rf"{_LABELLED}(?:,[ ]{{1,2}}{_LABELLED})?"
    rf"|(?-i:(?:[a-z]\.[ ]?){{1,2}}{_SMALL}|{_SMALL}(?:[ ]{_SMALL}){{1,2}})"
)
_COLON = rf"{BOLD}[ \t]{{0,3}}:{BOLD}[ \t]{{0,3}}{BOLD}"
_MONTH = words(labels.MONTHS)
_DAY = (
    r"(?:[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2})|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th|er|\.)?[ \t](?:of[ \t]|de[ \t])?{_MONTH}\.?,?[ \t](?:de[ \t])?"
    rf"[0-9]{{4}}|{_MONTH}\.?[ \t][0-9]{{1,2}}(?:st|nd|rd|th)?,?[ \t][0-9]{{4}})"
)

PERSONS = (
    Rule(
        "NAME",
        "name_label",
        g.PERSON,
        rf"{START}{words(labels.NAME)}{_COLON}(?P<v>{_LABELLED}(?:,[ ]{{1,2}}{_LABELLED})?)",
        v.labelled_name,
        label=True,
        labels=labels.NAME,
    ),
    Rule(
        "NAME",
        "name_patient",
        g.PERSON,
        rf"{START}{_PATIENT}(?:{_COLON}|[ ]{{1,2}}[=-][ ]{{1,2}}){_OPEN}(?P<v>{_ANY_NAME})",
        v.patient_name,
        label=True,
        labels=labels.PATIENT_NAME + labels.NAME_OF,
    ),
    Rule(
        "NAME",
        "name_below",
        g.PERSON,
        rf"{START}{_PATIENT}{BOLD}[ \t]{{0,3}}:{BOLD}{BELOW}{BOLD}{_OPEN}(?P<v>{_ANY_NAME})"
        r"[ \t*_`)\]\"'>]{0,8}(?:\n|$)",
        v.name_below,
        label=True,
        labels=labels.PATIENT_NAME + labels.NAME_OF,
    ),
    Rule(
        "NAME",
        "name_row",
        g.PERSON,
        rf"{CELL}{_PATIENT}{NEXT_CELL}(?P<v>{_ANY_NAME}){LAST_CELL}",
        v.patient_name,
        label=True,
        labels=labels.PATIENT_NAME + labels.NAME_OF,
    ),
    Rule(
        "NAME",
        "name_title",
        g.PERSON,
        rf"{START}(?-i:{'|'.join(labels.TITLES)})(?:\.?[ \t]{{1,2}}|\.{_DEGREE})"
        rf"(?:{_DEGREE}){{0,3}}(?P<v>{_NAME})",
        v.name,
        strict=True,
        fields=False,
        label=True,
        labels=labels.TITLES,
    ),
    Rule(
        "ADDRESS",
        "address_label",
        g.PERSON,
        rf"{START}{words(labels.ADDRESS)}(?:{_COLON}|[ \t](?:in|at|au|à|a|en|w)[ \t])"
        r"(?P<v>[^\n|;@\[\]]{6,90})",
        v.address,
        label=True,
        labels=labels.ADDRESS,
    ),
    Rule(
        "ADDRESS",
        "address_street",
        g.PERSON,
        rf"(?:^|[^\pL\pN])(?P<v>[0-9]{{1,5}}[A-Za-z]?[ \t](?:{_CAPITAL}[ \t]){{1,3}}"
        rf"{words(labels.STREETS_BEHIND)}\b\.?|[0-9]{{1,4}},?[ \t](?:bis[ \t])?"
        rf"{words(labels.STREETS_BEFORE)}[ \t][^\n|;0-9@.]{{3,40}}"
        rf"|(?:{words(labels.STREETS_BEFORE)}\.?[ \t]|av\.[ \t]|c/[ \t]?)"
        r"[^\n|;0-9@.]{3,40},?[ \t](?:n[°º.]?[ \t]?)?"
        r"[0-9]{1,4})",
        v.street,
        strict=True,
        label=True,
        labels=labels.STREETS_BEHIND + labels.STREETS_BEFORE + labels.STREETS_SHORT + ("c/",),
    ),
    Rule(
        "DATE",
        "date_of_life",
        g.PERSON,
        rf"{START}{words(labels.EVENTS)}(?P<e>)[^0-9\n|]{{0,30}}?(?P<v>{_DAY})(?:[^\pL\pN]|$)",
        v.day,
        strict=True,
        label=True,
        labels=labels.EVENTS,
    ),
    Rule(
        "AGE",
        "age_over_89",
        g.PERSON,
        rf"(?P<v>9[0-9]|1[01][0-9]|120)[ \t-]{{0,2}}{words(labels.AGES)}(?:[^\pL\pN]|$)",
        v.age,
        strict=True,
        label=True,
        labels=labels.AGES,
    ),
    Rule(
        "AGE",
        "age_sex",
        g.PERSON,
        r"(?:^|[\s(])(?P<v>9[0-9]|1[01][0-9]|120)(?-i:[FM])[ ](?:pt|patient|with|w/|who|present\w*"
        r"|admitted|seen|referred|found|status|s/p|c/o|p/w|h/o)",
        v.age,
        strict=True,
        label=True,
        needs=(b"F ", b"M "),
    ),
    Rule(
        "AGE",
        "age_label",
        g.PERSON,
        rf"{START}{words(labels.AGES_BEFORE)}(?:{_COLON}|[ ]{{1,2}})(?P<v>9[0-9]|1[01][0-9]|120)"
        r"(?:[^\pL\pN]|$)",
        v.age,
        strict=True,
        figures=True,
        label=True,
        labels=labels.AGES_BEFORE,
    ),
    Rule(
        "DEVICE",
        "device_label",
        g.PERSON,
        rf"{START}{words(labels.DEVICE)}{GAP}(?P<v>[A-Z0-9](?:[A-Z0-9]|[-./][A-Z0-9]){{5,40}}"
        r"|(?:\([0-9]{2,4}\)[A-Z0-9./-]{2,30}){1,6})"
        r"(?:[^\pL\pN]|$)",
        v.device,
        figures=True,
        label=True,
        labels=labels.DEVICE,
    ),
    Rule(
        "VEHICLE",
        "plate_label",
        g.PERSON,
        rf"{START}{words(labels.PLATE)}{GAP}(?P<v>[A-Z0-9]{{1,4}}(?:[ -]{{0,2}}[A-Z0-9]{{1,5}})"
        r"{1,2})(?:[^\pL\pN]|$)",
        v.plate,
        label=True,
        labels=labels.PLATE,
    ),
    Rule(
        "VEHICLE",
        "vin_label",
        g.PERSON,
        rf"{START}{words(labels.VIN)}(?P<e>)(?:[ \t][^\s\d:|()]{{1,20}}){{0,2}}[ \t:#.*]{{1,6}}"
        r"(?P<v>[A-HJ-NPR-Z0-9](?:[ -]?[A-HJ-NPR-Z0-9]){16})(?:[^\pL\pN]|$)",
        v.labelled_vin,
        label=True,
        labels=labels.VIN,
    ),
    Rule(
        "VEHICLE",
        "vin",
        g.PERSON,
        r"(?:^|[^\pL\pN])(?P<v>[A-HJ-NPR-Z0-9]{17})(?:[^\pL\pN]|$)",
        v.vin,
        ("archive", "code", "literature"),
        label=True,
    ),
)
