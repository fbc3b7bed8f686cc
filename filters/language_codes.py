"""Codes of languages and scripts: what models, recipes and metadata write, brought to one form.

The form is that of lid.176 and of the column ``lang``: two letters (ISO 639-1) where there are any,
else three (ISO 639-3). A model that tells scripts apart (``eng_Latn``, ``zho_Hant``) names a
language here all the same: which script a text has is not what a recipe keeps.

References: ISO 639-2 and 639-3 with its macrolanguages (SIL), ISO 15924; which languages are
written in which script: Unicode CLDR, likely subtags.
"""

from __future__ import annotations

import re

UNDETERMINED = "und"
"""Code of a text whose language cannot be told (ISO 639-2)."""

_ISO_639 = """
aa=aar ab=abk ae=ave af=afr ak=aka am=amh an=arg ar=ara as=asm av=ava ay=aym az=aze ba=bak
be=bel bg=bul bi=bis bm=bam bn=ben bo=tib/bod br=bre bs=bos ca=cat ce=che ch=cha co=cos cr=cre
cs=cze/ces cu=chu cv=chv cy=wel/cym da=dan de=ger/deu dv=div dz=dzo ee=ewe el=gre/ell en=eng
eo=epo es=spa et=est eu=baq/eus fa=per/fas ff=ful fi=fin fj=fij fo=fao fr=fre/fra fy=fry ga=gle
gd=gla gl=glg gn=grn gu=guj gv=glv ha=hau he=heb hi=hin ho=hmo hr=hrv/scr ht=hat hu=hun
hy=arm/hye hz=her ia=ina id=ind ie=ile ig=ibo ii=iii ik=ipk io=ido is=ice/isl it=ita iu=iku
ja=jpn jv=jav ka=geo/kat kg=kon ki=kik kj=kua kk=kaz kl=kal km=khm kn=kan ko=kor kr=kau ks=kas
ku=kur kv=kom kw=cor ky=kir la=lat lb=ltz lg=lug li=lim ln=lin lo=lao lt=lit lu=lub lv=lav
mg=mlg mh=mah mi=mao/mri mk=mac/mkd ml=mal mn=mon mr=mar ms=may/msa mt=mlt my=bur/mya na=nau
nd=nde ne=nep ng=ndo nl=dut/nld nn=nno no=nor/nob/nb nr=nbl nv=nav ny=nya oc=oci oj=oji om=orm
or=ori os=oss pa=pan pi=pli pl=pol ps=pus pt=por qu=que rm=roh rn=run ro=rum/ron/mo ru=rus
rw=kin sa=san sc=srd sd=snd se=sme sg=sag sh=hbs si=sin sk=slo/slk sl=slv sm=smo sn=sna so=som
sq=alb/sqi sr=srp/scc ss=ssw st=sot su=sun sv=swe sw=swa ta=tam te=tel tg=tgk th=tha ti=tir
tk=tuk tl=tgl/fil tn=tsn to=ton tr=tur ts=tso tt=tat tw=twi ty=tah ug=uig uk=ukr ur=urd uz=uzb
ve=ven vi=vie vo=vol wa=wln wo=wol xh=xho yi=yid/ji yo=yor za=zha zh=chi/zho zu=zul he=iw id=in
"""
"""Two letters and every other code of the same language: both forms of ISO 639-2, withdrawn codes,
and Bokmål, which lid.176 calls ``no``."""

_MEMBERS = """
ar=arb az=azj ay=ayr et=ekk fa=pes ff=fuv gn=gug kr=knc ku=kmr lv=lvs mg=plt mn=khk ms=zsm ne=npi
om=gaz or=ory ps=pbt qu=quy sq=als sw=swh uz=uzn yi=ydd zh=cmn bh=bho
"""
"""The member of a macrolanguage that the two letters commonly stand for. Only labels with a script
are read so: lid.176 has ``als`` for Alemannic, which ISO 639-3 calls ``gsw``."""

_MACROLANGUAGES = {
    "ar": ("arz",),
    "az": ("azb",),
    "fa": ("prs",),
    "ku": ("ckb", "sdh"),
    "no": ("nn",),
    "sh": ("bs", "hr", "sr", "cnr"),
    "sq": ("aae", "aat", "aln"),
    "zh": ("cjy", "gan", "hak", "hsn", "lzh", "nan", "wuu", "yue"),
}
"""Macrolanguages whose members have labels of their own in common models."""

_KNOWN_FORMS = {
    other: line.partition("=")[0]
    for line in _ISO_639.split()
    for other in line.partition("=")[2].split("/")
}
_TWO_LETTERS = frozenset(line.partition("=")[0] for line in _ISO_639.split()) | {
    code for code in _KNOWN_FORMS if len(code) == 2
}
_MEMBER_OF = {
    member: line.partition("=")[0]
    for line in _MEMBERS.split()
    for member in line.partition("=")[2].split("/")
}

