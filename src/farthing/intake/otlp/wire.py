"""Protobuf walked byte by byte, around the messages that are decoded one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from farthing.intake.otlp.span import UnreadableError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_VARINT_BYTES_MAX: Final = 10
_NO_PROTOBUF: Final = "the body is no protobuf of an OTLP export"


def decoded(message: Any, view: memoryview) -> Any:
    """A message of a generated class. Raises UnreadableError."""
    from google.protobuf.message import DecodeError  # noqa: PLC0415 - loaded with the messages

    try:
        return message.FromString(bytes(view))
    except (DecodeError, UnicodeDecodeError) as error:
        raise UnreadableError(_NO_PROTOBUF) from error


def inner(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """The values of one field that holds messages; others are passed over. Raises UnreadableError."""
    place, end = 0, len(message)
    while place < end:
        tag, place = varint(message, place)
        kind = tag & 7
        if kind == _BYTES:
            size, place = varint(message, place)
            if size > end - place:
                raise UnreadableError("the body ends in the middle of a protobuf field")
            if tag >> 3 == wanted:
                yield message[place : place + size]
            place += size
        elif kind == _VARINT:
            _, place = varint(message, place)
        elif kind in (_FIXED64, _FIXED32):
            place += 8 if kind == _FIXED64 else 4
        else:
            raise UnreadableError(_NO_PROTOBUF)
    if place > end:
        raise UnreadableError("the body ends in the middle of a protobuf field")


def varint(message: memoryview, place: int) -> tuple[int, int]:
    """The number that begins at a place, and the place after it."""
    value = 0
    for count in range(_VARINT_BYTES_MAX):
        if place >= len(message):
            break
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return value, place
    raise UnreadableError(_NO_PROTOBUF)


def number(message: memoryview, wanted: int) -> int:
    """The last value of a field that holds numbers, 0 for none. Raises UnreadableError."""
    place, found = 0, 0
    while place < len(message):
        tag, place = varint(message, place)
        kind = tag & 7
        if kind == _VARINT:
            value, place = varint(message, place)
            found = value if tag >> 3 == wanted else found
        elif kind == _BYTES:
            size, place = varint(message, place)
            place += size
        elif kind in (_FIXED64, _FIXED32):
            place += 8 if kind == _FIXED64 else 4
        else:
            raise UnreadableError(_NO_PROTOBUF)
    return found
