"""Makes pairs that the clinical guard must tell apart, and true copies that it must not.

Each generator takes a text as a build composes it (``# title``, a blank line, body) and a random
generator, and returns a changed text, or None where the text has nothing to change. The words that
are put in are chosen here, not read from the guard's lists.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable

Generator = Callable[[str, random.Random], str | None]

NUMBER = re.compile(r"(?<![\w.,^{·-])\d+(?:\.\d+)?(?![\w,}·]|\.\d)")
UNITS = {
    "mg": ("g", "µg", "kg"), "kg": ("g", "mg"), "g": ("mg", "kg"), "µg": ("mg", "ng"), "μg": ("mg", "ng"), "ml": ("l", "µl"), "mL": ("L", "µL"), "mm": ("cm", "m"), "cm": ("mm", "m"),
    "days": ("weeks", "months"), "weeks": ("days", "years"), "months": ("years", "weeks"), "years": ("months", "days"), "hours": ("minutes", "days"), "minutes": ("hours", "seconds"), "min": ("h", "s"), "h": ("min", "days"),
    "mmol": ("µmol", "nmol"), "nm": ("mm", "µm"), "mmHg": ("kPa", "cm"), "Hz": ("kHz", "MHz"), "%": ("mg", "years"),
}  # fmt: skip
COMPARATORS = {"<": (">", "="), ">": ("<", "≤"), "≤": ("≥", ">"), "≥": ("<", "≤")}
DIRECTIONS = {
    "increased": ("decreased", "reduced", "attenuated"), "decreased": ("increased", "elevated", "enhanced"), "higher": ("lower", "smaller"), "lower": ("higher", "greater"), "increase": ("decrease", "decline"), "decrease": ("increase", "rise"),
    "reduced": ("increased", "augmented"), "improved": ("worsened", "deteriorated"), "elevated": ("diminished", "lowered"), "greater": ("smaller", "less"), "less": ("more", "greater"), "more": ("fewer", "less"), "positively": ("negatively",), "positive": ("negative",),
    "negative": ("positive",), "inhibited": ("promoted", "stimulated"), "promoted": ("suppressed", "inhibited"), "superior": ("inferior",), "longer": ("shorter",), "shorter": ("longer",), "better": ("worse", "poorer"), "before": ("after",), "after": ("before",), "reduction": ("elevation", "gain"),
}  # fmt: skip
POPULATIONS = {
    "women": ("men", "girls"), "men": ("women", "boys"), "children": ("adults", "infants", "octogenarians"), "adults": ("children", "adolescents"), "patients": ("volunteers", "athletes"), "mice": ("rats", "humans"), "rats": ("mice", "dogs", "gerbils"), "male": ("female",), "female": ("male",),
    "infants": ("adolescents", "toddlers"), "adolescents": ("adults", "centenarians"), "elderly": ("young", "middle-aged"), "students": ("nurses", "soldiers"), "participants": ("veterans", "smokers"), "pregnant": ("postmenopausal", "nonpregnant"),
}  # fmt: skip
SIDES = {
    "left": ("right",), "right": ("left",), "bilateral": ("unilateral",), "unilateral": ("bilateral",), "anterior": ("posterior",), "posterior": ("anterior",), "medial": ("lateral",), "lateral": ("medial", "central"), "proximal": ("distal",), "distal": ("proximal",), "upper": ("lower",),
    "ipsilateral": ("contralateral",), "contralateral": ("ipsilateral",), "dorsal": ("ventral",), "ventral": ("dorsal", "palmar"), "superficial": ("deep", "profound"), "internal": ("external",), "external": ("internal",),
}  # fmt: skip
PERIODS = {
    "preoperative": ("postoperative",), "postoperative": ("preoperative",), "preoperatively": ("postoperatively",), "postoperatively": ("preoperatively",), "prenatal": ("postnatal",), "postnatal": ("prenatal",), "postprandial": ("preprandial",), "pretreatment": ("posttreatment",), "posttreatment": ("pretreatment",),
}  # fmt: skip
ROUTES = {
    "oral": ("intravenous", "rectal"), "orally": ("intravenously", "rectally"), "intravenous": ("oral", "intramuscular", "epidural"), "intravenously": ("subcutaneously",), "subcutaneous": ("intravenous", "intradermal"), "intramuscular": ("subcutaneous",), "intranasal": ("oral",), "intrathecal": ("intravenous",), "epidural": ("intravenous",), "inhaled": ("oral",), "topical": ("oral", "transdermal"), "intraperitoneal": ("oral",), "parenteral": ("enteral",), "enteral": ("parenteral",),
}  # fmt: skip
FREQUENCIES = {
    "daily": ("weekly", "monthly"), "weekly": ("daily", "monthly"), "monthly": ("weekly", "daily"), "yearly": ("monthly",), "annually": ("monthly",), "hourly": ("daily",), "once": ("twice",), "twice": ("once", "thrice"), "thrice": ("twice",),
    "bid": ("tid", "qid"), "tid": ("bid", "qid"), "qid": ("bid", "tid"), "BID": ("TID", "QID"), "TID": ("BID",), "QID": ("BID",), "b.i.d.": ("t.i.d.", "q.i.d."), "t.i.d.": ("b.i.d.",), "q.i.d.": ("b.i.d.",),
    "q6h": ("q8h", "q12h"), "q8h": ("q4h", "q12h"), "q12h": ("q24h", "q8h"), "per day": ("per week",), "per week": ("per day", "per month"), "per year": ("per month",), "a day": ("a week",), "a week": ("a day", "a month"),
}  # fmt: skip
NEGATED = (
    ("significant", "nonsignificant"), ("significant", "insignificant"), ("symptomatic", "asymptomatic"), ("infected", "uninfected"), ("infected", "noninfected"), ("responsive", "unresponsive"), ("responsive", "nonresponsive"), ("related", "unrelated"), ("affected", "unaffected"), ("specific", "nonspecific"),
    ("known", "unknown"), ("dependent", "independent"), ("consistent", "inconsistent"), ("complete", "incomplete"), ("regular", "irregular"), ("possible", "impossible"), ("adequate", "inadequate"), ("controlled", "uncontrolled"), ("typical", "atypical"), ("similar", "dissimilar"), ("relevant", "irrelevant"), ("available", "unavailable"),
    ("common", "uncommon"), ("reported", "unreported"), ("sufficiently", "insufficiently"), ("efficient", "inefficient"), ("active", "inactive"), ("resectable", "unresectable"), ("invasive", "noninvasive"), ("linear", "nonlinear"), ("direct", "indirect"), ("smokers", "nonsmokers"), ("satisfied", "dissatisfied"), ("successful", "unsuccessful"), ("changed", "unchanged"),
)  # fmt: skip
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")  # fmt: skip
TIMES = ("hour", "day", "week", "month", "year")
CASED = {"mM": "mm", "mm": "mM", "µM": "µm", "μM": "μm", "µm": "µM", "μm": "μM", "nM": "nm", "nm": "nM", "M": "m", "m": "M", "MPa": "mPa", "MHz": "mHz", "mW": "MW", "mCi": "MCi"}  # fmt: skip
OTHER_NAMES = (
    "carvedilol", "nebivolol", "perindopril", "olmesartan", "linagliptin", "ertugliflozin", "risankizumab", "osimertinib", "letermovir", "isavuconazole", "pitavastatin", "dalteparin", "edoxaban", "tirzepatide", "lemborexant", "vericiguat", "finerenone", "bempedoic", "inclisiran",
    "zorvandic", "quillamet", "tresperol", "obrunexin", "yellowroot", "counselling", "acupuncture",
)  # fmt: skip
GENERICS = [
    "abciximab", "acarbose", "aciclovir", "adalimumab", "alendronate", "allopurinol", "alprazolam", "amikacin", "amiodarone", "amitriptyline",
    "amlodipine", "amoxicillin", "anastrozole", "apixaban", "aripiprazole", "aspirin", "atenolol", "atorvastatin", "azithromycin", "baclofen",
    "bevacizumab", "bisoprolol", "bortezomib", "bosentan", "budesonide", "bupivacaine", "calcium", "candesartan", "capecitabine", "captopril",
    "carbamazepine", "carboplatin", "carvedilol", "cefepime", "ceftriaxone", "celecoxib", "chlorambucil", "ciprofloxacin", "cisplatin", "citalopram",
    "clarithromycin", "clindamycin", "clonazepam", "clopidogrel", "clozapine", "codeine", "colchicine", "cyclophosphamide", "cytarabine",
    "dabigatran", "dapagliflozin", "daptomycin", "dasatinib", "denosumab", "dexamethasone", "diazepam", "diclofenac", "digoxin", "diltiazem",
    "docetaxel", "donepezil", "dopamine", "doxorubicin", "doxycycline", "dulaglutide", "empagliflozin", "enalapril", "enoxaparin", "erlotinib",
    "erythromycin", "escitalopram", "esomeprazole", "estradiol", "etanercept", "ethanol", "ezetimibe", "famotidine", "fentanyl", "finasteride",
    "fluconazole", "fludarabine", "fluoxetine", "furosemide", "gabapentin", "gefitinib", "gemcitabine", "gentamicin", "glimepiride", "haloperidol",
    "heparin", "hydrochlorothiazide", "hydroxychloroquine", "ibuprofen", "imatinib", "infliximab", "insulin", "irinotecan", "iron", "isoniazid",
    "ketamine", "lamotrigine", "lansoprazole", "lenalidomide", "letrozole", "levetiracetam", "levofloxacin", "levothyroxine", "lidocaine",
    "linezolid", "liraglutide", "lisinopril", "lithium", "loratadine", "lorazepam", "losartan", "magnesium", "melatonin", "meropenem", "metformin",
    "methadone", "methotrexate", "metoprolol", "metronidazole", "midazolam", "mirtazapine", "morphine", "naproxen", "nicotine", "nifedipine",
    "nivolumab", "olanzapine", "omeprazole", "ondansetron", "oseltamivir", "oxaliplatin", "oxycodone", "oxytocin", "paclitaxel", "pantoprazole",
    "paracetamol", "paroxetine", "pembrolizumab", "phenytoin", "pioglitazone", "piperacillin", "pravastatin", "prednisolone", "pregabalin",
    "progesterone", "propofol", "propranolol", "quetiapine", "ramipril", "remdesivir", "ribavirin", "rifampicin", "risperidone", "rituximab",
    "rivaroxaban", "ropivacaine", "rosuvastatin", "selenium", "semaglutide", "sertraline", "sevoflurane", "sildenafil", "simvastatin", "sirolimus",
    "sitagliptin", "sorafenib", "spironolactone", "sulfasalazine", "sumatriptan", "sunitinib", "tacrolimus", "tamoxifen", "tamsulosin", "telmisartan",
    "temozolomide", "tenofovir", "testosterone", "ticagrelor", "tocilizumab", "topiramate", "tramadol", "trastuzumab", "valproate", "valsartan",
    "vancomycin", "venlafaxine", "verapamil", "vincristine", "voriconazole", "warfarin", "zinc", "zolpidem",
]  # fmt: skip
ARMS = ("placebo", "control", "intervention", "treatment", "sham", "experimental")
STATES = (
    "Retracted: ",
    "Correction to: ",
    "Reply: ",
    "Erratum: ",
    "Response to: ",
    "Withdrawn: ",
    "Corrigendum to: ",
)


def _pick(found: list[re.Match[str]], draw: random.Random) -> re.Match[str] | None:
    return draw.choice(found) if found else None


def _put(text: str, match: re.Match[str] | None, words: str) -> str | None:
    return None if match is None else text[: match.start()] + words + text[match.end() :]


def _replaced(text: str, table: dict[str, tuple[str, ...]], draw: random.Random) -> str | None:
    pattern = r"(?<![\w-])(?:" + "|".join(table) + r")(?![\w-])"
    match = _pick(list(re.finditer(pattern, text)), draw)
    return None if match is None else _put(text, match, draw.choice(table[match.group()]))


def other_number(number: str, draw: random.Random) -> str:
    """Change a digit of a number, so that its value changes."""
    places = [place for place, char in enumerate(number) if char.isdigit()]
    while True:
        place = draw.choice(places)
        changed = number[:place] + draw.choice("123456789") + number[place + 1 :]
        if float(changed) != float(number):
            return changed


def dose(text: str, draw: random.Random) -> str | None:
    """Another amount of a mass."""
    found = list(re.finditer(NUMBER.pattern + r"(?=[ -]?(?:mg|µg|μg|g|IU|mL|ml)\b)", text))
    found = [match for match in found if float(match.group())]
    match = _pick(found, draw)
    return match and _put(
        text,
        match,
        draw.choice((other_number(match.group(), draw), f"{float(match.group()) * 2:g}")),
    )


def any_number(text: str, draw: random.Random) -> str | None:
    """Another number, wherever it stands."""
    match = _pick(list(NUMBER.finditer(text)), draw)
    return match and _put(text, match, other_number(match.group(), draw))


def unit(text: str, draw: random.Random) -> str | None:
    """Another unit behind a number."""
    pattern = r"(?<=\d)( ?)(" + "|".join(sorted(UNITS, key=len, reverse=True)) + r")(?![\w%])"
    match = _pick(list(re.finditer(pattern, text)), draw)
    return match and _put(
        text, match, (match[1] or " " * (match[2] == "%")) + draw.choice(UNITS[match[2]])
    )


def comparator(text: str, draw: random.Random) -> str | None:
    """Another comparator before a number."""
    match = _pick(list(re.finditer(r"[<>≤≥](?= ?\.?\d)", text)), draw)
    return match and _put(text, match, draw.choice(COMPARATORS[match.group()]))


def p_value(text: str, draw: random.Random) -> str | None:
    """Another p-value."""
    match = _pick(list(re.finditer(r"(?<=[pP])( ?[=<>≤] ?)(0?\.\d+)(?!\d)", text)), draw)
    return match and _put(text, match, match[1] + other_number(match[2], draw))


def negation_removed(text: str, draw: random.Random) -> str | None:
    """A statement without its negation."""
    return _put(
        text, _pick(list(re.finditer(r"\b(?:not|no|without|cannot|never) ", text)), draw), ""
    )


def negation_added(text: str, draw: random.Random) -> str | None:
    """A statement turned round."""
    found = list(
        re.finditer(r"\b(?:was|were|is|are|has|had|have|did|can|may|could|will) (?!not|no)", text)
    )
    match = _pick(found, draw)
    return match and _put(text, match, match.group() + "not ")


def direction(text: str, draw: random.Random) -> str | None:
    """The other direction."""
    return _replaced(text, DIRECTIONS, draw)


def population(text: str, draw: random.Random) -> str | None:
    """Another population."""
    return _replaced(text, POPULATIONS, draw)


def period(text: str, draw: random.Random) -> str | None:
    """Before for after an operation, a birth, a meal or a treatment."""
    return _replaced(text, PERIODS, draw)


def route(text: str, draw: random.Random) -> str | None:
    """Another route."""
    return _replaced(text, ROUTES, draw)


def side(text: str, draw: random.Random) -> str | None:
    """Another body side."""
    return _replaced(text, SIDES, draw)


def substance(text: str, draw: random.Random) -> str | None:
    """Another substance in one place."""
    match = _pick(list(re.finditer(r"(?i)\b(?:" + "|".join(GENERICS) + r")\b", text)), draw)
    return match and _put(
        text, match, draw.choice([name for name in GENERICS if name != match.group().lower()])
    )


def _swapped(text: str, found: list[re.Match[str]], draw: random.Random) -> str | None:
    """Swap two neighbours of one sentence that differ."""
    pairs = [
        (a, b)
        for a, b in itertools.pairwise(found)
        if a.group().lower() != b.group().lower()
        and not re.search(r"[.!?]\s", text[a.end() : b.start()])
    ]
    if not pairs:
        return None
    a, b = draw.choice(pairs)
    return text[: a.start()] + b.group() + text[a.end() : b.start()] + a.group() + text[b.end() :]


def arm_values(text: str, draw: random.Random) -> str | None:
    """Values of two arms swapped: two neighbouring numbers of one sentence."""
    found = list(NUMBER.finditer(text))
    return _swapped(text, [m for n, m in enumerate(found) if float(m.group())], draw)


def arm_names(text: str, draw: random.Random) -> str | None:
    """Names of two arms swapped."""
    pattern = r"(?<![\w-])(?:" + "|".join((*ARMS, *GENERICS)) + r")(?![\w-])"
    return _swapped(text, list(re.finditer(pattern, text)), draw)


def frequency(text: str, draw: random.Random) -> str | None:
    """Another number of times, or another time between them."""
    pattern = r"(?<![\w-])(?:" + "|".join(map(re.escape, FREQUENCIES)) + r")(?![\w-])"
    match = _pick(list(re.finditer(pattern, text)), draw)
    return match and _put(text, match, draw.choice(FREQUENCIES[match.group()]))


def negation_by_prefix(text: str, draw: random.Random) -> str | None:
    """A word with or without the beginning that negates it."""
    table: dict[str, tuple[str, ...]] = {}
    for plain, negated in NEGATED:
        table[plain] = (*table.get(plain, ()), negated)
        table[negated] = (plain,)
    return _replaced(text, table, draw)


def month(text: str, draw: random.Random) -> str | None:
    """Another month, in full or its first three letters."""
    names = [*MONTHS, *(f"{name[:3]}." for name in MONTHS if name != "May")]
    pattern = r"\b(?:" + "|".join(map(re.escape, names)) + r")(?=[ ,)-]\S)"
    # At the beginning of a sentence before a word, `May` and `March` may be other words.
    found = [
        match
        for match in re.finditer(pattern, text)
        if match.group() not in ("May", "March")
        or re.search(r"(?:[Ii]n|[Oo]f|from|[Ss]ince|to|by|until) $", text[: match.start()])
        or text[match.end() + 1].isdigit()
    ]
    match = _pick(found, draw)
    if match is None:
        return None
    short = match.group().endswith(".")
    others = [name for name in names if name.endswith(".") == short and name != match.group()]
    return _put(text, match, draw.choice(others))


def duration(text: str, draw: random.Random) -> str | None:
    """Another unit of time, with a number before it or without."""
    match = _pick(list(re.finditer(r"\b(" + "|".join(TIMES) + r")(s?)\b", text)), draw)
    return match and _put(
        text, match, draw.choice([time for time in TIMES if time != match[1]]) + match[2]
    )


def letter_case(text: str, draw: random.Random) -> str | None:
    """A unit with another letter case, which makes it another unit."""
    units = "|".join(sorted(CASED, key=len, reverse=True))
    pattern = r"(?<![\w.])((?:\d+[.,])?\d+ ?)(" + units + r")(?![\w%²³^]| Hg)"
    match = _pick(list(re.finditer(pattern, text)), draw)
    return match and _put(text, match, match[1] + CASED[match[2]])


def marker(text: str, draw: random.Random) -> str | None:
    """A marker with the other sign behind it."""
    match = _pick(list(re.finditer(r"(?<=[A-Za-z])\d?[+-](?=[,)])", text)), draw)
    other = str.maketrans("+-", "-+")
    return match and _put(text, match, match.group().translate(other))


def stage(text: str, draw: random.Random) -> str | None:
    """Another letter behind the Roman number of a stage or the like."""
    pattern = r"(?<=[Ss]tage |[Pp]hase |[Gg]rade )(I{1,3}|IV)([ABCabc])\b"
    match = _pick(list(re.finditer(pattern, text)), draw)
    others = {"A": "B", "B": "C", "C": "A", "a": "b", "b": "c", "c": "a"}
    return match and _put(text, match, match[1] + others[match[2]])


def raised(text: str, draw: random.Random) -> str | None:
    """A raised sign of a marker turned round, as the toolkit writes it."""
    changed = re.sub(
        r"(?<=[A-Za-z]\d)([+-])(?=[ ,)])|(?<=\bCD\d\d)([+-])(?=[ ,)])", r"^\g<0>", text
    )
    match = _pick(list(re.finditer(r"\^[+-](?![\d{])", changed)), draw)
    if match is None:
        return None
    return _put(changed, match, "^-" if match.group() == "^+" else "^+")


def per(text: str, draw: random.Random) -> str | None:
    """Another unit behind a stroke behind a number."""
    units = {"L": ("mL", "µL"), "l": ("ml",), "mL": ("L", "µL"), "ml": ("l",), "µL": ("mL",), "min": ("h",), "h": ("min",), "kg": ("g",), "day": ("week",), "year": ("month",)}  # fmt: skip
    pattern = r"(?<=\d/)(" + "|".join(units) + r")(?![\w^])"
    match = _pick(list(re.finditer(pattern, text)), draw)
    return match and _put(text, match, draw.choice(units[match.group()]))


def stages(text: str, draw: random.Random) -> str | None:
    """Another last stage, grade, phase, class or type of a range or list."""
    pattern = r"(?<=tage|hase|rade|lass|type)(s? I{1,3}V? ?(?:[-–/,]|to|and|or) ?)(I{1,3}|I?V)\b"
    match = _pick(list(re.finditer(pattern, text)), draw)
    others = [name for name in ("I", "II", "III", "IV", "V") if match and name != match[2]]
    return match and _put(text, match, match[1] + draw.choice(others))


def sentence_values(text: str, draw: random.Random) -> str | None:
    """Values of two sentences swapped."""
    found = [m for m in NUMBER.finditer(text) if float(m.group())]
    pairs = [
        (a, b)
        for a, b in itertools.combinations(found, 2)
        if float(a.group()) != float(b.group())
        and re.search(r"[.!?]\s", text[a.end() : b.start()])
        and b.start() - a.end() < 400
    ]
    if not pairs:
        return None
    a, b = draw.choice(pairs)
    return text[: a.start()] + b.group() + text[a.end() : b.start()] + a.group() + text[b.end() :]


def other_name(text: str, draw: random.Random) -> str | None:
    """Any name in the place of an arm or substance."""
    pattern = r"(?<![\w-])(?:" + "|".join((*ARMS, *GENERICS)) + r")(?![\w-])"
    match = _pick(list(re.finditer(pattern, text)), draw)
    return match and _put(
        text, match, draw.choice([name for name in OTHER_NAMES if name != match.group()])
    )


def state(text: str, draw: random.Random) -> str | None:
    """A state before the title, or a part number behind it."""
    title, _, body = text.removeprefix("# ").partition("\n\n")
    if draw.random() < 0.2:
        return f"# {title.rstrip('.')}. Part {draw.choice(('2', 'II', '3'))}.\n\n{body}"
    return f"# {draw.choice(STATES)}{title}\n\n{body}"


CLAIMS: dict[str, Generator] = {
    "dose": dose, "any number": any_number, "unit": unit, "comparator": comparator, "p-value": p_value, "negation removed": negation_removed, "negation added": negation_added, "direction": direction, "population": population,
    "body side": side, "substance": substance, "arm values swapped": arm_values, "arm names swapped": arm_names, "state before the title": state,
    "frequency": frequency, "negation by prefix": negation_by_prefix, "month": month, "duration": duration, "letter case of a unit": letter_case, "values of two sentences swapped": sentence_values, "another name for an arm": other_name,
    "sign of a marker": marker, "letter of a stage": stage,
    "raised sign": raised, "unit behind a stroke": per, "range of stages": stages,
    "before for after": period, "route": route,
}  # fmt: skip

LABEL = re.compile(r"(?m)^([A-Z][A-Z /&,]{2,50}): ")
LABELS = ("BACKGROUND", "METHODS", "RESULTS", "CONCLUSIONS")
SPELLINGS = (
    ("tumor", "tumour"), ("hemo", "haemo"), ("hema", "haema"), ("anemi", "anaemi"), ("edema", "oedema"), ("estro", "oestro"), ("pediatric", "paediatric"), ("fetal", "foetal"), ("fetus", "foetus"), ("randomized", "randomised"), ("hospitalized", "hospitalised"), ("center", "centre"), ("behavior", "behaviour"),
    ("analyze", "analyse"), ("leukemia", "leukaemia"), ("diarrhea", "diarrhoea"), ("esophag", "oesophag"), ("color", "colour"), ("characterized", "characterised"), ("sulfate", "sulphate"), ("liter", "litre"), ("gynec", "gynaec"), ("ischemi", "ischaemi"), ("glycemi", "glycaemi"), ("anesthe", "anaesthe"), ("favor", "favour"), ("orthopedic", "orthopaedic"), ("utilized", "utilised"), ("program ", "programme "),
)  # fmt: skip


def whitespace(text: str, draw: random.Random) -> str:
    """Lines wrapped anew, blanks doubled."""
    words = re.split(r"\s+", text)
    return "".join(word + draw.choices((" ", "  ", "\n", " \n"), (6, 1, 1, 1))[0] for word in words)


def case(text: str, draw: random.Random) -> str:
    """All in capitals, or in small letters."""
    return text.upper() if draw.random() < 0.5 else text.lower()


def markup(text: str, draw: random.Random) -> str:
    """Tags and entities left in."""
    text = text.replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(
        r"\b[A-Za-z]{3,}\b",
        lambda m: (
            f"<{(t := draw.choice(('i', 'b', 'sup', 'em')))}>{m.group()}</{t}>"
            if draw.random() < 0.006
            else m.group()
        ),
        text,
    )


def typography(text: str, draw: random.Random) -> str:
    """Other quotes, hyphens, spaces before units and decimal points."""
    text = re.sub(r"(?<=\w)-(?=\w)", lambda m: draw.choice("-‐‑–"), text)
    text = re.sub(r"(?<=\d)\.(?=\d)", "·" if draw.random() < 0.5 else ".", text)
    text = re.sub(r"(?<=\d) (?=[a-zA-Zµ%])", lambda m: draw.choice(" \u2009\u00a0\u202f"), text)
    return text.replace('"', "”").replace("'", "’")


def numerals(text: str, draw: random.Random) -> str | None:
    """Numbers written in another way: ``.05`` for ``0.05``, ``1,52``, no blank before a unit."""
    kind = draw.randrange(3)
    changed = (
        re.sub(r"(?<![\d.])0\.(?=\d)", ".", text) if kind == 0
        else re.sub(r"(?<=\d)\.(?=\d{2}\b|\d\b)", ",", text) if kind == 1
        else re.sub(r"(?<=\d) (?=(?:mg|kg|years|weeks|days|months)\b)", "", text)
    )  # fmt: skip
    return changed if changed != text else None


def unit_capitals(text: str, draw: random.Random) -> str | None:
    """Units with other letters in capitals, which are the same units."""
    others = {"mg": ("MG",), "kg": ("KG", "Kg"), "mL": ("ml", "ML"), "ml": ("mL", "ML"), "dL": ("dl", "DL"), "L": ("l",), "IU": ("iu",), "mmHg": ("mmhg", "mm Hg")}  # fmt: skip
    changed = re.sub(
        r"(?<![\w.])(" + "|".join(others) + r")(?![\w])", lambda m: draw.choice(others[m[1]]), text
    )
    return changed if changed != text else None


def title_case(text: str, draw: random.Random) -> str | None:
    """Sentences with a dose written as titles are, units and all."""
    small = {"a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"}  # fmt: skip

    def titled(match: re.Match[str]) -> str:
        return re.sub(
            r"\b[a-z]+\b",
            lambda m: m.group() if m.group() in small else m.group().capitalize(),
            match.group(),
        )

    changed = re.sub(r"[^.!?\n]*\d (?:mg|ml|g|s|d|mcg|kg)\b[^.!?\n]*", titled, text)
    return changed if changed != text else None


def thousands(text: str, draw: random.Random) -> str | None:
    """Another mark before thousands, or none."""
    mark = draw.choice(("", " ", "\u2009", "\u202f"))
    changed = re.sub(r"(?<![\w.,])([1-9]\d{0,2}),(\d{3})(?![\w,]|\.\d)", rf"\1{mark}\2", text)
    return changed if changed != text else None


def rates(text: str, draw: random.Random) -> str | None:
    """Another way to write that there is so much in a time, or so often something is done."""
    ways = {"/day": (" per day", " daily", " each day"), " per day": ("/day", " daily", " every day"), "/week": (" per week", " weekly"), " per week": (" weekly", "/week")}  # fmt: skip
    changed = re.sub(
        r"(?<=mg|ml|mL|kg)(/day|/week| per day| per week)\b",
        lambda m: draw.choice(ways[m[1]]),
        text,
    )
    changed = re.sub(r"\btwice daily\b", draw.choice(("bid", "2x/day", "twice a day")), changed)
    return changed if changed != text else None


def signs(text: str, draw: random.Random) -> str | None:
    """The sign of a marker in brackets or raised."""
    way = draw.choice(("({})", "<sup>{}</sup>"))
    changed = re.sub(
        r"(?<=[A-Za-z]\d)[+-](?=[,)])|(?<=\bCD\d)\+(?= )",
        lambda m: way.format(m.group()),
        text,
    )
    return changed if changed != text else None


def labels_removed(text: str, draw: random.Random) -> str | None:
    """Section labels taken out."""
    return LABEL.sub("", text) if LABEL.search(text) else None


def labels_added(text: str, draw: random.Random) -> str | None:
    """Section labels put before sentences."""
    title, _, body = text.partition("\n\n")
    sentences = re.split(r"(?<=[.!?]) (?=[A-Z])", LABEL.sub("", body))
    if len(sentences) < 4:
        return None
    places = sorted(draw.sample(range(1, len(sentences)), 3))
    for place, label in zip([0, *places], LABELS, strict=True):
        sentences[place] = f"{label}: {sentences[place]}"
    return f"{title}\n\n{' '.join(sentences)}"


def tail_cut(text: str, draw: random.Random) -> str:
    """4 to 16 % cut off the end."""
    return text[: int(len(text) * (1 - draw.uniform(0.04, 0.16)))]


def ocr(text: str, draw: random.Random) -> str:
    """One letter or digit in a thousand misread."""
    return "".join(
        draw.choice("abcdefghijklmnoprstuvw") if c.isalpha() and draw.random() < 0.001 else c
        for c in text
    )


def copyright_line(text: str, draw: random.Random) -> str:
    """A copyright line behind the text."""
    return text + draw.choice(
        (
            " © 2021 Elsevier Inc. All rights reserved.",
            "\n\nCopyright © 2021 The Authors. Published by Wiley Periodicals LLC.",
            " Copyright 2021, Springer Nature. All rights reserved.",
        )
    )


def reordered(text: str, draw: random.Random) -> str | None:
    """Sections in another order, title first."""
    title, *sections = text.split("\n\n")
    return "\n\n".join([title, *sections[1:], sections[0]]) if len(sections) >= 3 else None


def spelling(text: str, draw: random.Random) -> str | None:
    """British spelling."""
    changed = text
    for american, british in SPELLINGS:
        if british not in changed:
            changed = changed.replace(american, british)
    return changed if changed != text else None


COPIES: dict[str, Generator] = {
    "whitespace": whitespace, "case": case, "markup left in": markup, "quotes, hyphens, thin spaces": typography, "numerals": numerals, "capitals of units": unit_capitals, "title case": title_case, "mark of thousands": thousands, "rates": rates, "signs of markers": signs, "labels removed": labels_removed, "labels added": labels_added, "tail cut": tail_cut, "OCR noise": ocr,
    "copyright line": copyright_line, "sections reordered": reordered, "British spelling": spelling,
}  # fmt: skip
