"""Whether bytes are what they should be: told as they come, before anything is kept.

An error page with status 200, an archive without its end, a page that silently stops: each is
noticed here, whatever the headers said.
"""

from __future__ import annotations

import errno
import hashlib
import lzma
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any, cast

from isal import isal_zlib

from sources.fetch.addresses import shown
from sources.fetch.errors import FetchError
from sources.fetch.limits import HEAD_BYTES, RATIO_FROM_BYTES, TAIL_BYTES, Limits

FORMATS = ("xml", "json", "csv", "html", "text", "zip", "parquet", "any")
"""What a body can be expected to be; with ``.gz`` behind it, packed."""

_SUFFIXES = {"nxml": "xml", "xml": "xml", "json": "json", "csv": "csv", "txt": "text",
             "zip": "zip", "parquet": "parquet"}  # fmt: skip
_BLANK = re.compile(rb"\s*")
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.I)
_ROOT = re.compile(rb"<([A-Za-z_][^\s/>!?]*)")
_MISC = {b"<!--": b"-->", b"<?": b"?>"}
_NO_ELEMENTS = {**_MISC, b"<![CDATA[": b"]]>"}
_MAGIC = {"zip": (b"PK\3\4",), "parquet": (b"PAR1",)}
_STEP = 1 << 20
_UNPACK_ERROR = cast("type[Exception]", isal_zlib.error)


def format_of(path: str) -> str:
    """Return the format that a file name promises."""
    stem, _, packed = path.lower().rpartition(".")
    if packed == "gz":
        return f"{_SUFFIXES.get(stem.rpartition('.')[2], 'any')}.gz"
    return _SUFFIXES.get(packed, "any")


def looks_like_page(head: bytes) -> bool:
    """Tell whether bytes begin as a web page; comments and an XML declaration may come first."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    at, behind = -1, 0
    while at < behind:
        at = _blank(head, behind)
        behind = _behind(head, at, instruction=b">")  # as HTML ends one
    return behind == at and _PAGE.match(head, at) is not None


class Inspector:
    """Reads a body as it comes: sums, size, content at both ends, packing.

    Args:
        url: For messages.
        expected: One of `FORMATS`, possibly with ``.gz``.
        limits: Sizes.
        keep: Bytes of the content to keep in `kept`, and a few more where there are more.
    """

    def __init__(self, url: str, expected: str, limits: Limits, *, keep: int = 0) -> None:
        self._url, self._limits = url, limits
        self._format = expected.removesuffix(".gz")
        self._sums = {"sha256": hashlib.sha256(), "md5": hashlib.md5(usedforsecurity=False)}
        self._gunzip = _Gunzip(self) if expected.endswith(".gz") else None
        self._head = bytearray()
        self._tail = b""
        self._keep = keep
        self.kept = bytearray()
        self.size = 0

    def update(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            FetchError: ``too_large``, ``not_gzip``, ``damaged``, ``bomb``.
        """
        self.size += len(data)
        if self.size > self._limits.object_bytes:
            raise self.error("too_large", f"more than {self._limits.object_bytes:,} bytes")
        for sum_ in self._sums.values():
            sum_.update(data)
        if self._gunzip:
            self._gunzip.update(data)
        else:
            self.content(data)

    def content(self, data: bytes) -> None:
        """Take the next bytes of the content, unpacked."""
        if self._keep and len(self.kept) <= self._keep:
            self.kept += data
        if len(self._head) < HEAD_BYTES:
            self._head += data[: HEAD_BYTES - len(self._head)]
        self._tail = data[-TAIL_BYTES:] if len(data) >= TAIL_BYTES else (
            (self._tail + data)[-TAIL_BYTES:]
        )  # fmt: skip

    def finish(self, checksum: str = "", *, empty: bool = False) -> None:
        """Judge the whole body.

        Args:
            checksum: ``md5:hex`` or ``sha256:hex`` that it must have; empty for none.
            empty: Whether it may have no content.

        Raises:
            FetchError: ``wrong_checksum``, ``truncated``, ``html_page``, ``not_xml``,
                ``not_json``, ``not_zip``, ``not_parquet``, ``empty``.
        """
        if self.size:
            self._whole()
        if not self._head and not empty:
            raise self.error("empty", "an empty answer")
        kind, _, wanted = checksum.partition(":")
        if checksum and self.digest(kind) != wanted:
            raise self.error("wrong_checksum", f"its {kind} is not the one that the source states")

    def digest(self, kind: str) -> str:
        """Return a checksum as hex: ``sha256`` or ``md5``."""
        return self._sums[kind].hexdigest()

    def error(self, rule: str, problem: str) -> FetchError:
        """Return the error for a body that is not what it should be; it is fetched anew."""
        lasting = rule in ("too_large", "bomb")
        return FetchError(rule, f"{shown(self._url)}: {problem}", retryable=not lasting, fresh=True)

    def _whole(self) -> None:
        head = bytes(self._head).removeprefix(b"\xef\xbb\xbf")
        if self._format not in ("html", "any") and looks_like_page(head):
            raise self.error("html_page", f"an HTML page in place of {self._format}")
        if self._gunzip and not self._gunzip.whole:
            raise self.error("truncated", "the packed data end before their end marker")
        if self._format == "xml":
            self._xml(head)
        elif magic := _MAGIC.get(self._format):
            if not head.startswith(magic):
                raise self.error(f"not_{self._format}", f"no {self._format} file")
            if self._format == "parquet" and not self._tail.endswith(magic):
                raise self.error("truncated", "a Parquet file without its end")
        elif self._format == "json":
            if head.lstrip()[:1] not in (b"{", b"["):
                raise self.error("not_json", "no JSON")
            if self._tail.rstrip()[-1:] not in (b"}", b"]"):
                raise self.error("truncated", "JSON without its end")

    def _xml(self, head: bytes) -> None:
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return  # UTF-16: the parser will judge
        if not head.lstrip().startswith(b"<"):
            raise self.error("not_xml", "no XML")
        root = _first_element(head)
        if not root and len(self._head) == HEAD_BYTES:
            return  # so much before the first element: the parser will judge
        if not root:
            raise self.error("truncated", "XML without any element")
        name = re.escape(root)
        if not re.search(rb"<(?:/%b\s*|%b[^<>]*/)>\Z" % (name, name), _to_element(self._tail)):
            raise self.error("truncated", "XML without the end of its root element")


