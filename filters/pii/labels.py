"""Label words, by class: the one list that patterns and the compiled gate are both made of.

A label is written in lower case; patterns ignore case. A label of several words is found by the
gate through its last word, unless that is a number word ("no.", "id"): then through the pair.
"""

from __future__ import annotations

# Words that name a telephone, fax or pager and need nothing else. Languages of policy section 3.
PHONE = (
    "tel", "tél", "telephone", "téléphone", "telefon", "telefono", "teléfono", "telefone",
    "telefoon", "telefonnummer", "telefoonnummer", "phone", "telephone number", "phone number",
    "fax", "telefax", "telefaks", "faks", "faxnummer", "télécopie", "télécopieur", "facsimile",
    "mobile phone", "cell phone", "cellphone", "mobilnummer", "mobiltelefon", "handynummer",
    "móvil", "cellulare", "celular", "telemóvel", "gsm", "komórka", "mobiel", "pager", "beeper",
    "bleep", "hotline", "helpline", "tfn", "tlf", "tlfn", "tlfno", "tfno", "durchwahl", "rufnummer",
    "rückrufnummer", "whatsapp", "numéro de téléphone", "telefonu",
)  # fmt: skip
# Words of ordinary use: labels only with a colon, a number word or "is" behind them.
PHONE_WEAK = (
    "mobile", "mobil", "cell", "contact", "portable", "handy", "ph", "sms",
    "work", "home", "office", "direct", "landline", "kontakt", "contacto", "contatto",
    "recapito", "fono",
)  # fmt: skip
# Verbs that take "at", "on" or nothing before the number.
PHONE_VERBS = ("call", "calling", "dial", "phone", "ring", "text")
PHONE_REACH = ("reach", "reached", "contact", "contacted")
PHONE_AFTER = ("office", "fax", "mobile", "cell", "phone", "telephone", "tel", "home", "pager")

NUMBER = (
    "no", "nos", "nr", "num", "number", "numbers", "id", "ids", "identifier", "code", "numero",
    "número", "numéro", "nummer", "numer", "n°", "nº", "№", "identification", "identificación",
)  # fmt: skip

# Record numbers: labels that need no number word, and qualifiers that need one.
RECORD = (
    "mrn", "nhc", "nass", "cipa", "fallnummer", "fallnr", "patientennummer", "patientenid",
    "patientennr", "aufnahmenummer", "krankenaktennummer", "versichertennummer",
    "versicherungsnummer", "patiëntnummer", "patientnummer", "journalnummer", "patientid",
    "prontuário", "prontuario", "episodio", "episodi", "kartoteki",
)  # fmt: skip
# Short or ordinary words: only with a colon, "#" or "n°" behind them.
RECORD_WEAK = ("ipp", "nda", "dossier", "fall", "cartella", "historia", "expediente", "nip")
QUALIFIER = (
    "patient", "patients", "patienten", "paciente", "hospital", "chart", "admission", "insurance",
    "policy", "member", "membership", "medical record", "record", "health record", "encounter",
    "subscriber", "health plan", "historia", "historia clínica", "historia clinica", "dossier",
    "cartella", "cartella clinica", "fall", "episodio", "beneficiary", "medicaid", "medicare",
    "asegurado", "afiliación", "patienten", "assuré",
)  # fmt: skip
# The five words of the policy: in default only with a person before them.
RECORD_CONTEXT = ("accession", "registration", "licence", "license", "reference", "plan")

CARD = (
    "card", "cards", "cc", "visa", "mastercard", "amex", "carte", "tarjeta", "kreditkarte",
    "kreditkartennummer", "carta", "cartão", "creditcard",
)  # fmt: skip
BANK = ("iban",)
ACCOUNT = ("account", "acct", "konto", "kontonummer", "cuenta", "compte", "conto", "rekening")
AT = ("at", "chez", "arroba", "arobase", "ät")
DOT = ("dot", "punkt", "punto", "point", "ponto")
SITES = ("www", "linkedin", "facebook", "researchgate", "orcid", "twitter", "instagram")

SSN = ("ssn", "social security", "social security number")
# Name of a national number: (module in ``filters.pii.validators.NATIONAL``, its labels).
NATIONAL = {
    "gb.nhs": ("nhs", "nhs number", "national health service number"),
    "nl.bsn": ("bsn", "burgerservicenummer", "sofinummer"),
    "pl.pesel": ("pesel", "peselu"),
    "se.personnummer": ("personnummer", "personnr", "samordningsnummer"),
    "de.idnr": (
        "steuer-id", "steuerid", "steueridentifikationsnummer", "identifikationsnummer", "idnr",
        "steuernummer",
    ),
    "be.nn": (
        "rijksregisternummer", "rijksregister", "numéro national", "registre national",
        "national register number", "national number", "niss",
    ),
    "ca.sin": ("sin", "social insurance number", "social insurance"),
    "in_.aadhaar": ("aadhaar", "aadhar", "uidai"),
    "br.cpf": ("cpf", "cadastro de pessoas físicas"),
    "fr.nir": ("nir", "numéro de sécurité sociale", "sécurité sociale", "sécu"),
    "es.dni": ("dni", "nif"),
    "es.nie": ("nie",),
    "it.codicefiscale": ("codice fiscale", "codicefiscale"),
    "fi.hetu": ("hetu", "henkilötunnus", "henkilötunnuksen"),
    "ch.ssn": ("ahv", "ahv-nummer", "avs", "no avs"),
    "cn.ric": ("resident identity card", "resident id"),
}  # fmt: skip
# Other personal numbers that carry their label: passport, professional registers.
PERSONAL = (
    "passport", "passport number", "reisepassnummer", "pasaporte", "passeport", "npi",
    "national provider identifier", "colegiado", "ncol", "nºcol", "n°col", "nº col", "n° col",
    "gmc",
    "driver's license", "driver's licence", "driving licence", "driver license",
)  # fmt: skip

TOKENS = (
    "EMAIL", "PHONE", "ID", "RECORD", "CARD", "BANK", "IP", "URL", "NAME", "ADDRESS", "DATE",
    "AGE", "DEVICE", "VEHICLE",
)  # fmt: skip
"""The closed list of masks (policy, section 2)."""
