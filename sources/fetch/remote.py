"""What a connector to a live source is: it lists what there is, and the fetch does the rest.

A connector is one file in `sources.fetch.remotes` with one subclass of `Remote`. It asks the client
for the source's own listing and yields a `Target` for each file. Where a file names further ones
(an article's metadata, its text) `follow` yields those.
"""

from __future__ import annotations

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from sources.fetch.addresses import Sent, place_of
from sources.fetch.errors import FetchError
from sources.fetch.limits import Limits
from sources.lookup import defined, nearest

if TYPE_CHECKING:
    from sources.fetch.client import Client

_PATH = re.compile(
    r"[^.\0-\x1f\x7f\\/][^\0-\x1f\x7f\\/]*(?:/[^.\0-\x1f\x7f\\/][^\0-\x1f\x7f\\/]*)*"
)
PAGES = 1_000_000
"""Pages of a list, at most."""

MOST_BYTES = 1 << 60
"""Larger sizes and counts are no such thing: databases cannot hold them."""

HASH_CHARS = 8
"""Digits of the hash of a recipe's options: two of one source are compared, never many."""

NO_ADDRESS = "no_address"
"""Rule of the error for an address of which no file can be told."""

PART_BYTES = 200
"""Bytes of one part of a path; file systems allow 255."""


@dataclass(frozen=True, slots=True)
class Target:
    """One file to have.

    Attributes:
        url: Its address.
        path: Its path in the source's folder, POSIX; its name in the ledger.
        size: Bytes, where the source states them exactly; None where it does not.
        about: Bytes, roughly, for estimates.
        checksum: ``md5:hex`` or ``sha256:hex``.
        sidecar: Address of a file that states its checksum.
        version: What the listing says of its state (date, entity tag): where that is what it was,
            nothing is asked for. Empty: the server is asked each time whether it has changed.
        expect: Format of its bytes (`sources.fetch.content.FORMATS`); empty: by its name.
        group: Files that `Remote.follow` needs together have one group and stand one after the
            other; empty: the file stands alone.
        counts: As how many it counts for the floor below which a source must not shrink: a page of
            records as many as it has.
        facts: What the source says about it, for those who read it.
    """

    url: str
    path: str
    size: int | None = None
    about: int | None = None
    checksum: str = ""
    sidecar: str = ""
    version: str = ""
    expect: str = ""
    group: str = ""
    counts: int = 1
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Had:
    """A file that is there, as `Remote.follow` sees it.

    Attributes:
        target: What was asked for.
        file: Where it lies.
    """

    target: Target
    file: Path


