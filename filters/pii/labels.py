"""Label words, by class: the one list that patterns and the compiled gate are both made of.

A label is written in lower case; patterns ignore case. A label of several words is found by the
gate through its last word, unless that is a number word ("no.", "id"): then through the pair.
"""

from __future__ import annotations

import re
import unicodedata

# Words that name a telephone, fax or pager and need nothing else. Languages of policy section 3.
PHONE = (
    "tel", "tél", "telf", "telef", "telephone", "téléphone", "telefon", "telefono", "teléfono",
    "telefone", "telefoon", "telefonnummer", "telefoonnummer", "telefoonnr", "telefonnr", "phone",
    "telephone number", "phone number", "téléphonique", "fax", "telefax", "telefaks", "faks",
    "faxnummer", "télécopie", "télécopieur", "facsimile", "mobile phone", "cell phone", "cellphone",
    "mobilnummer", "mobiltelefon", "handynummer", "móvil", "cellulare", "celular", "telemóvel",
    "gsm", "komórka", "komórkowy", "pager", "beeper", "bleep", "hotline", "helpline",
    "tfn", "tlf", "tlfn", "tlfno", "tfno", "durchwahl", "rufnummer", "rückrufnummer", "whatsapp",
    "numéro de téléphone", "telefonu", "voicemail", "switchboard", "centralita", "centralino",
    "telefooncentrale", "vast nummer", "tels", "telefones", "teléfonos", "telefoni",
    "telefonzentrale", "telefonico", "telefonici", "telefónico", "telm", "telem",
    "tlm", "mobiltelefonnummer", "mobilfunk", "mobilfunknummer", "handynr", "notfallnummer",
    "notrufnummer", "hausruf", "piepser", "doorkiesnummer",
)  # fmt: skip
# Words of ordinary use: labels only with a colon, a number word or "is" behind them.
PHONE_WEAK = (
    "mobile", "mobil", "cell", "contact", "portable", "handy", "ph", "sms", "work", "home",
    "office", "direct", "landline", "kontakt", "contacto", "contatto", "recapito", "fono", "desk",
    "reception", "extension", "emergency", "fixe", "fijo", "fisso", "fixo", "festnetz", "zentrale",
    "pforte", "sekretariat", "anmeldung", "terminvereinbarung", "ambulanz", "info", "standard",
    "accueil", "secrétariat", "secretaría", "recepción", "citas", "segreteria", "accettazione",
    "mob", "mobiel", "móv", "ruf", "contato", "kom", "recepção", "secretaria", "receptie",
    "secretariaat", "rejestracja", "recepcja", "stacjonarny",
)  # fmt: skip
# Verbs that take "at", "on" or nothing before the number.
PHONE_VERBS = (
    "call", "calls", "calling", "dial", "phone", "ring", "text", "texting", "answer", "answering",
    "message", "messaging",
)  # fmt: skip
PHONE_REACH = ("reach", "reached", "contact", "contacted")
PHONE_AFTER = ("office", "fax", "mobile", "cell", "phone", "telephone", "tel", "home", "pager")
# Talk of calls: a number in the shape of a telephone number in the same sentence is one.
PHONE_TALK = (
    "call", "calls", "called", "calling", "dial", "dialled", "answering", "voicemail", "message",
    "messages", "texted", "faxed", "callback", "appeler", "appelez", "rappeler", "joindre",
    "joignable", "joignables", "faxé", "faxée", "faxés", "faxées", "gefaxt", "contact", "contacts",
    "faxer", "faxez", "coordonnées", "contacter", "contactez", "anrufen", "erreichbar", "erreichen",
    "rückruf", "zurückrufen", "llamar", "llame", "llamada", "contactar", "chiamare", "chiamata",
    "ligar", "ligue", "contatar", "bellen", "bereikbaar", "zadzwonić", "dzwonić",
)  # fmt: skip
# Where somebody can be reached: also at an internal number (strict).
PHONE_REACHABLE = (
    "reachable", "joignable", "joignables", "erreichbar", "localizable", "contactável",
    "raggiungibile", "bereikbaar", "osiągalny", "osiągalna",
)  # fmt: skip
# Titles before the name of a person, as they are written.
TITLES = (
    "Dr", "Dre", "Dra", "Drs", "Pr", "Prof", "Professor", "Mr", "Mrs", "Ms", "Miss", "Mme", "Mlle",
    "Monsieur", "Madame", "Docteur", "Herr", "Frau", "Sr", "Sra", "Don", "Doña", "Dott", "Dottor",
    "Sig", "Signora", "Dhr", "Mevr", "Pan", "Pani", "Lek",
)  # fmt: skip

