"""Downloads: a body on disk that is whole and checked, or none.

What breaks off is gone on with, in the same process or in a later one, where the server proves by
an entity tag or a date that it is still the same body (``If-Range``; RFC 9110, 13.1.5).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sources.fetch.addresses import shown
from sources.fetch.checksums import sidecar
from sources.fetch.client import NO_RANGE, OK, PARTIAL, UNCHANGED, Client, lowered
from sources.fetch.content import Inspector, check_zip, format_of
from sources.fetch.dates import moment
from sources.fetch.errors import FetchError
from sources.fetch.limits import CHUNK_BYTES
from sources.fetch.remote import Landed, Target
from sources.fetch.robots import opt_out

SETTLED_S = 60
"""Age from which a date of change is proof."""

STEPS = 100
"""Into as many parts a body is divided, at most: an attempt that ends one begins the count anew."""

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class Validators:
    """By what a server tells whether a body is still the same.

    Attributes:
        etag: Entity tag as sent.
        modified: Last-Modified as sent.
    """

    etag: str = ""
    modified: str = ""

    def conditions(self) -> dict[str, str]:
        """Return the headers that ask for a body only where it has changed."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in headers.items() if value}

    def strong(self) -> str:
        """Return what If-Range can name: a strong entity tag, else the date, else nothing."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


@dataclass(frozen=True, slots=True)
class _Begun:
    """What is known of a body of which a part is there.

    Attributes:
        validators: As its server sent them.
        total: Bytes of the whole; 0 where its server did not say.
    """

    validators: Validators
    total: int

    def continued_by(self, stated: Mapping[str, str], start: int) -> bool:
        """Tell whether an answer 206 holds what follows ``start`` in the same body.

        It may hold less than all of that (RFC 9110, 15.3.7).
        """
        found = _RANGE.fullmatch(stated.get("content-range", "").strip())
        etag, modified = self.validators.etag, self.validators.modified
        return (
            found is not None
            and int(found[1]) == start
            and found[3] in ("*", str(self.total))
            and (not etag or stated.get("etag") == etag)
            and (not modified or stated.get("last-modified", modified) == modified)
        )


@dataclass(frozen=True, slots=True)
class Known:
    """The copy that is there.

    Attributes:
        validators: As its server sent them.
        checksums: ``md5:hex`` and ``sha256:hex``.
    """

    validators: Validators
    checksums: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole, checked body on disk.

    Attributes:
        size: Bytes.
        sha256: Checksum as hex.
        md5: Checksum as hex.
        validators: For the next time.
        opt_out: What the answer reserves for mining; empty for nothing.
        received: Bytes that came over the line in this fetch.
    """

    size: int
    sha256: str
    md5: str
    validators: Validators
    opt_out: str
    received: int


Accept = Callable[[Target, Path, Landed], str]
"""Has the last word on a whole body (`sources.fetch.remote.Remote.accept`)."""


def download(
    client: Client,
    target: Target,
    part: Path,
    known: Known | None = None,
    *,
    left: bool = True,
    accept: Accept | None = None,
) -> Fetched | None:
    """Fetch a body to a file that is forced to disk.

    Args:
        client: Asks.
        target: What to fetch.
        part: Where to; what lies there of an earlier attempt is gone on with.
        known: The copy that is there; None where there is none.
        left: Whether something of an earlier process can lie there.
        accept: Raises a `FetchError` for a whole body that does not hold what it should, and says
            what it reserves for mining.

    Returns:
        What was fetched; None where the copy that is there is still right.

    Raises:
        FetchError: It could not be had whole; what is left in ``part`` is of use for the next
            attempt only.
    """
    one = _Download(client, target, part, known, left, accept)
    return client.persist(one.attempt, one.progress)


