"""Answers of services in JSON: the records of one long list, read one after the other.

The bulk files of openFDA have hundreds of megabytes and 20,000 records in one array; a page of an
API has the same form. A record is decoded once the bytes of it are there, and memory holds one
block or one record. Only the standard library decodes: it raises where others end the process on
deep nesting.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from sources.items import Failure, SourceError
from sources.text.jsonlines import MAX_DEPTH, Row, is_shallow, refuse_constant, without_surrogates

BLOCK = 4 << 20
"""Bytes read at a time."""

MAX_RECORD = 64 << 20
"""Characters of one record, and of all that stands outside of the list."""

_SPACE = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_DECODER = json.JSONDecoder(parse_constant=refuse_constant)
# Characters before the end of what was read within which a fault may be the lack of the rest.
_EDGE = 16
# What the end of an unfinished number or word looks like.
_UNFINISHED = re.compile(r"[-+.eE0-9]*|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?")


class Answer:
    """One JSON object with a list of records, or a bare list of them, read forward.

    Args:
        stream: Its bytes.
        key: Name of the list on the first level of the object.

    Attributes:
        head: What stands on the first level beside the list, as far as it has been read: whole
            once `records` has ended.
        listed: Whether the list was there.
    """

    def __init__(self, stream: BinaryIO, key: str) -> None:
        self.head: dict[str, object] = {}
        self.listed = False
        self._key = key
        self._text = _Text(stream)

    def records(self) -> Iterator[Row | Failure]:
        """Yield the records of the list with their number, from 1.

        Yields:
            Records, and failures with ``bad_record`` (no object) or ``bad_json`` (nested deeper
            than `MAX_DEPTH`) for single ones.

        Raises:
            SourceError: ``empty``, ``bad_encoding``, ``bad_json``, ``truncated`` or ``too_large``;
                what was whole before it has been yielded.
        """
        text = self._text
        if text.peek() == "[":
            self.listed = True
            yield from self._list()
            text.end()
            return
        text.expect("{")
        if text.peek() == "}":
            text.expect("}")
        else:
            while True:
                key = text.value()
                if not isinstance(key, str):
                    raise text.fault("a name is expected")
                text.expect(":")
                if key == self._key and text.peek() == "[":
                    self.listed = True
                    yield from self._list()
                else:
                    self.head[key] = text.value()
                if text.expect(",}") == "}":
                    break
        text.end()

    def _list(self) -> Iterator[Row | Failure]:
        text = self._text
        text.expect("[")
        if text.peek() == "]":
            text.expect("]")
            return
        number = 0
        while True:
            number += 1
            value = text.value()
            if not isinstance(value, dict):
                yield Failure("bad_record", f"record {number:,}: not an object")
            elif text.brackets > MAX_DEPTH and not is_shallow(value):
                detail = f"record {number:,}: nested deeper than {MAX_DEPTH} levels"
                yield Failure("bad_json", detail)
            else:
                yield Row(number, value)
            if text.expect(",]") == "]":
                return


class _Text:
    """A window of decoded text that moves over the stream.

    Args:
        stream: Bytes.

    Attributes:
        brackets: Opening brackets in the last value.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.brackets = 0
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._buffer, self._place, self._passed = "", 0, 0
        self._ended = self._begun = False

    def value(self) -> object:
        """Read one value; reads on as long as it may be unfinished."""
        self.peek()
        size = BLOCK
        fault: SourceError | None = None
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._place)
            except RecursionError:
                raise self.fault("nested too deep") from None
            except json.JSONDecodeError as error:
                fault = None if self._is_open(error) else self.fault(error.msg, error.pos)
                if fault and error.pos < len(self._buffer) - _EDGE:
                    raise fault from None
            except ValueError:
                raise self.fault("a number that JSON does not allow or is too long") from None
            else:
                # A number at the end of what was read may go on, and so may "1." and "1e".
                following = self._buffer[end : end + 1] or "0"
                if following not in "+-.eE0123456789" or not isinstance(value, int | float):
                    break
            if len(self._buffer) - self._place > MAX_RECORD:
                raise SourceError("too_large", f"a record of more than {MAX_RECORD:,} characters")
            if not self._more(size):
                raise fault or SourceError("truncated", "ends inside a record: fetch it again")
            size *= 2
        source = self._buffer[self._place : end]
        self._place = end
        self.brackets = source.count("[") + source.count("{")
        return without_surrogates(value) if _SURROGATE.search(source) else value

    def _is_open(self, error: json.JSONDecodeError) -> bool:
        """Whether a value may only lack its end: of a text, number or word, or all of it."""
        rest = self._buffer[error.pos :].strip()
        return error.msg.startswith("Unterminated") or bool(_UNFINISHED.fullmatch(rest))

    def peek(self) -> str:
        """Return the next character other than white space without passing it."""
        while True:
            found = _SPACE.match(self._buffer, self._place)
            assert found is not None
            self._place = found.end()
            if self._place < len(self._buffer):
                return self._buffer[self._place]
            if not self._more(BLOCK):
                if not self._begun:
                    raise SourceError("empty", "an empty file")
                raise SourceError("truncated", "ends before its closing bracket: fetch it again")

    def expect(self, wanted: str) -> str:
        """Pass one of some characters and return it."""
        found = self.peek()
        if found not in wanted:
            raise self.fault(f"{' or '.join(wanted)} is expected")
        self._place += 1
        return found

    def end(self) -> None:
        """Make sure that nothing else follows."""
        try:
            self.peek()
        except SourceError:
            return
        raise self.fault("something follows the closing bracket")

    def fault(self, reason: str, place: int | None = None) -> SourceError:
        """Return the error for what stands at a place of the window."""
        place = self._passed + (self._place if place is None else place)
        return SourceError("bad_json", f"character {place + 1:,}: {reason}")

    def _more(self, size: int) -> bool:
        """Read on; tell whether there was anything."""
        if self._ended:
            return False
        data = self._stream.read(size)
        self._ended = not data
        self._begun = self._begun or bool(data)
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            raise SourceError("bad_encoding", "not UTF-8: fetch it again") from None
        self._passed += self._place
        self._buffer = self._buffer[self._place :] + text
        self._place = 0
        return bool(data)


def texts(record: Mapping[str, object], *path: str) -> list[str]:
    """Return the texts that a field holds, alone or in a list; others are passed over.

    Args:
        record: An object.
        path: Names of objects in objects, and of the field.
    """
    value = field(record, *path)
    found = value if isinstance(value, list) else [value]
    return [item for item in found if isinstance(item, str)]


def text(record: Mapping[str, object], *path: str) -> str:
    """Return a text, number or truth value of a record as text; empty where it is none."""
    value = field(record, *path)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str | int | float) else ""


def objects(record: Mapping[str, object], *path: str) -> list[Mapping[str, object]]:
    """Return the objects of a list; others are passed over."""
    value = field(record, *path)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def field(record: Mapping[str, object], *path: str) -> object:
    """Return what stands under a path of names; None where it ends."""
    value: object = record
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