NUMBER = (
    "n", "no", "nos", "nr", "num", "number", "numbers", "id", "ids", "identifier", "code", "numero",
    "número", "numéro", "nummer", "numer", "codice", "código", "n°", "nº", "№", "identification",
    "identificación",
)  # fmt: skip

# Record numbers: labels that need no number word, and qualifiers that need one.
RECORD = (
    "mrn", "nhc", "nass", "cipa", "fallnummer", "fallnr", "patientennummer", "patientenid",
    "patientennr", "patientenidentifikationszahl", "patienten-id", "aufnahmenummer",
    "aufnahmenr", "journalnr", "eingangsnummer", "befundnummer", "auftragsnummer", "piz", "svnr",
    "sozialversicherungsnummer", "krankenversicherungsnummer", "versichertennr",
    "krankenaktennummer", "versichertennummer", "versicherungsnummer", "patiëntnummer",
    "patientnummer", "journalnummer", "patientid", "prontuário", "prontuario", "episodio",
    "episodi", "kartoteki", "hicn", "medrec", "processo clínico", "cartella clinica", "polisnummer",
    "dossiernummer", "krankenblattnummer", "krankenkassennummer", "kv-nummer", "patiëntnr",
    "dossiernr", "polisnr", "nosologico", "nuhsa", "krankenversichertennummer", "kvnr", "kv-nr",
    "mrns",
)  # fmt: skip
# Short or ordinary words: only with a colon, "#" or "n°" behind them.
RECORD_WEAK = (
    "ipp", "nda", "dossier", "fall", "cartella", "historia", "expediente", "processo",
    "mbi", "sv-nummer", "historia clínica", "assuré", "n° de la visite",
)  # fmt: skip
RECORD_ORDINARY = (
    "chart", "case", "fallzahl", "insurance", "ins", "insur", "insurance id", "insur id",
    "insurance policy", "ins policy", "policy", "insurance plan", "health plan", "plan id",
    "hmo", "hmo id", "ppo",
    "medicare", "medicaid", "visite", "medical record", "medical records", "med rec",
    "med record", "medical file", "patient file", "e-nummer", "e-nr",
)  # fmt: skip
# Abbreviations of hospitals that may stand directly before a long number.
RECORD_LONG = ("ipp", "nda", "nip", "nhc")
# Words of a person or a stay, and short abbreviations, before a bare run of eight digits and more:
# no count is written so.
RECORD_BARE = (
    "patient", "patientin", "patiente", "paciente", "paziente", "doente", "patiënt", "pacjent",
    "pacjentka", "visite", "séjour", "ip", "fn",
)  # fmt: skip
# What an insurance number is said to be of: only before a code of letters and digits.
COVER = ("insurance", "plan", "policy", "coverage", "insurer", "hmo", "ins", "insur")
QUALIFIER = (
    "patient", "patients", "patienten", "paciente", "hospital", "chart", "admission", "insurance",
    "policy", "member", "membership", "medical record", "record", "health record", "encounter",
    "subscriber", "health plan", "historia", "historia clínica", "historia clinica", "dossier",
    "cartella", "cartella clinica", "fall", "episodio", "beneficiary", "medicaid", "medicare",
    "asegurado", "afiliación", "patienten", "assuré", "paziente", "assicurato", "patiënt",
    "verzekerde", "doente", "utente", "segurado", "pacjenta", "historii choroby", "karty",
    "księgi głównej", "ubezpieczonego", "ubezpieczenia", "pat", "hosp", "mr", "aufnahme", "befund",
    "auftrags", "krankenblatt", "krankenkassen", "versicherten", "hospitalisation", "séjour",
    "dossier médical", "patient account",
)  # fmt: skip
# The five words of the policy: in default only with a person before them.
RECORD_CONTEXT = ("accession", "registration", "licence", "license", "reference", "plan")