def check_zip(file: Path, url: str, limits: Limits) -> None:
    """Judge a zip archive on disk: its directory, its sizes, and the checksum of each member.

    The directory stands at the end, so that nothing can be told of an archive while it comes.

    Args:
        file: The archive.
        url: For messages.
        limits: Sizes of the content.

    Raises:
        FetchError: ``truncated``, ``damaged`` or ``bomb``.
    """
    where = shown(url)
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(member.file_size for member in archive.infolist())
            ratio = limits.unpacked_ratio * file.stat().st_size
            if size > limits.unpacked_bytes or size > max(ratio, RATIO_FROM_BYTES):
                said = f"{where}: unpacks to {size:,} bytes: refused"
                raise FetchError("bomb", said, fresh=True)
            bad = archive.testzip()
    except zipfile.BadZipFile as error:
        lost = "not a zip" in str(error)
        said = "a zip archive without its end" if lost else "a damaged zip archive"
        rule = "truncated" if lost else "damaged"
        raise FetchError(rule, f"{where}: {said}", retryable=True, fresh=True) from None
    # Of the decoders, of a name that is no UTF-8, and RuntimeError for what is encrypted or packed
    # by an unknown method.
    except (zlib.error, lzma.LZMAError, EOFError, UnicodeDecodeError, RuntimeError):
        bad = "?"
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # bz2's has no number; EINVAL: a wild offset
            raise
        bad = "?"
    if bad is not None:
        said = f"{where}: a member of the zip archive is damaged"
        raise FetchError("damaged", said, retryable=True, fresh=True)


def _blank(text: bytes, at: int) -> int:
    """Return where the blanks at a place end."""
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _behind(text: bytes, at: int, instruction: bytes = b"?>") -> int:
    """Return where the comment, instruction or CDATA section at a place ends.

    By search for its end: an expression that takes any number of them takes exponential time.

    Args:
        text: XML, or HTML.
        at: The place.
        instruction: What ends an instruction.

    Returns:
        The place behind it; ``at`` where there is none, -1 where it does not end.
    """
    for begin, end in _NO_ELEMENTS.items():
        if text.startswith(begin, at):
            end = instruction if begin == b"<?" else end
            found = text.find(end, at + len(begin))
            return found + len(end) if found >= 0 else -1
    return at


def _first_element(head: bytes) -> bytes:
    """Return the name of the first element; empty where there is none."""
    at = 0
    while (at := head.find(b"<", at)) >= 0:
        behind = _behind(head, at)
        if behind < 0:
            break
        if behind == at and (found := _ROOT.match(head, at)):
            return bytes(found[1])
        at = max(behind, at + 1)
    return b""


def _to_element(tail: bytes) -> bytes:
    """Return the end of an XML document up to its last tag: without what may stand behind it."""
    while True:
        tail = tail.rstrip()
        begin = next((b for b, e in _MISC.items() if tail.endswith(e)), None)
        if begin is None or (at := tail.rfind(begin)) < 0:
            return tail
        tail = tail[:at]


class _Gunzip:
    """Unpacks gzip members one after the other, and counts what comes out."""

    def __init__(self, owner: Inspector) -> None:
        self._owner = owner
        self._member: Any = isal_zlib.decompressobj(wbits=31)
        self._begun = False
        self._packed = self._out = 0
        self.whole = False

    def update(self, data: bytes) -> None:
        if not self._packed and data[:2] not in (b"\x1f\x8b", b"\x1f"):
            what = "a page in place of gzip data" if looks_like_page(data) else "no gzip data"
            raise self._owner.error("not_gzip", what)
        self._packed += len(data)
        while data:
            if not self._begun:
                data = data.lstrip(b"\0")  # zero padding between members
                if not data:
                    return
                self._begun, self.whole = True, False
            try:
                out = self._member.decompress(data, _STEP)
            except _UNPACK_ERROR:
                raise self._owner.error("damaged", "packed data that cannot be unpacked") from None
            self._count(out)
            data = self._member.unconsumed_tail
            while not data and len(out) == _STEP:  # what the decoder had no room for
                out = self._member.decompress(b"", _STEP)
                self._count(out)
            if self._member.eof:
                data = self._member.unused_data
                self._member, self._begun = isal_zlib.decompressobj(wbits=31), False
                self.whole = True

    def _count(self, out: bytes) -> None:
        self._out += len(out)
        limits = self._owner._limits
        ratio = limits.unpacked_ratio * max(self._packed, 1)
        if self._out > limits.unpacked_bytes or self._out > max(ratio, RATIO_FROM_BYTES):
            raise self._owner.error("bomb", f"unpacks to more than {self._out:,} bytes: refused")
        self._owner.content(out)
