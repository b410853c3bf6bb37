"""Rows of JSON: a line each; or an array of them; or pages as APIs answer them, one after another.

Whatever the form, one row after another is held in memory, never the whole.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import IO, Any, Final

import msgspec

from farthing.actions.errors import InvalidInputError
from farthing.actions.imports.opened import LINE_BYTES_MAX, PAGE_KEYS
from farthing.actions.imports.raw_row import RawRow
from farthing.rules.problems import FieldProblem

_CHUNK_BYTES: Final = 65_536
_BLANK: Final = " \t\r\n"
_DECODER: Final = msgspec.json.Decoder()
_BOM: Final = b"\xef\xbb\xbf"
_OF_BUCKET: Final = ("start_time", "end_time", "starting_at", "ending_at")
_REJECTED: Final = frozenset({"file", "place", "problems", "row"})
"""A line of the file of refused rows: what was mended there can be imported as it is."""


def line_rows(file: IO[bytes]) -> Iterator[RawRow]:
    """A row a line; one that is no JSON is refused by itself."""
    for place, line in _lines(file):
        if len(line) > LINE_BYTES_MAX:
            yield RawRow(place, {}, f"has more than {LINE_BYTES_MAX} bytes")
            continue
        try:
            value = _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield RawRow(place, {"line": line.decode(errors="replace")[:1_000]}, f"is no JSON: {error}")
            continue
        yield from _unfolded(place, value)


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines that hold something, with their numbers; of one that is too long, its beginning."""
    place = 0
    while line := file.readline(LINE_BYTES_MAX + 1):
        place += 1
        some = line
        while len(some) > LINE_BYTES_MAX and not some.endswith(b"\n"):
            some = file.readline(LINE_BYTES_MAX + 1)
        line = line.removeprefix(_BOM) if place == 1 else line
        if line.strip():
            yield place, line


def _unfolded(place: int, value: Any) -> Iterator[RawRow]:
    """The rows of a value: itself, or what a page or a bucket of time holds."""
    if not isinstance(value, dict):
        yield RawRow(place, {}, "is no JSON object")
    elif value.keys() == _REJECTED and isinstance(value["row"], dict):
        yield RawRow(place, value["row"])
    elif isinstance(value.get("results"), list) and any(name in value for name in _OF_BUCKET):
        times = {name: value[name] for name in _OF_BUCKET if name in value}
        for each in value["results"]:
            yield from _unfolded(place, {**times, **each} if isinstance(each, dict) else each)
    elif (rows := _of_page(value)) is not None:
        for each in rows:
            yield from _unfolded(place, each)
    else:
        yield RawRow(place, value)


def _of_page(value: dict[str, Any]) -> list[Any] | None:
    found = (value.get(key) for key in PAGE_KEYS)
    return next((each for each in found if isinstance(each, list)), None)


def json_rows(file: IO[bytes], name: str) -> Iterator[RawRow]:
    """Rows of arrays and pages. Raises InvalidInputError where the JSON ends or breaks off."""
    text = _Text(file)
    place = 0
    try:
        while (start := text.peek()) is not None:
            for value in text.items() if start == "[" else text.page() if start == "{" else [text.value()]:
                place += 1
                yield from _unfolded(place, value)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"is no JSON after row {place}: {error}"
        raise InvalidInputError([FieldProblem(name, message)]) from error


class _Text:
    """The text of a file from a place on, of which only as much is held as the next value takes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decoder = json.JSONDecoder()
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig")()
        self._held = ""
        self._at = 0
        self._is_over = False

    def peek(self) -> str | None:
        """The next character that is not blank; None at the end."""
        while True:
            while self._at < len(self._held) and self._held[self._at] in _BLANK:
                self._at += 1
            if self._at < len(self._held):
                return self._held[self._at]
            if self._is_over:
                return None
            self._more(_CHUNK_BYTES)

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        wanted = _CHUNK_BYTES
        while True:
            try:
                value, end = self._decoder.raw_decode(self._held, self._at)
            except json.JSONDecodeError:
                if self._is_over or wanted > LINE_BYTES_MAX:
                    raise
            else:
                if end < len(self._held) or self._is_over:  # a number may go on
                    self._at = end
                    return value
            self._more(wanted)
            wanted *= 2

    def items(self) -> Iterator[Any]:
        """The values of the array that begins here."""
        self._take("[")
        while self.peek() != "]":
            yield self.value()
            self._between("]")
        self._at += 1

    def page(self) -> Iterator[Any]:
        """The values of the first array of an object that holds rows; the object itself where none does."""
        self._take("{")
        others: dict[str, Any] = {}
        has_rows = False
        while self.peek() != "}":
            key = self.value()
            self._take(":")
            if key in PAGE_KEYS and self.peek() == "[" and not has_rows:
                has_rows = True
                yield from self.items()
            else:
                others[key] = self.value()
            self._between("}")
        self._at += 1
        if not has_rows:
            yield others

    def _between(self, end: str) -> None:
        if self.peek() != end:
            self._take(",")

    def _take(self, character: str) -> None:
        if self.peek() != character:
            raise json.JSONDecodeError(f"there is no {character}", self._held[self._at : self._at + 40], 0)
        self._at += 1

    def _more(self, byte_count: int) -> None:
        some = self._file.read(byte_count)
        self._is_over = not some
        self._held = self._held[self._at :] + self._utf8.decode(some, final=self._is_over)
        self._at = 0
