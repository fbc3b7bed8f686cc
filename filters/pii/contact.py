"""Rules for what reaches a person: e-mail, telephone, network addresses, profile pages."""

from __future__ import annotations

from filters.kernels import gate as g
from filters.pii import labels, network, phones, veto
from filters.pii.rule import BELOW, BOLD, GAP, OPEN, START, TIGHT, Rule, words

# Digits with what may stand between two of them in one number; no "/" between two numbers.
_SEPARATOR = r"(?:[ ./-]|\)[ -]?|\) - | - |- | -|/ | ?\(|  )"
# A German area code may stand before a stroke between blanks.
_DIGITS = rf"(?:\(?\+\+? ?\(?|\(?0[0-9]{{2,4}}\)? / |\()?[0-9](?:{_SEPARATOR}?[0-9]){{5,17}}"
_EXTENSION = (
    r"(?:,? ?(?:x|ext\.?|extension|(?:durchwahl|dw|kl|poste|interno|ramal|toestel|wew)\.?)"
    r"[ .:]?[0-9]{1,6})?"
)
_NUMBER = rf"(?P<v>{_DIGITS}{_EXTENSION})(?:[^0-9]|$)"
_TITLED = (
    rf"{START}(?-i:{'|'.join(labels.TITLES)}|M\.)\.?[ ]"
    r"(?:(?-i:\p{Lu})[^\s\d:|()]{0,24}[ ]{1,2}){1,4}[-–:,(]{0,2}[ ]{0,2}(?:(?:t|tel)\.?[ :]{1,2})?"
)
_KIND = r"(?:[ \t]*\([^()0-9\n|]{0,20}\))?"

