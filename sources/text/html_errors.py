"""Error messages of web servers that were saved in place of a page.

A message is told by its form, not by its words, which pages on medicine use too ("the file was
removed", "500 mg"): it begins a title, line or sentence; it speaks of what a server serves (this
page, the requested document, the URL), or is a phrase of HTTP alone; and a number is a status only
as HTTP writes it. Reference: RFC 9110, 15 (status codes and their phrases).
"""

from __future__ import annotations

import re

from sources.items import SourceError

ERROR_PAGE_CHARS = 1500
"""An error page is shorter; no real page among 850 had both the words and so little text."""

_TITLE_CHARS, _TEXT_CHARS = 200, 300  # where a message stands
_END = r"\W{0,3}(?:$|(?=\n)|[.!?](?=\s|$)|\s*\||\s[\u2013\u2014-]\s)"
_SORRY = r"(?:(?:we(?:'re| are) )?sorry\W+(?:but )?|oops\W+|unfortunately,? |(?:error|fehler)\W+)?"
_ABROAD = (
    r"(?:nicht gefunden|introuvable|no encontrad[ao]|n[a\u00e3]o encontrad[ao]|non trovat[ao]"
    r"|niet gevonden|ikke funnet|ikke fundet|hittades inte)"
)
# Whole messages; the second kind says as much in a title only.
_PHRASE = (
    r"(?:(?:page|file|url|document|resource|site|server) not found"
    r"|access (?:is |was )?(?:denied|forbidden)|bad request|bad gateway|too many requests"
    r"|(?:gateway|request) time-?out|(?:internal )?server error|service error"
    r"|(?:the )?service (?:is )?(?:temporarily |currently )?unavailable|site maintenance"
    r"|(?:(?:the|your) )?(?:connection|session|request) (?:has |was )?(?:timed? ?out|expired))"
)
_BARE = (
    r"(?:not found|forbidden|unauthorized|(?:temporarily |currently )?unavailable|gone|captcha"
    rf"|just a moment|attention required|{_ABROAD})"
)
# What a server serves: a page as such; else what the message calls its own or asked for.
_SERVED = (
    r"(?:(?:the|this|that|our) (?:requested )?(?:web ?)?(?:page|url)|(?:this|our|the) web ?site"
    r"|this site|(?:the |your )?requested (?:file|document|resource|address|session|service)"
    r"|the (?:file|document|resource|address|article) (?:that |which )?(?:you|requested))"
)
_FAILS = (
    r"(?:not found|not be found|timed out|no longer exists?|denied|blocked|rejected"
    r"|(?:temporarily |currently )?unavailable|not available|does(?: not|n.t) exist"
    r"|(?:has|have|was|were) (?:been )?(?:moved|removed|deleted)|down for maintenance|expired)"
)
_PAGE_ABROAD = (
    r"(?:(?:die|diese|la|cette|esta|a|questa|de|deze) )?"
    r"(?:(?:angeforderte|gesuchte|gew\u00fcnschte|opgevraagde) )?"
    r"(?:seite|page|p[a\u00e1]gina|siden|sidan)"
)
_NUMBER = r"(?:(?:http(?:/[0-9.]{1,3})?|error|status|code|erreur)[ :]{1,3})?[45][0-9][0-9]"
_NAMED_NUMBER = (
    r"(?:(?:http(?:/[0-9.]{1,3})?|error|status|code|erreur)[ :]{1,3}[45][0-9][0-9]"
    r"|[45][0-9][0-9] error)"
)
_MESSAGE = (
    rf"(?:{_NAMED_NUMBER}{_END}|{_NUMBER}[ :\u2013-]{{1,3}}(?:{_PHRASE}|{_BARE}){_END}"
    rf"|(?:{_NUMBER}[ :\u2013-]{{1,3}})?(?:{_PHRASE}{_END}"
    rf"|{_SERVED}\b[^.;\n]{{0,60}}\b{_FAILS}\b|{_PAGE_ABROAD}\b[^.;\n]{{0,40}}\b{_ABROAD}\b)"
    r"|(?:we )?(?:could(?: not|n.t)|can(?:not|.t)|(?:are |were )?unable to) (?:find|locate) "
    r"(?:(?:the|that|this) (?:web ?)?page|the (?:file|document) (?:that )?you|the requested)\b"
    r"|access denied\b|access to (?:this|the requested) (?:(?:web ?)?page|(?:web ?)?site|server"
    r"|resource|url)[^.;\n]{0,40}\b(?:denied|blocked|forbidden)\b"
    r"|(?:please )?(?:verify (?:that )?you are (?:a )?human|enable javascript|complete the captcha)"
    r"|are you a robot|the site is (?:temporarily |currently )?(?:down|unavailable)\b)"
)
_START = r"(?:^|(?<=\n)|(?<=[.!?|\u2013\u2014] )|(?<= - ))[#>*\s]{0,9}"
_IN_TITLE = re.compile(
    rf"{_START}{_SORRY}(?:{_MESSAGE}|{_BARE}{_END}|[45][0-9][0-9]\W{{0,3}}(?:$|\|))", re.IGNORECASE
)
_IN_TEXT = re.compile(rf"{_START}{_SORRY}{_MESSAGE}", re.IGNORECASE)


def refuse_error_page(title: str, text: str) -> None:
    """Raise for an error message stored in place of a page.

    Args:
        title: Title of the page.
        text: Its text.

    Raises:
        SourceError: ``error_page``.
    """
    if len(text) >= ERROR_PAGE_CHARS:
        return
    if _IN_TITLE.search(title[:_TITLE_CHARS]) or _IN_TEXT.search(text[:_TEXT_CHARS]):
        raise SourceError(
            "error_page", "an error message of the server, not a page: fetch it again"
        )
