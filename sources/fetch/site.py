"""Sites that the crawler knows: one TOML file each in `sources/fetch/sites`.

An entry says where a site begins, which of its pages are documents, and what its operator permits,
with the evidence. Adding a site is adding an entry; a recipe may name a file of its own in place of
a name, and may set every key but the terms.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from sources.fetch import values
from sources.fetch.limits import LIMITS
from sources.lookup import nearest
from sources.policy import PURPOSES, Grant, Policy

FOLDER = Path(__file__).parent / "sites"

KEYS: Mapping[str, object] = {
    "start": [],
    "sitemaps": [],
    "include": [],
    "exclude": [],
    "through": [],
    "depth": 2,
    "documents": ["html", "pdf"],
    "pdfs": [r"(?i)\.pdf(?:$|\?)"],
    "pages": 20_000,
    "lists": 500,
    "page_files": 50,
    "hosts": [],
}
"""Keys of the crawl, and what holds where an entry does not say."""

TERMS = ("licence", "training", "redistribution", "purposes", "evidence", "checked", "confirmed")
FORMS = ("html", "pdf")


@dataclass(frozen=True, slots=True)
class Site:
    """One site.

    Attributes:
        name: Name of its entry.
        title: What it is, one line.
        keys: `KEYS` and limits with the values that hold for it.
        policy: Its terms.
    """

    name: str
    title: str
    keys: Mapping[str, object]
    policy: Policy


def names() -> list[str]:
    """Return the names of all entries, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str, root: Path | None = None) -> Site:
    """Return a site.

    Args:
        name: Name of an entry, or the path of one, which ends with ``.toml``.
        root: Folder that such a path is relative to.

    Raises:
        LookupError: There is none, or it is no entry; the message says what is wrong.
    """
    if not name.endswith(".toml"):
        if name not in names():
            hint = nearest(name, names())
            known = ", ".join(names())
            raise LookupError(f"no site {name!r}{hint} (known: {known}; or the path of an entry)")
        return _read(FOLDER / f"{name}.toml")
    return _read((root or Path()) / name)


@functools.lru_cache(maxsize=64)
def _read(file: Path) -> Site:
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise LookupError(f"{file}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LookupError(f"{file}: no TOML ({error})") from None
    terms = table.pop("terms", None)
    title = table.pop("title", "")
    if problem := _problem(table) or _problem_of_terms(terms):
        raise LookupError(f"{file}: {problem}")
    if not isinstance(title, str) or not title:
        raise LookupError(f"{file}: title says what the site is")
    floats = {name for name, value in LIMITS.items() if isinstance(value, float)}
    keys = {name: float(v) if name in floats else v for name, v in {**KEYS, **table}.items()}
    return Site(file.stem, title, keys, _policy(terms))


def _problem(table: Mapping[str, object]) -> str:
    """Return what is wrong with the keys of a crawl, or an empty text."""
    known = {**KEYS, **LIMITS}
    for name, value in table.items():
        if name not in known:
            return f"unknown key {name!r}{nearest(name, [*known, 'terms', 'title'])}"
        if wrong := values.problem(name, value, known[name]):
            return f"{name} must be {wrong}"
    if not table.get("start") and not table.get("sitemaps"):
        return "start or sitemaps must name an address"
    return ""


def _problem_of_terms(terms: object) -> str:
    if not isinstance(terms, dict):
        return "a table [terms] says what the operator permits"
    unknown = sorted(terms.keys() - {*TERMS, "duties"})
    missing = [name for name in TERMS if name not in terms]
    if unknown or missing:
        what = "unknown" if unknown else "missing"
        return f"[terms] {what}: {', '.join(unknown or missing)}"
    grants = get_args(Grant)
    if terms["training"] not in grants or terms["redistribution"] not in grants:
        return f"training and redistribution are one of {', '.join(grants)}"
    purposes = terms["purposes"]
    if not isinstance(purposes, list) or not purposes or set(purposes) - set(PURPOSES):
        return f"purposes are some of {', '.join(PURPOSES)}"
    if not isinstance(terms["confirmed"], bool):
        return "confirmed is true or false"
    if wrong := values.problem("duties", terms.get("duties", []), []):
        return f"duties must be {wrong}"
    texts = [terms[name] for name in ("licence", "evidence", "checked")]
    return "" if all(isinstance(text, str) for text in texts) else "terms are texts"


def _policy(terms: Mapping[str, object]) -> Policy:
    return Policy(
        licence=str(terms["licence"]),
        training=cast("Grant", terms["training"]),
        redistribution=cast("Grant", terms["redistribution"]),
        evidence=str(terms["evidence"]),
        checked=str(terms["checked"]),
        confirmed=bool(terms["confirmed"]),
        duties=tuple(cast("list[str]", terms.get("duties", []))),
        purposes=tuple(p for p in PURPOSES if p in cast("list[str]", terms["purposes"])),
    )
