"""The table ``[sources.fetch]``: what a fetch of one source may do, checked and filled in."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Mapping

from curation.schema import ROBOTS
from curation.toml_reader import Reader
from sources.fetch import values

GENERAL: Mapping[str, object] = {"robots": "obey", "only": [], "hosts": [], "networks": []}
"""Keys that every connector has beside its own, ``remote``, ``floor`` and the limits."""

MEANINGS: Mapping[str, str] = {
    "remote": "Connector that fetches; default: that of the source.",
    "floor": "Share of the files of the last snapshot that must still be there.",
    "robots": "Whether robots.txt is obeyed; it is recorded in any case.",
    "only": "Patterns of which a file must fit one, by name or path; empty: all files.",
    "hosts": "Hosts that may be asked beside those of its addresses.",
    "networks": "Networks that may be asked though they are private, such as 10.0.0.0/8.",
}
"""What the general keys mean, for `curation recipe show`."""


_HOST = re.compile(r"([^\s:/@?#\[\]]+|\[[0-9a-fA-F:.]+\])(:\d+)?")
"""A name or address, and a port where it is not that of the scheme."""


def fetch_table(reader: Reader, table: str, use: str, value: object) -> dict[str, object]:
    """Check a table ``[sources.fetch]`` and fill in its defaults.

    Args:
        reader: Names the lines of errors.
        table: Its place, ``sources#0.fetch``.
        use: The source; its connector is the default.
        value: As parsed.

    Returns:
        All keys, those of the connector and the limits included.

    Raises:
        RecipeError: An unknown key or connector, a value of a wrong type, or one that the
            connector refuses.
    """
    from sources.fetch import remote as remotes

    if not isinstance(value, dict):
        raise reader.error(table, "", "fetch is a table: write [sources.fetch] and its keys below")
    name = value.get("remote", use)
    try:
        declared = remotes.get(str(name))
    except LookupError as error:
        raise reader.error(table, "remote", str(error)) from None
    filled: dict[str, object] = {"remote": declared.name, "floor": declared.floor, **GENERAL}
    try:
        filled |= declared.defaults(value, reader.root)
    except LookupError as error:
        raise reader.error(table, "site", str(error)) from None
    for key, given in value.items():
        if key not in filled:
            reader.unknown("[sources.fetch]", key, list(filled), table)
        if isinstance(given, datetime.date) and isinstance(filled[key], str):
            given = given.isoformat()
        if problem := _problem(key, given, filled[key]):
            raise reader.error(table, key, f"{key} must be {problem}, not {given!r}")
        filled[key] = float(given) if isinstance(filled[key], float) else given
    try:
        declared({key: filled[key] for key in declared.options}).hosts()
    except ValueError as error:  # a value that only the connector can judge: it names the key
        raise reader.error(table, str(error).split()[0].rstrip(":"), str(error)) from None
    return filled


def _problem(key: str, value: object, default: object) -> str:
    """Return what a value must be and is not, or an empty text."""
    if key == "robots":
        return "" if value in ROBOTS else " or ".join(map(repr, ROBOTS))
    if key == "floor":
        good = values.is_number(value) and 0 <= float(value) <= 1  # type: ignore[arg-type]
        return "" if good else "a number from 0 to 1"
    if key == "hosts":
        return "" if _are_hosts(value) else 'a list of hosts such as ["data.example.org"]'
    if key == "networks":
        return "" if _are_networks(value) else 'a list of networks such as ["10.0.0.0/8"]'
    return values.problem(key, value, default)


def _are_hosts(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, str) and _HOST.fullmatch(item) for item in value
    )


def _are_networks(value: object) -> bool:
    try:
        return isinstance(value, list) and all(ipaddress.ip_network(item) for item in value)
    except ValueError:
        return False