CARD = (
    "card", "cards", "cc", "visa", "mastercard", "amex", "carte", "tarjeta", "kreditkarte",
    "kreditkartennummer", "carta", "cartão", "creditcard",
)  # fmt: skip
BANK = ("iban",)
RIB = ("rib",)
"""French account numbers of 23 characters: bank, branch, account, key."""
ACCOUNT = (
    "account", "acct", "konto", "kontonummer", "konta", "rachunku", "rachunek", "cuenta", "compte",
    "conto", "conta", "rekening", "rekeningnummer", "bank account", "routing", "sort code",
)  # fmt: skip
AT = ("at", "chez", "arroba", "arobase", "ät")
DOT = ("dot", "punkt", "punto", "point", "ponto")
HOSTS = ("www",)
SITES = ("linkedin", "facebook", "researchgate", "orcid", "twitter", "instagram")

SSN = ("ssn", "social security", "social security number", "soc sec")
SSN_SHORT = ("ss",)
ID_WORDS = ("id", "ids")
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
    "pl.nip": ("nip", "numer identyfikacji podatkowej"),
    "pl.regon": ("regon",),
    "fr.nir": (
        "nir", "nss", "numéro de sécurité sociale", "sécurité sociale", "sécu", "assuré", "assurée",
        "immatriculation",
    ),
    "pt.cc": ("cartão de cidadão", "cartão do cidadão"),
    "pt.nif": ("nif", "número de contribuinte", "contribuinte"),
    "es.dni": ("dni", "nif"),
    "es.nie": ("nie",),
    "it.codicefiscale": ("codice fiscale", "codicefiscale"),
    "fi.hetu": ("hetu", "henkilötunnus", "henkilötunnuksen"),
    "ch.ssn": ("ahv", "ahv-nummer", "avs", "no avs"),
    "cn.ric": ("resident identity card", "resident id"),
}  # fmt: skip
AUSTRIAN = ("sv", "sv-nr")
"""Labels of the Austrian insurance number: four digits and the day of birth."""
# Other personal numbers that carry their label: passport, professional registers.
PERSONAL = (
    "passport", "passport number", "reisepass", "reisepassnummer", "ausweisnummer",
    "personalausweis", "personalausweisnummer", "pasaporte", "passeport", "passaporto",
    "passaporte", "paspoort", "paspoortnummer", "paszport", "paszportu", "dowodu osobistego",
    "dowód osobisty", "dowodem osobistym", "dowód", "carta d'identità", "carte d'identité", "npi",
    "rpps", "adeli", "tax id", "tax identification number", "tin", "voter id", "pan card",
    "pan number", "taxpayer identification number", "tessera sanitaria",
    "national provider identifier", "colegiado", "ncol", "nºcol", "n°col", "nº col", "n° col",
    "gmc number", "gmc no", "gmc reg", "gmc registration", "driver's license",
    "driver's licence", "driving licence", "driver license", "drivers license",
    "driver’s license", "führerscheinnummer", "permis de conduire", "lanr",
)  # fmt: skip

DEA = ("dea",)
"""Register of prescribers of the United States: two letters and seven digits."""