SCRIPTS: tuple[tuple[str, str, str], ...] = (
    ("Latn", "Latin", ""),
    ("Cyrl", "Cyrillic", "ab ady av az ba be bg bs bxr ce crh cu cv hr kaa kbd kk koi krc ku kv "
     "ky lez mdf mhr mk mn mrj myv os ro ru rue sah sh sr tg tk tt tyv udm ug uk uz xal"),
    ("Arab", "Arabic", "ar arz az azb bal ckb fa glk ha kk ks ku ky lrc mg ms mzn pa pnb prs ps sd "
     "sdh skr so sw tg tk tr ug ur uz wo"),
    ("Deva", "Devanagari", "awa bh dty gom hi hif hne ks mag mai mr ne new sa sd"),
    ("Hani", "Han", "cjy gan hak hsn ja ko lzh nan wuu yue zh"),
    ("Hira", "Hiragana", "ja"),
    ("Kana", "Katakana", "ja"),
    ("Bopo", "Bopomofo", "zh"),
    ("Hang", "Hangul", "ko"),
    ("Grek", "Greek", "el grc"),
    ("Hebr", "Hebrew", "he yi"),
    ("Armn", "Armenian", "hy hyw"),
    ("Geor", "Georgian", "ka xmf"),
    ("Ethi", "Ethiopic", "am gez ti tig"),
    ("Beng", "Bengali", "as bn bpy mni sa"),
    ("Guru", "Gurmukhi", "pa"),
    ("Gujr", "Gujarati", "gu"),
    ("Orya", "Oriya", "or"),
    ("Taml", "Tamil", "ta"),
    ("Telu", "Telugu", "te"),
    ("Knda", "Kannada", "kn tcy"),
    ("Mlym", "Malayalam", "ml"),
    ("Sinh", "Sinhala", "si"),
    ("Thaa", "Thaana", "dv"),
    ("Thai", "Thai", "th"),
    ("Laoo", "Lao", "lo"),
    ("Tibt", "Tibetan", "bo dz"),
    ("Mymr", "Myanmar", "ksw mnw my shn"),
    ("Khmr", "Khmer", "km"),
    ("Adlm", "Adlam", ""),
    ("Bali", "Balinese", ""),
    ("Bugi", "Buginese", ""),
    ("Cakm", "Chakma", "ccp"),
    ("Cans", "Canadian_Aboriginal", "cr csw ike iu oj ojb"),
    ("Cher", "Cherokee", "chr"),
    ("Copt", "Coptic", "cop"),
    ("Goth", "Gothic", "got"),
    ("Java", "Javanese", ""),
    ("Lana", "Tai_Tham", "kkh nod"),
    ("Lisu", "Lisu", "lis"),
    ("Mong", "Mongolian", "mvf"),
    ("Mtei", "Meetei_Mayek", "mni"),
    ("Nkoo", "Nko", "nqo"),
    ("Olck", "Ol_Chiki", "sat"),
    ("Plrd", "Miao", "hmd"),
    ("Sund", "Sundanese", ""),
    ("Syrc", "Syriac", "aii arc syr"),
    ("Talu", "New_Tai_Lue", "khb"),
    ("Tavt", "Tai_Viet", "blt"),
    ("Tfng", "Tifinagh", "ber tzm zgh"),
    ("Vaii", "Vai", "vai"),
    ("Yiii", "Yi", "ii"),
)  # fmt: skip
"""ISO 15924 code, Unicode name, and the languages that are written in it. What is not listed is
Latin. The position is the number of a script in the kernels' table, counted from 1; all scripts
that are not here share the number behind the last."""

_TOGETHER = {
    "Hans": ("Hani",), "Hant": ("Hani",), "Jpan": ("Hani", "Hira", "Kana"),
    "Kore": ("Hang", "Hani"), "Hrkt": ("Hira", "Kana"),
}  # fmt: skip
"""Codes of ISO 15924 that stand for several scripts, or for one way to write one."""

_LABEL = re.compile(r"([A-Za-z]{2,8})(?:[-_]([A-Z][a-z]{3})(?![A-Za-z]))?")


def language_of(label: str) -> str:
    """Return the language of a model's label as the column ``lang`` has it.

    Args:
        label: ``en``, ``eng``, ``eng_Latn``, ``zh-Hant``; without ``__label__``.

    Returns:
        The code; `UNDETERMINED` for labels that say so (``und_Mong``, ``zxx_Latn``); a label of
        another form as it is.
    """
    found = _LABEL.match(label)
    if found is None:
        return label
    name, script = found.groups()
    if script is not None:
        name = _MEMBER_OF.get(name, name)
    elif found.end() < len(label) and label[found.end()] not in "-_":
        return label
    return plain(name) or UNDETERMINED


def plain(code: str) -> str:
    """Return a declared code as the column ``lang`` has it.

    Args:
        code: Two or three letters in any case, perhaps with a region (``en-GB``).

    Returns:
        Lower case, no region, two letters where there are any; empty for none, unknown and several
        languages.
    """
    base = re.split(r"[-_]", code.strip().lower(), maxsplit=1)[0]
    if base in ("", UNDETERMINED, "mul", "zxx", "mis"):
        return ""
    return _KNOWN_FORMS.get(base, base)


def is_code(code: str) -> bool:
    """Tell whether a code can stand for a language.

    Args:
        code: Two or three lower-case letters.

    Returns:
        Whether two letters are a code of ISO 639-1, also a withdrawn one; of three letters any may
        be one of the 7,900 of ISO 639-3, which are not listed here.
    """
    return len(code) > 2 or code in _TWO_LETTERS or code in _MEMBER_OF.values()


def same_language(one: str, other: str) -> bool:
    """Tell whether two codes do not contradict each other.

    Args:
        one: A code as `plain` gives it.
        other: Likewise.

    Returns:
        Whether they are equal, or one is the macrolanguage of the other (``no`` and ``nn``).
    """
    return one == other or any(
        b in _MACROLANGUAGES.get(a, ()) for a, b in ((one, other), (other, one))
    )


def scripts_of(label: str) -> frozenset[str]:
    """Return the scripts that a label's language is written in.

    Args:
        label: As in `language_of`.

    Returns:
        ISO 15924 codes as in `SCRIPTS`: that of the label where it names one, else those of the
        language. Latin is always among them: any language is also written in it.
    """
    found = _LABEL.match(label)
    script = found.group(2) if found else None
    if script is not None:
        return frozenset({"Latn", *_TOGETHER.get(script, (script,))})
    name = language_of(label)
    return frozenset({"Latn", *(code for code, _, names in SCRIPTS if name in names.split())})
