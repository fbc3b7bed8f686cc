"""PubMed XML cut into records by their tags, without parsing: a stream in, slices of bytes out.

A parser over a whole file builds reference lists and histories that nobody reads. Slices are found
at memory speed and parsed one by one, so that a malformed record costs itself and not the file.

Why cutting by bytes is sound: in XML a literal ``<`` opens markup everywhere except in comments,
CDATA sections and processing instructions. Those are blanked out in a copy that is used for
searching only; the slice itself is taken from the original bytes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from sources.items import SourceError

BLOCK = 1 << 20
"""Bytes read at a time: a window that stays in the cache of the processor is twice as fast."""

RECORD_LIMIT = 64 << 20
"""A record longer than this is damage: the longest real one is below 2 MB, references included."""

ROOTS = frozenset({b"PubmedArticleSet", b"PubmedBookArticleSet", b"MedlineCitationSet"})
"""Root elements of the yearly files, of E-utilities, and of the yearly files before 2017."""

RECORDS = frozenset(
    {b"PubmedArticle", b"PubmedBookArticle", b"MedlineCitation", b"DeleteCitation",
     b"DeleteDocument"}
)  # fmt: skip
"""Elements that stand below the root, each a slice."""

_NAME = re.compile(rb"<(/?)([A-Za-z_][\w.:-]{0,60})(?=[\s/>])")
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_DOCTYPE_HEAD = re.compile(rb"<!DOCTYPE(?:[^\[<>\"']|\"[^\"]*\"|'[^']*')*")
_PREFIXES = re.compile(rb"\sxmlns:[\w.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*')")
# Codecs of text only: Python's registry also holds compressors.
_TEXT_CODECS = ("utf-", "iso8859-", "cp125", "ascii", "latin")
_HIDDEN = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"))

# More than the longest name of a tag, or than what marks a comment or document type.
_TAG = 80
_NEAR = 25_000

Slice = tuple[str, bytes, int]
"""Name of the record's element, its bytes (UTF-8, no declaration), its offset in the stream."""


def slices(stream: BinaryIO) -> Iterator[Slice]:
    """Yield the records of a stream in their order, with memory for a few blocks.

    Several documents one after the other (answers of E-utilities pasted together) are read as one.

    Args:
        stream: Decompressed bytes, read forward only.

    Yields:
        Name, bytes and offset of each record; offsets count bytes of the UTF-8 form.

    Raises:
        SourceError: ``empty``, ``not_xml``, ``entity``, ``truncated``, ``no_records``, ``damaged``;
            what was complete before has been yielded.
    """
    return _Cutter(stream).run()


def next_hidden(data: bytes, start: int) -> int:
    """Return the position of the next ``<!`` or ``<?``, or -1.

    Single bytes are searched for, because that is memchr: both marks are rare in PubMed.
    """
    found = -1
    for mark in (b"!", b"?"):
        at = data.find(mark, start + 1)
        while at >= 0 and data[at - 1] != 60:
            at = data.find(mark, at + 1)
        if at >= 0 and (found < 0 or at - 1 < found):
            found = at - 1
    return found


def _transcoder(head: bytes) -> tuple[codecs.IncrementalDecoder | None, int]:
    """Return a decoder for anything but UTF-8, and the length of a byte order mark to drop."""
    if head.startswith(codecs.BOM_UTF8):
        return None, 3
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return codecs.getincrementaldecoder("utf-16")(), 0
    found = _ENCODING.match(head.lstrip()[:300])
    name = found[1].decode().lower() if found else "utf-8"
    if name in ("utf-8", "us-ascii", "ascii"):
        return None, 0
    try:
        codec = codecs.lookup(name)
    except LookupError:
        codec = None
    if codec is None or not codec.name.startswith(_TEXT_CODECS) or codec.name.startswith("utf-7"):
        raise SourceError("not_xml", f"declares the unknown encoding {name!r}")
    return codecs.getincrementaldecoder(name)(), 0