PATIENT_NAME = (
    "patient name", "patient's name", "patient’s name", "patientenname", "pt name", "pt's name",
    "pt. name", "patient full name", "patient's full name", "patient’s full name",
)  # fmt: skip
NAME = (
    "nombre", "apellidos", "nombre y apellidos", "nom", "prénom", "nome e cognome", "cognome",
    "imię i nazwisko", "nazwisko i imię", "nazwisko", "nachname", "vorname", "achternaam",
    "voornaam", "cognome e nome", "nome completo", "mother's name", "father's name",
    "mother’s name", "father’s name",
)  # fmt: skip
NAME_OF = ("name", "nombre", "nom", "nome", "naam")
"""A name with "of the patient" or "patient" behind."""
ADDRESS = (
    "address", "home address", "postal address", "domicilio", "dirección", "wohnhaft", "anschrift",
    "wohnadresse", "demeurant", "adresse", "indirizzo", "residente", "endereço", "morada", "adres",
    "woonadres", "zamieszkały", "zamieszkała", "zamieszkałym", "zamieszkałą", "adres zamieszkania",
)  # fmt: skip
STREETS_BEHIND = (
    "street", "road", "avenue", "lane", "drive", "court", "boulevard", "terrace", "crescent",
    "highway",
)  # fmt: skip
STREETS_BEFORE = (
    "rue", "avenue", "boulevard", "chemin", "allée", "impasse", "calle", "avenida", "avda", "paseo",
    "plaza", "viale", "piazza", "corso", "rua", "travessa", "ul", "ulica", "aleja",
)  # fmt: skip
STREETS_SHORT = ("av.",)
# Days of a life and of a stay; publication, search and enrolment are none.
EVENTS = (
    "born", "birth", "date of birth", "dob", "admitted", "admission", "discharged", "discharge",
    "died", "deceased", "death", "presented", "operated", "né", "née", "naissance", "hospitalisé",
    "hospitalisée", "décédé", "décédée", "geboren", "geb", "geburtsdatum", "aufnahme", "entlassung",
    "entlassen", "verstorben", "nacido", "nacida", "nacimiento", "ingreso", "alta", "nascido",
    "nascida", "nascimento", "internado", "internada", "nato", "nata", "nascita", "ricovero",
    "ricoverato", "ricoverata", "dimissione", "geboortedatum", "opgenomen", "ontslag", "urodzony",
    "urodzona", "urodzonym", "urodzenia", "przyjęty", "przyjęta", "wypisany",
)  # fmt: skip
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
    "sept", "oct", "nov", "dec", "janvier", "février", "mars", "avril", "mai", "juin", "juillet",
    "août", "septembre", "octobre", "novembre", "décembre", "januar", "februar", "märz", "juni",
    "juli", "oktober", "dezember", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio",
    "agosto", "septiembre", "octubre", "noviembre", "diciembre", "gennaio", "febbraio", "aprile",
    "maggio", "giugno", "luglio", "settembre", "ottobre", "dicembre", "janeiro", "fevereiro",
    "março", "maio", "junho", "julho", "setembro", "outubro", "novembro", "dezembro", "januari",
    "februari", "maart", "mei", "augustus", "stycznia", "lutego", "marca", "kwietnia", "maja",
    "czerwca", "lipca", "sierpnia", "września", "października", "listopada", "grudnia",
)  # fmt: skip
AGES_BEFORE = ("aged", "age", "alter von", "âgé de", "âgée de", "edad", "età", "leeftijd", "wiek")
AGES = (
    "year old", "years old", "yr old", "yo", "y/o", "y.o", "ans", "años", "anni", "anos", "jährige",
    "jähriger", "jährigen", "jahre alt", "jarige", "jaar", "letni", "letnia", "lat",
)  # fmt: skip
DEVICE = (
    "serial number", "serial no", "serial nr", "imei", "udi", "seriennummer", "numéro de série",
    "número de serie", "número de série", "numero di serie", "serienummer", "numer seryjny",
)  # fmt: skip
VIN = (
    "vin", "vehicle identification number", "numer vin", "fahrgestellnummer",
    "fahrzeugidentifikationsnummer", "fahrzeugidentifizierungsnummer", "numéro de châssis",
    "número de bastidor", "número de chassi", "numero di telaio", "chassisnummer",
    "chassis number", "numer nadwozia",
)  # fmt: skip
PLATE = (
    "licence plate", "license plate", "kennzeichen",
    "nummernschild", "matrícula", "immatriculation", "immatriculé", "immatriculée", "targa",
    "targata", "targato", "kenteken", "numer rejestracyjny", "rejestracyjny", "rejestracyjnym",
    "rejestracyjnego", "tablica rejestracyjna", "tablice rejestracyjne", "nr rej",
)  # fmt: skip

TOKENS = (
    "EMAIL", "PHONE", "ID", "RECORD", "CARD", "BANK", "IP", "URL", "NAME", "ADDRESS", "DATE",
    "AGE", "DEVICE", "VEHICLE",
)  # fmt: skip
"""The closed list of masks (policy, section 2)."""

WORD = re.compile(r"[nN][°º]|[^\W\d_ºª]+|№")
"""A word as the gate reads it: a run of letters, or one of the signs for "number"."""


def keyword(phrase: str) -> str:
    """The word of a label by which it is found: the last that is no number word."""
    words: list[str] = WORD.findall(phrase)
    while len(words) > 1 and words[-1] in NUMBER:
        words.pop()
    return words[-1]


_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "’": "'"})


def plain(label: str) -> str:
    """A label without its accents, as many people type it."""
    letters = unicodedata.normalize("NFD", label.translate(_LETTERS))
    return "".join(char for char in letters if not unicodedata.combining(char))
