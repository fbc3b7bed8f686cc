"""Three-letter language codes of bibliographic records to two letters.

PubMed names languages by ISO 639-2, mostly in the bibliographic form (``ger``) and in older records
with MARC codes withdrawn since (``scr``); other files use the terminological form (``deu``).

Reference: ISO 639-2 code list (Library of Congress); NLM, "Language table" of MEDLINE/PubMed.
"""

from __future__ import annotations

_TWO = {
    "afr": "af", "alb": "sq", "sqi": "sq", "amh": "am", "ara": "ar", "arm": "hy", "hye": "hy",
    "aze": "az", "baq": "eu", "eus": "eu", "bel": "be", "ben": "bn", "bos": "bs", "bul": "bg",
    "bur": "my", "mya": "my", "cat": "ca", "chi": "zh", "zho": "zh", "cze": "cs", "ces": "cs",
    "dan": "da", "dut": "nl", "nld": "nl", "eng": "en", "epo": "eo", "est": "et", "fin": "fi",
    "fre": "fr", "fra": "fr", "geo": "ka", "kat": "ka", "ger": "de", "deu": "de", "gla": "gd",
    "gle": "ga", "glg": "gl", "gre": "el", "ell": "el", "heb": "he", "hin": "hi", "hrv": "hr",
    "scr": "hr", "hun": "hu", "ice": "is", "isl": "is", "ind": "id", "ita": "it", "jpn": "ja",
    "kaz": "kk", "kin": "rw", "kir": "ky", "kor": "ko", "kur": "ku", "lat": "la", "lav": "lv",
    "lit": "lt", "mac": "mk", "mkd": "mk", "mal": "ml", "mao": "mi", "mri": "mi", "may": "ms",
    "msa": "ms", "mlt": "mt", "mon": "mn", "nob": "nb", "nno": "nn", "nor": "no", "per": "fa",
    "fas": "fa", "pol": "pl", "por": "pt", "pus": "ps", "rum": "ro", "ron": "ro", "rus": "ru",
    "san": "sa", "slo": "sk", "slk": "sk", "slv": "sl", "som": "so", "spa": "es", "srp": "sr",
    "scc": "sr", "swa": "sw", "swe": "sv", "tam": "ta", "tel": "te", "tgl": "tl", "tha": "th",
    "tib": "bo", "bod": "bo", "tur": "tr", "ukr": "uk", "urd": "ur", "uzb": "uz", "vie": "vi",
    "wel": "cy", "cym": "cy", "yid": "yi",
}  # fmt: skip

_UNKNOWN = frozenset({"", "und", "mul", "zxx", "mis"})


def two_letters(code: str) -> str:
    """Return the ISO 639-1 code of a language.

    Args:
        code: Two or three letters in any case.

    Returns:
        Two letters where there are any, else the code itself in lower case; empty for unknown,
        several, and none.
    """
    code = code.strip().lower()
    if code in _UNKNOWN or not (code.isascii() and code.isalpha() and len(code) <= 3):
        return ""
    return _TWO.get(code, code)