class _Cutter:
    """The state of one pass: a window on the stream, and whether a root is open.

    Attributes:
        data: Window on the stream as read.
        view: The same length, with hidden markup blanked out; mostly the same object.
        at: Position in the window up to which records were taken.
        base: Offset of the window in the stream.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder: codecs.IncrementalDecoder | None = None
        self._ended = False
        self._root = b""
        self._rooted = False
        self._wrap = (b"", b"")
        self._count = 0
        self._clear_to = 0
        self.data = self.view = b""
        self.at = self.base = 0

    def run(self) -> Iterator[Slice]:
        self._open()
        while self._seek_tag():
            name, closes = self._tag()
            if closes:
                self._root = b""
                self.at = self._find(b">", self.at) + 1
            elif name in RECORDS:
                yield self._record(name)
            elif not self._root:
                self._enter_root(name)
            elif name == b"ERROR":
                message = f"an answer with an ERROR element {self._place()}: ask for it again"
                raise SourceError("no_records", message)
            else:
                self._skip_element(name)
        if self._root:
            where = f"after {self._count:,} whole records, at byte {self.base + len(self.data):,}"
            raise SourceError("truncated", f"ends without its closing tag {where}: fetch it again")
        if not self._count and not self._rooted:
            raise SourceError("truncated", "ends before its first element: fetch it again")
        if not self._count:
            raise SourceError("no_records", "a set without any record")

    # -- the window ------------------------------------------------------------------------------

    def _open(self) -> None:
        head = self._stream.read(BLOCK)
        if not head.strip():
            raise SourceError("empty", "holds no bytes" if not head else "holds blanks only")
        self._decoder, drop = _transcoder(head)
        self._append(head[drop:])
        if not self.data.lstrip().startswith(b"<"):
            raise SourceError("not_xml", "does not begin with markup: no PubMed XML")

    def _append(self, block: bytes) -> None:
        if self._decoder is not None:
            try:
                block = self._decoder.decode(block, not block).encode()
            except UnicodeError:
                message = f"does not hold what its encoding says {self._place()}"
                raise SourceError("damaged", message) from None
        rest, seen = self.data[self.at :], self.view[self.at :]
        self.data = rest + block
        self.view = self.data if seen == rest else seen + block
        self._clear_to = max(self._clear_to - self.at, 0)
        self.base += self.at
        self.at = 0
        self._blank_hidden()

    def _more(self) -> bool:
        """Read a block into the window; false at the end of the stream."""
        if self._ended:
            return False
        if len(self.data) - self.at > RECORD_LIMIT:
            limit = RECORD_LIMIT >> 20
            raise SourceError("damaged", f"no end within {limit} MiB {self._place()}")
        block = self._stream.read(BLOCK)
        self._ended = not block
        self._append(block)
        return True

    def _blank_hidden(self) -> None:
        """Blank comments, CDATA and instructions out of the view, from where that was left."""
        at = self._clear_to
        pieces: list[bytes] = []
        taken = 0
        while (start := next_hidden(self.data, at)) >= 0:
            for opening, closing in _HIDDEN:
                if self.data.startswith(opening, start):
                    end = self.data.find(closing, start + len(opening))
                    break
            else:  # A document type, which stays, or the first bytes of one of the others.
                if len(self.data) - start < 9 and not self._ended:
                    end = -1
                else:
                    at = start + 2
                    continue
            if end < 0:
                self._clear_to = start
                break
            at = end + len(closing)
            pieces += (self.view[taken:start], b" " * (at - start))
            taken = at
        else:
            # The last byte may be a "<" whose mark comes with the next block.
            self._clear_to = max(at, len(self.data) - 1)
        if pieces:
            self.view = b"".join((*pieces, self.view[taken:]))

    def _find(self, what: bytes, start: int) -> int:
        """Position of something that must come, reading on as needed.

        Args:
            what: Markup to find outside of comments and the like.
            start: Where to begin, in the window as it is now.

        Returns:
            Position in the window as it is then: ``at`` has moved with it.

        Raises:
            SourceError: ``truncated``, the stream ends before.
        """
        ahead = start - self.at
        while True:
            found = self.view.find(what, self.at + ahead)
            if found >= 0 and (found + len(what) <= self._clear_to or self._ended):
                return found
            whole = len(self.view) - len(what) + 1 if found < 0 else found
            ahead = max(whole - self.at, ahead)
            if not self._more():
                raise SourceError(
                    "truncated",
                    f"ends inside record {self._count + 1:,}, which begins at byte "
                    f"{self.base + self.at:,}: fetch it again",
                )

    def _place(self) -> str:
        return f"after {self._count:,} records, at byte {self.base + self.at:,}"

    # -- markup between the records --------------------------------------------------------------

    def _seek_tag(self) -> bool:
        """Move to the next tag below the root; false at the end of the stream."""
        while True:
            found = self.view.find(b"<", self.at)
            if found >= 0 and (found + _TAG <= self._clear_to or self._ended):
                self.at = found
                return True
            self.at = found if found >= 0 else len(self.data)
            if not self._more():
                return False

    def _tag(self) -> tuple[bytes, bool]:
        """Name of the tag at the present place, and whether it closes the root."""
        while self.view.startswith(b"<!DOCTYPE", self.at):
            self._skip_doctype()
            if not self._seek_tag():
                raise SourceError("truncated", "ends after its document type: fetch it again")
        match = _NAME.match(self.view, self.at)
        if match is None:
            if not self._count and not self._root:
                raise SourceError("not_xml", "does not begin as PubMed XML does")
            if self._ended and len(self.view) - self.at < _TAG:
                raise SourceError("truncated", f"ends inside a tag {self._place()}: fetch it again")
            raise SourceError("damaged", f"broken markup between records {self._place()}")
        closes, name = bool(match[1]), match[2]
        if closes and name != self._root:
            raise SourceError("damaged", f"a closing tag that nothing opened {self._place()}")
        return name, closes

    def _skip_doctype(self) -> None:
        while (match := _DOCTYPE_HEAD.match(self.data, self.at)) and match.end() == len(self.data):
            if not self._more():
                raise SourceError("truncated", "ends inside its document type: fetch it again")
        end = match.end() if match else self.at
        if self.data[end : end + 1] == b"[":
            relative = end - self.at
            close = self._find(b"]", end)
            if b"<!ENTITY" in self.data[self.at + relative : close]:
                raise SourceError("entity", "defines entities of its own: refused")
            end = close
        self.at = self._find(b">", end) + 1

    def _enter_root(self, name: bytes) -> None:
        if name not in ROOTS:
            shown = name.decode("ascii", "replace")
            if name in (b"ERROR", b"eFetchResult"):
                raise SourceError("no_records", f"an answer without records (root <{shown}>)")
            raise SourceError("not_xml", f"not PubMed XML: its root element is <{shown}>")
        self._rooted = True
        end = self._find(b">", self.at)
        opening = self.view[self.at : end]
        prefixes = b"".join(_PREFIXES.findall(opening))
        # Prefixes that the root declares must be known to the slices too.
        self._wrap = (b"<set" + prefixes + b">", b"</set>") if prefixes else (b"", b"")
        if not opening.endswith(b"/"):
            self._root = name
        self.at = end + 1

    def _skip_element(self, name: bytes) -> None:
        """Pass over an element that is no record, with its content."""
        end = self._find(b">", self.at)
        if self.view[end - 1 : end] != b"/":
            end = self._find(b"</" + name + b">", end) + len(name) + 2
        self.at = end + 1

    def _record(self, name: bytes) -> Slice:
        end = self._end_of_record(name)
        start, self.at = self.at, end
        self._count += 1
        data = self.data[start:end]
        if self._wrap[0]:
            data = self._wrap[0] + data + self._wrap[1]
        return name.decode(), data, self.base + start

    def _end_of_record(self, name: bytes) -> int:
        if self.view[self.at + len(name) + 1] != 62:  # ">": attributes, or an empty element
            end = self._find(b">", self.at)
            if self.view[end - 1] == 47:  # "/"
                return end + 1
        closing = b"</" + name + b">"
        # Within a short window CPython's search takes its fast way, and most records end there.
        end = self.view.find(closing, self.at, min(self.at + _NEAR, self._clear_to))
        return (end if end >= 0 else self._find(closing, self.at)) + len(closing)