PHONES = (
    Rule(
        "PHONE",
        "phone_label",
        g.PHONE,
        rf"{START}{words(labels.PHONE)}\.?(?:[ \t]?/[ \t]?(?:fax|tel|phone)\.?)?{_KIND}{GAP}"
        rf"(?:\(?(?:at|on|work|home|direct|office|mobile)\)?[ :]{{1,3}})?{_NUMBER}",
        phones.labelled_phone,
        figures=True,
        label=True,
        listed=True,
        labels=labels.PHONE,
    ),
    Rule(
        "PHONE",
        "phone_weak_label",
        g.PHONE,
        rf"{START}{words(labels.PHONE_WEAK)}(?:[ \t]?(?:phone|tel))?\.?{_KIND}(?:{TIGHT}"
        rf"|(?:\.[ \t]{{1,2}})"
        rf"|[ \t]{{1,2}}(?:no\.?|nr\.?|number|num\.?)[ \t]{{1,2}}(?:(?:is|at"
        rf"|on)[ \t])?|(?:[ \t](?:is|ist|est(?:[ ]le)?|es(?:[ ]el)?|è|é|unter|au|al|op|pod))?"
        rf"[ \t]{{1,2}}){_NUMBER}",
        phones.weakly_labelled_phone,
        label=True,
        listed=True,
        labels=labels.PHONE_WEAK,
    ),
    Rule(
        "PHONE",
        "phone_verb",
        g.PHONE,
        rf"{START}{words(labels.PHONE_VERBS)}(?:(?:[ \t]+[^0-9\n|;]{{0,40}}?)?[ \t](?:at|on)"
        rf"|[ \t](?:us|me|him|her)):?[ \t]{{1,2}}{_NUMBER}",
        phones.labelled_phone,
        label=True,
        listed=True,
        labels=labels.PHONE_VERBS,
    ),
    Rule(
        "PHONE",
        "phone_dial",
        g.PHONE,
        rf"{START}(?:calls?|dial|phone):?[ \t]{{1,2}}{_NUMBER}",
        phones.labelled_phone,
        label=True,
        listed=True,
        labels=labels.PHONE_VERBS,
    ),
    Rule(
        "PHONE",
        "phone_text",
        g.PHONE,
        rf"{START}text:?[ \t]{{1,2}}{_NUMBER}",
        phones.phone_of_person,
        label=True,
        listed=True,
        labels=labels.PHONE_VERBS,
    ),
    Rule(
        "PHONE",
        "phone_reach",
        g.PHONE,
        rf"{START}(?:(?:reach|contact)[ \t](?:us|me|him|her|them|you|the|dr\.?|mr\.?|mrs\.?"
        rf"|ms\.?)\b"
        rf"[^0-9\n|;]{{0,40}}|be (?:reached|contacted))[ \t](?:at"
        rf"|on):?[ \t]{{1,2}}{_NUMBER}",
        phones.labelled_phone,
        label=True,
        listed=True,
        labels=labels.PHONE_REACH,
    ),
    Rule(
        "PHONE",
        "phone_label_behind",
        g.PHONE,
        rf"(?:^|[^0-9A-Za-z.,]|[^0-9][.,])(?P<v>{_DIGITS}{_EXTENSION})[ \t]?[-,]?[ \t]?"
        rf"\(?{words(labels.PHONE_AFTER)}"
        r"(?:\)|[^A-Za-z0-9_-]|$)",
        phones.phone_before_label,
        label=True,
        labels=labels.PHONE_AFTER,
    ),
    Rule(
        "PHONE",
        "phone_line",
        g.PHONE,
        rf"{START}{words(labels.PHONE + labels.PHONE_WEAK)}\.?{_KIND}{BOLD}[ \t]{{0,3}}:"
        rf"{BOLD}{BELOW}{BOLD}{OPEN}(?P<v>{_DIGITS}{_EXTENSION})[ \t*_`)\]\"'>]{{0,8}}(?:\n|$)",
        phones.labelled_phone,
        label=True,
        labels=labels.PHONE + labels.PHONE_WEAK,
    ),
    Rule(
        "PHONE",
        "phone_words_colon",
        g.PHONE,
        rf"{START}{words(labels.PHONE)}(?P<e>)(?:[ \t][^\s\d:|()]{{1,20}}){{1,4}}[ \t]?:"
        rf"[ \t]{{0,3}}{_NUMBER}",
        phones.labelled_phone,
        label=True,
        listed=True,
        labels=labels.PHONE,
    ),
    Rule(
        "PHONE",
        "phone_near",
        g.PHONE,
        rf"{START}{words(labels.PHONE + labels.PHONE_TALK)}(?P<e>)[^0-9\n|]{{0,60}}?"
        rf"{_NUMBER}",
        phones.phone_in_talk,
        veto.ALL,
        label=True,
        listed=True,
        labels=labels.PHONE + labels.PHONE_TALK,
    ),
    Rule(
        "PHONE",
        "phone_person",
        g.PHONE,
        rf"{_TITLED}{_NUMBER}",
        phones.phone_of_person,
        veto.ALL,
        label=True,
        labels=(*labels.TITLES, "M"),
    ),
    Rule(
        "PHONE",
        "phone_international",
        g.PHONE,
        rf"(?P<v>(?:\(?\+ ?\(?[1-9]|\b00 ?[1-9])(?:{_SEPARATOR}?[0-9]){{6,15}}{_EXTENSION})",
        phones.international_phone,
        veto.ALL,
    ),
    Rule(
        "PHONE",
        "phone_nanp",
        g.PHONE,
        r"(?P<v>(?:1[-. ])?(?:\([2-9][0-9]{2}\) ?[2-9][0-9]{2}[-. ][0-9]{4}"
        r"|[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}|[2-9][0-9]{2}\.[2-9][0-9]{2}\.[0-9]{4})"
        rf"{_EXTENSION})",
        phones.nanp_phone,
        veto.ALL,
    ),
    Rule(
        "PHONE",
        "phone_short",
        g.PHONE,
        rf"{START}(?:{words(labels.PHONE)}\.?{_KIND}{GAP}|{words(labels.PHONE_REACHABLE)}[ \t]"
        rf"(?:at|on|au|sous le|unter|en el|al|no|pelo|op|pod)[ \t]{{1,2}})"
        rf"(?P<v>[0-9]{{4,5}})(?:[^0-9%.,-]|[.,](?:[^0-9]|$)|$)",
        phones.short_phone,
        strict=True,
        figures=True,
        label=True,
        labels=labels.PHONE + labels.PHONE_REACHABLE,
    ),
    Rule(
        "PHONE",
        "phone_trunk",
        g.PHONE,
        r"(?:^|[^\pL\pN.,+_/#-])(?P<v>(?-i:[0O])[1-9](?:[ .-](?-i:[0-9O]){2}){4}|0[1-9][0-9]{8,9})"
        r"(?:[^\pL\pN]|$)",
        phones.trunk_phone,
        veto.ALL,
        strict=True,
        fields=False,
        lists=False,
    ),
    Rule(
        "PHONE",
        "phone_national",
        g.PHONE,
        r"(?P<v>\(?[0-9]{2,8}\)?(?:[ ./-]{1,2}[0-9]{2,8}){1,5})",
        phones.national_phone,
        veto.ALL,
        strict=True,
        fields=False,
        lists=False,
    ),
)