class _Download:
    """One body on its way to disk, over several attempts."""

    def __init__(
        self,
        client: Client,
        target: Target,
        part: Path,
        known: Known | None,
        left: bool,
        accept: Accept | None,
    ) -> None:
        self._accept = accept
        self._landed = Landed(target.url)
        self._client, self._target, self._part, self._known = client, target, part, known
        self._checksum = target.checksum
        self._expected = target.expect or format_of(target.path)
        self._resumable = left and self._meta.exists()

    @property
    def _meta(self) -> Path:
        """Where the note lies by which this part can be gone on with; small bodies have none."""
        return Path(f"{self._part}.json")

    def progress(self) -> int:
        """Return the steps to the end that were made, `STEPS` at most.

        A few bytes are none, so that no server can have itself asked without end.
        """
        begun = self._begun()
        if begun is None:
            return 0
        step = max(self._client.limits.resume_bytes, begun.total // STEPS)
        return self._there() // step

    def _there(self) -> int:
        """Return the bytes that a further attempt can build on."""
        if not self._resumable:
            return 0
        try:
            return self._part.stat().st_size
        except FileNotFoundError:
            return 0

    def attempt(self) -> Fetched | None:
        """Try once; what is worthless afterwards is removed."""
        try:
            got = self._attempt()
            # Not before the host's queue is free: a connector may ask about what came.
            return self._accepted(got) if got else None
        except FetchError as error:
            if error.fresh or not self._resumable:
                self._discard()
                self._checksum = self._target.checksum
            raise

    def _attempt(self) -> Fetched | None:
        target, known = self._target, self._known
        if target.sidecar and not self._checksum:
            self._checksum = self._stated()
        if known and self._checksum in known.checksums:
            return None
        start = self._there()
        begun = self._begun() if start else None
        headers: dict[str, str] = {}
        if begun:
            headers = {"Range": f"bytes={start}-", "If-Range": begun.validators.strong()}
        elif known and not self._checksum:
            headers = known.validators.conditions()
        with self._client.request(target.url, headers) as answer:
            stated = lowered(answer.headers)
            self._landed = Landed(answer.url or target.url, stated)
            if answer.status == UNCHANGED:
                return None
            if answer.status == OK:
                start, begun = 0, self._prepare(stated, answer.length_remaining)
            assert begun is not None  # else no part was asked for, and the client takes none
            if answer.status == NO_RANGE:
                self._check_whole(stated, start, begun)
                return self._taken(start, begun, iter(()), opt_out(stated))
            if answer.status == PARTIAL and not begun.continued_by(stated, start):
                said = "answers with another part than asked for"
                raise self._error("wrong_range", said, fresh=True)
            body = self._client.bodies(answer, target.url)
            return self._taken(start, begun, body, opt_out(stated))

    def _taken(self, start: int, begun: _Begun, body: Iterator[bytes], reserved: str) -> Fetched:
        """Write a body behind what is there, judge the whole, and force it to disk."""
        target = self._target
        inspector = Inspector(target.url, self._expected, self._client.limits)
        received = 0
        with self._part.open("r+b" if start else "wb") as stream:
            while start and (data := stream.read(CHUNK_BYTES)):
                inspector.update(data)
            for data in body:
                inspector.update(data)
                stream.write(data)
                received += len(data)
            if inspector.size < begun.total:
                said = f"only {inspector.size:,} of {begun.total:,} bytes came"
                raise self._error("cut_off", said, retryable=True)
            if begun.total and inspector.size > begun.total:
                said = f"{inspector.size:,} bytes came of {begun.total:,}"
                raise self._error("wrong_range", said, fresh=True)
            if target.size is not None and inspector.size != target.size:
                said = f"{inspector.size:,} bytes instead of {target.size:,}"
                raise inspector.error("wrong_size", said)
            inspector.finish(self._checksum)
            stream.flush()
            os.fsync(stream.fileno())
        self._forget()
        return Fetched(
            inspector.size,
            inspector.digest("sha256"),
            inspector.digest("md5"),
            begun.validators,
            reserved,
            received,
        )

    def _accepted(self, got: Fetched) -> Fetched:
        """Look into what came, and let the connector do so; what it refuses is worthless.

        Returns:
            What came, with what it reserves for mining in itself.
        """
        if self._expected == "zip":
            check_zip(self._part, self._target.url, self._client.limits)
        if self._accept is None:
            return got
        try:
            reserves = self._accept(self._target, self._part, self._landed)
        except FetchError as error:
            error.fresh = True
            raise
        said = "; ".join(filter(None, (got.opt_out, reserves)))
        return replace(got, opt_out=said) if reserves else got

    def _stated(self) -> str:
        """Return the checksum that the file beside the file states."""
        name = self._target.path.rsplit("/", 1)[-1]
        page = self._client.page_once(self._target.sidecar, "text")
        checksum = sidecar(page.text, name)
        if not checksum:
            said = f"{shown(self._target.sidecar)}: states no checksum of {name}"
            raise FetchError("no_checksum", said, retryable=True)
        return checksum

    def _begun(self) -> _Begun | None:
        """Return what is known of what lies there, where it can be gone on with."""
        if not self._resumable:
            return None
        try:
            meta = json.loads(self._meta.read_bytes())
            found = Validators(str(meta["etag"]), str(meta["modified"]))
            mine = meta["url"] == self._target.url and found.strong()
            return _Begun(found, int(meta["total"])) if mine else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _prepare(self, stated: Mapping[str, str], size: int | None) -> _Begun:
        """Refuse what is no body of this target; note what is known of a large one."""
        self._forget()
        packing = stated.get("content-encoding", "identity")
        if packing not in ("", "identity") and not self._expected.endswith(".gz"):
            raise self._error("encoded", f"sent as {packing!r:.20} though it was not asked for")
        total = size or 0
        if total > self._client.limits.object_bytes:
            raise self._error("too_large", f"{total:,} bytes; object_bytes allows fewer")
        found = Validators(stated.get("etag", ""), stated.get("last-modified", ""))
        proof = found.strong()
        lasting = proof and (proof == found.etag or _settled(stated))
        if total >= self._client.limits.resume_bytes and lasting:
            meta = {"url": self._target.url, **asdict(found), "total": total}
            self._meta.write_text(json.dumps(meta))
            self._resumable = True
        return _Begun(found, total)

    def _check_whole(self, stated: Mapping[str, str], start: int, begun: _Begun) -> None:
        """Refuse, where the server has nothing behind our end and the end is not ours."""
        if start != begun.total or stated.get("content-range", "").strip() != f"bytes */{start}":
            raise self._error("wrong_range", "is not as long as what is there", fresh=True)

    def _discard(self) -> None:
        self._part.unlink(missing_ok=True)
        self._forget()

    def _forget(self) -> None:
        """Remove the note by which this part could be gone on with."""
        if self._resumable:
            self._meta.unlink(missing_ok=True)
            self._resumable = False

    def _error(
        self, rule: str, problem: str, *, retryable: bool = False, fresh: bool = False
    ) -> FetchError:
        said = f"{shown(self._target.url)}: {problem}"
        return FetchError(rule, said, retryable=retryable or fresh, fresh=fresh)


def _settled(stated: Mapping[str, str]) -> bool:
    """Tell whether a date of change proves that two bodies are the same (RFC 9110, 8.8.2.2).

    Within one second, or with clocks that differ, there may be two of one date.
    """
    sent, changed = (moment(stated.get(name, "")) for name in ("date", "last-modified"))
    return sent is not None and changed is not None and sent - changed >= SETTLED_S