@dataclass(frozen=True, slots=True)
class Landed:
    """Where a body came from in the end, as `Remote.accept` sees it.

    Attributes:
        url: Address behind all redirects.
        headers: Of the answer, their names in lower case.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Remote(ABC):
    """Base of every connector.

    Attributes:
        name: Registered name; that of the source that reads its files.
        summary: One line.
        limits: Politeness and sizes that suit the source.
        options: Name and default of each further key of ``[sources.fetch]``; among them the
            addresses, which name the hosts that may be asked.
        addresses: Those options that are addresses.
        whole: Whether its files make sense only all together: where one fails, nothing is
            published.
        floor: Share of what the last snapshot counted that must still be there.
        counted: What `Target.counts` counts, for messages.
        follows: How often `follow` is asked: with the files of a group that are listed, then with
            those that it named, and so on; `PAGES` for lists of which each page names the next.
        readers: Sources that read its files; empty: the one of its own name.
        links: Whether what its files name are links of pages: several may name one file, which is
            had once, and some lead nowhere, which is no fault.
        judges: Options by which `accept` takes or leaves out files: where one is changed, the
            listed files are asked for anew.
        stated: What the source says of itself (year, date of a listing), filled by `plan`; it
            stands in the snapshot.
        root: Folder that paths in its options are relative to.
        contact: Whom the operator can write to, from the recipe.
        ahead: Requests beyond one for each group that `follow` will take, roughly, set by `plan`
            where it knows; for the time that a dry run says.
        generation: Stays the same until a fetch is done, or a day after one was stopped: the
            version for what has none, so that a fetch that was killed takes up its own files and
            the next one asks for all anew.

    Raises:
        ValueError: A value of an option is of no use; the message begins with its key.
    """

    name: ClassVar[str]
    summary: ClassVar[str] = ""
    limits: ClassVar[Limits] = Limits()
    options: ClassVar[Mapping[str, object]] = {}
    addresses: ClassVar[tuple[str, ...]] = ("url",)
    whole: ClassVar[bool] = False
    floor: ClassVar[float] = 0.95
    counted: ClassVar[str] = "files"
    follows: ClassVar[int] = 0
    readers: ClassVar[tuple[str, ...]] = ()
    links: ClassVar[bool] = False
    judges: ClassVar[tuple[str, ...]] = ()

    def __init__(self, options: Mapping[str, object]) -> None:
        self.config: dict[str, object] = {**self.options, **options}
        for key in self.addresses:
            # Names go behind it: an address that is a folder has a slash at its end.
            if str(self.options.get(key, "")).endswith("/"):
                self.config[key] = f"{str(self.config[key]).removesuffix('/')}/"
        self.stated: dict[str, str] = {}
        self.contact = self.generation = ""
        self.ahead = 0
        self.root = Path()

    @classmethod
    def defaults(cls, given: Mapping[str, object], root: Path) -> dict[str, object]:
        """Return its options and limits with the defaults that hold for a table of a recipe.

        Args:
            given: The table, as parsed.
            root: Folder of the recipe.

        Raises:
            LookupError: The table names no site that is known; the message says what to do.
        """
        return {**cls.options, **asdict(cls.limits)}

    @abstractmethod
    def plan(self, client: Client) -> Iterator[Target]:
        """Yield what there is to have, in the order in which it should be fetched.

        Args:
            client: Gets the listings.

        Raises:
            FetchError: There is no listing, or it contradicts itself.
        """

    def target(self, client: Client, address: str) -> Target:
        """Return the file of one address, for a look at it.

        Raises:
            FetchError: `NO_ADDRESS`: it is none of the web, or files are not told by addresses.
        """
        raise FetchError(NO_ADDRESS, f"{self.name}: only the first listed file can be looked at")

    def follow(self, group: Sequence[Had]) -> Iterable[Target]:
        """Yield the files that those of one group name; nothing by default.

        Of a file that it names, ``version`` says whether it has to be asked for again, as for one
        that is listed.

        Raises:
            FetchError: A file of the group does not hold what it should; with ``restart`` the
                whole group is fetched anew, a few times.
        """
        return ()

    def sent(self, url: str) -> Sent:
        """Return how an address is asked: by default as it is.

        Here go keys of the environment, and parameters that are too long for an address: what is
        returned stands in no snapshot and no message. Several threads call it.
        """
        return Sent(url)

    def judge(self, target: Target, file: Path) -> None:  # noqa: B027 - most have nothing to add
        """Refuse a file that came whole and does not hold what it should; by default none.

        Called before the file has its name. For what only the connector can see: an error with
        status 200, a page with fewer records than were asked for.

        Args:
            target: What was asked for.
            file: What came.

        Raises:
            FetchError: What is wrong; ``retryable`` where asking again may help, ``not_found``
                where the source says that it has it no more.
        """

    def count(self, target: Target, file: Path) -> int | None:
        """Return how many records a file holds, where the listing does not say it; by default None.

        The floor is then on those of the file that is there.
        """
        return None

    def accept(self, target: Target, file: Path, landed: Landed) -> str:
        """Take or refuse a file that came whole; by default as `judge` does.

        For connectors that also go by where redirects led, or by headers.

        Args:
            target: What was asked for.
            file: What came.
            landed: Where it came from.

        Returns:
            What it reserves for mining, in its own words; empty for nothing.

        Raises:
            UnwantedError: It is left out of the snapshot, which is no fault.
            FetchError: As `judge`.
        """
        self.judge(target, file)
        return ""

    def notes(self) -> list[str]:
        """Return lines worth reading about what `plan` and `follow` found; one subject each."""
        return []

    def rules(self, target: Target) -> list[tuple[str, str]]:
        """Return the rules of its own by which it takes a file: key of the table, and value."""
        return []

    def judging(self) -> str:
        """Return a hash of the options by which files are taken; empty where none are."""
        return self._hash(self.judges)

    def following(self) -> str:
        """Return a hash of the options by which `follow` goes; empty where it is not asked.

        Limits are none of them. It may be asked once too often: of what it names only that is
        fetched which is not there in this version.
        """
        return self._hash(sorted(self.options)) if self.follows else ""

    def _hash(self, keys: Sequence[str]) -> str:
        said = json.dumps([self.config[key] for key in keys])
        return hashlib.sha256(said.encode()).hexdigest()[:HASH_CHARS] if keys else ""

    def may_vanish(self, path: str) -> bool:
        """Tell whether a file may disappear from the source without that being a fault."""
        return True

    def hosts(self) -> frozenset[str]:
        """Return the hosts of its addresses."""
        return frozenset(host_of(key, str(self.config[key])) for key in self.addresses)


def page_number(target: Target) -> int:
    """Return the number of a page of a list, by which its file is named."""
    return int(target.path.rpartition("/")[2].partition(".")[0])


def host_of(key: str, address: str) -> str:
    """Return the host of an address that a key of the table names.

    Raises:
        ValueError: It is no address of the web; the message begins with the key.
    """
    try:
        return place_of(address).name
    except ValueError:
        raise ValueError(f"{key}: {address!r:.100} is no http or https address") from None


def check(target: Target) -> Target:
    """Return a target whose path is one that may be written.

    Raises:
        FetchError: ``bad_path``: it is absolute, leads outside, is hidden, or has odd characters;
            ``bad_size``.
    """
    path = target.path
    short = len(path) * 4 <= PART_BYTES or all(
        len(part.encode()) <= PART_BYTES for part in path.split("/")
    )
    if not short or not _PATH.fullmatch(path):
        raise FetchError("bad_path", f"{target.path!r:.200}: the listing names no usable path")
    if max(target.size or 0, target.about or 0, target.counts) > MOST_BYTES:
        raise FetchError("bad_size", f"{path}: the listing states a size that cannot be")
    return target


def named(targets: Iterable[Target]) -> list[Target]:
    """Return the files that a group names, each once.

    Raises:
        FetchError: ``listing_conflict``: two addresses for one path; or as `check`.
    """
    found: dict[str, Target] = {}
    for target in targets:
        if found.setdefault(target.path, check(target)).url != target.url:
            said = f"{target.path}: named twice, for two addresses; one of them would be lost"
            raise FetchError("listing_conflict", said)
    return list(found.values())


def names() -> list[str]:
    """Return the names of all connectors, sorted, without importing any."""
    folder = Path(__file__).parent / "remotes"
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def get(name: str) -> type[Remote]:
    """Return the class of a connector.

    Raises:
        LookupError: There is none of that name; the message lists them.
    """
    if name not in names():
        hint = nearest(name, names())
        raise LookupError(f"nothing can be fetched for {name!r}{hint} ({', '.join(names())} can)")
    return defined(f"sources.fetch.remotes.{name}", Remote, name)  # type: ignore[type-abstract]
