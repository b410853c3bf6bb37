"""Protobuf walked byte by byte, around the messages that are decoded one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from farthing.intake.otlp.span import UnreadableError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_VARINT_BYTES_MAX: Final = 10
_FIELDS_PER_MESSAGE: Final = 20
_FIELDS_MIN: Final = 10_000
"""So many fields around messages are walked over: where each has a resource of its own it is a dozen."""
_MESSAGE_BYTES_MAX: Final = 4 * 1024 * 1024
"""Decoded, a message that is nothing but empty ones takes some thirty times as much."""
_PARTS_MAX: Final = 10_000
_CUT_OFF: Final = "the body ends in the middle of a protobuf field"
_NO_PROTOBUF: Final = "the body is no protobuf of an OTLP export"


def decoded(message: Any, view: memoryview) -> Any:
    """A message of a generated class. Raises UnreadableError, also for one that is too large."""
    if len(view) > _MESSAGE_BYTES_MAX:
        raise UnreadableError(
            f"has {len(view)} bytes; a span, point, resource or scope may have {_MESSAGE_BYTES_MAX}"
        )
    from google.protobuf.message import DecodeError  # noqa: PLC0415 - loaded with the messages

    try:
        return message.FromString(bytes(view))
    except (DecodeError, UnicodeDecodeError) as error:
        raise UnreadableError("is no protobuf of its kind, or holds text that is not UTF-8") from error


def few(parts: Any, what: str) -> Any:
    """Repeated messages of one, if they are few enough to look at each. Raises UnreadableError."""
    if len(parts) > _PARTS_MAX:
        raise UnreadableError(f"has {len(parts)} {what}; at most {_PARTS_MAX} are looked at")
    return parts


class Walk:
    """A way through the levels around messages, so many fields long at most: two bytes can make one."""

    def __init__(self, message_count_max: int) -> None:
        self._most = self._left = _FIELDS_PER_MESSAGE * message_count_max + _FIELDS_MIN

    def inner(self, message: memoryview, wanted: int) -> Iterator[memoryview]:
        """The values of one field that holds messages; others are passed over. Raises UnreadableError."""
        for field, value in self._fields(message):
            if field == wanted and isinstance(value, memoryview):
                yield value

    def number(self, message: memoryview, wanted: int) -> int:
        """The last value of a field that holds numbers, 0 for none. Raises UnreadableError."""
        found = 0
        for field, value in self._fields(message):
            if field == wanted and isinstance(value, int):
                found = value
        return found

    def _fields(self, message: memoryview) -> Iterator[tuple[int, memoryview | int]]:
        """Each field that holds a message or a number, with it; numbers of a fixed size are passed over."""
        place, end = 0, len(message)
        while place < end:
            self._left -= 1
            if self._left < 0:
                raise UnreadableError(
                    f"the body has more than {self._most} protobuf fields around its spans or points, which "
                    "are walked over at most"
                )
            tag, place = varint(message, place)
            kind = tag & 7
            if kind == _BYTES:
                size, place = varint(message, place)
                if size > end - place:
                    raise UnreadableError(_CUT_OFF)
                yield tag >> 3, message[place : place + size]
                place += size
            elif kind == _VARINT:
                value, place = varint(message, place)
                yield tag >> 3, value
            elif kind in (_FIXED64, _FIXED32):
                place += 8 if kind == _FIXED64 else 4
            else:
                raise UnreadableError(_NO_PROTOBUF)
        if place > end:
            raise UnreadableError(_CUT_OFF)


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