# Any character above ASCII stands for a letter: the check cuts at what is none. Classes of all
# letters, 64 times over, take RE2 a tenth of a second each to compile. Markdown escapes "_".
_LOCAL = r"[A-Za-z0-9\x{80}-\x{10FFFF}](?:\\?[A-Za-z0-9\x{80}-\x{10FFFF}._%+'\-]){0,63}"
_HOST = r"[A-Za-z0-9\x{80}-\x{10FFFF}](?:[A-Za-z0-9\x{80}-\x{10FFFF}\-]{0,62})"
_BRACKET_DOT = r"[ ]?[(\[{<] ?(?:\.|dot|punkt|punto|point|ponto) ?[)\]}>] ?"
_DOT = rf"(?:\.|{_BRACKET_DOT}| (?:dot|punkt|punto|ponto) )"
EMAILS = (
    # Several people of one domain: "{a, b}@x.org", "a/b@x.org".
    Rule(
        "EMAIL",
        "email_group",
        g.EMAIL,
        rf"(?:^|[\s(,;:<])(?P<v>(?:\{{[^{{}}@\n]{{3,160}}\}}"
        r"|[A-Za-z](?:[a-z0-9._-]{0,40})(?:[/|][a-z][a-z0-9._-]{0,40}){1,5}) ?@ ?"
        rf"(?:{_HOST}\.)+[A-Za-z]{{2,24}})(?:[^\pL\pN]|$)",
        network.email_group,
        needs=(b"@",),
    ),
    Rule(
        "EMAIL", "email", g.EMAIL, rf"(?P<v>{_LOCAL}@(?:{_HOST}\.)+[A-Za-z]{{2,24}})", network.email
    ),
    Rule(
        "EMAIL",
        "email_spaced",
        g.EMAIL,
        rf"(?P<v>{_LOCAL}(?: {{1,2}}@ {{0,2}}| {{0,2}}@ {{1,2}})(?:{_HOST}\.)+[A-Za-z]{{2,24}})",
        network.email,
    ),
    Rule(
        "EMAIL",
        "email_brackets",
        g.EMAIL,
        rf"(?P<v>(?:{_LOCAL}{_BRACKET_DOT}){{0,3}}{_LOCAL}"
        r"(?: ?[(\[{<] ?(?:at|@|chez|arroba|arobase|ät) ?[)\]}>] ?|@)"
        rf"(?:{_HOST}{_DOT})+[A-Za-z]{{2,24}})(?:[^\pL\pN]|$)",
        network.email,
        needs=(b"@", b"(", b"[", b"{", b"<"),
    ),
    Rule(
        "EMAIL",
        "email_words",
        g.EMAIL,
        rf"(?P<v>{_LOCAL} (?:at (?:{_HOST} dot )+|(?:chez|arobase) (?:{_HOST} point )+"
        rf"|arroba (?:{_HOST} (?:punto|ponto) )+|ät (?:{_HOST} punkt )+)[A-Za-z]{{2,24}})"
        r"(?:[^\pL\pN]|$)",
        network.email,
        strict=True,
        labels=labels.AT,
    ),
)


_REST = r"[^\s<>\"|\\^`{}\[\]]"
NETWORK = (
    Rule(
        "IP",
        "ipv4",
        g.IP,
        r"(?:^|[^0-9])(?P<v>[0-9]{1,3}(?:\.[0-9]{1,3}){3})",
        network.ipv4,
        ("code", "place", "version"),
    ),
    Rule(
        "IP",
        "ipv6",
        g.IP,
        r"(?P<v>[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}"
        r"(?:[0-9]{0,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})?)",
        network.ipv6,
        ("version", "code"),
    ),
    Rule(
        "URL",
        "url_user",
        g.URL,
        rf"(?P<v>[a-z][a-z0-9+.-]{{1,12}}://[^\s/@:]{{1,64}}:[^\s/@]{{1,64}}@{_REST}{{3,400}})",
        network.trimmed_url,
        label=True,
        needs=(b"@",),
    ),
    Rule(
        "URL",
        "url_profile",
        g.URL,
        r"(?P<v>(?:https?://)?(?:[a-z]{1,4}\.)?(?:linkedin\.com/(?:in|pub)/|facebook\.com/"
        r"|researchgate\.net/profile/"
        rf"|orcid\.org/[0-9]|twitter\.com/|instagram\.com/){_REST}{{1,200}})",
        network.profile_url,
        label=True,
        labels=labels.SITES,
    ),
    Rule(
        "URL",
        "url_home",
        g.URL,
        rf"(?P<v>(?:https?://|www\.)[^\s<>\"|/]{{3,100}}(?:/[^\s<>\""
        rf"|/~]{{0,60}}){{0,4}}/~[\pL\pN]{_REST}{{0,200}})",
        network.trimmed_url,
        label=True,
        needs=(b"/~",),
    ),
    Rule(
        "URL",
        "url_query",
        g.URL,
        rf"(?P<v>(?:https?://|www\.)[^\s<>\"|?]{{3,200}}\?[^\s<>\"|@]{{0,200}}(?:@"
        rf"|%40)(?:{_HOST}\.)+[a-z]{{2,24}}{_REST}{{0,200}})",
        network.trimmed_url,
        label=True,
        needs=(b"@", b"%40"),
    ),
    Rule(
        "URL",
        "url_any",
        g.URL,
        rf"(?P<v>(?:https?://|ftp://|www\.){_REST}{{4,400}})",
        network.strict_url,
        strict=True,
        fields=False,
    ),
)
