"""The body of a batch (contract 17.5): a JSON array, an object with `items`, or a call per line (NDJSON)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from farthing.intake.call import Call, is_clean, parse, read_call
from farthing.rules.problems import FieldProblem

Item = bytes | msgspec.Raw


class _Items(msgspec.Struct):
    """The object form."""

    items: list[msgspec.Raw] | None = None


class _Calls(msgspec.Struct):
    """The object form when nothing is wrong with it."""

    items: list[Call]


_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT: Final = msgspec.json.Decoder(_Items)
_CALL: Final = msgspec.json.Decoder(Call)
_CALL_ARRAY: Final = msgspec.json.Decoder(list[Call])
_CALL_OBJECT: Final = msgspec.json.Decoder(_Calls)
_UNTYPED: Final = msgspec.json.Decoder()
_BLANK: Final = b" \t\r\n"


def read_calls(body: bytes) -> Sequence[Call | list[FieldProblem]] | FieldProblem:
    """Each call of a batch, or what is wrong with it; or what is wrong with the batch as a whole.

    A good batch is read in one go; in any other each item is read alone.
    """
    try:
        calls = _at_once(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        calls = None
    if calls is not None:
        return calls
    items = read_items(body)
    return items if isinstance(items, FieldProblem) else [read_call(bytes(item)) for item in items]


def _at_once(body: bytes) -> list[Call] | None:
    """The calls, unless a name is repeated. Raises when anything is wrong."""
    if body.lstrip(_BLANK)[:1] == b"[":
        return _clean(_CALL_ARRAY.decode(body), body, _UNTYPED.decode)
    first, _, rest = body.partition(b"\n")
    if first.rstrip(_BLANK).endswith(b"}") and rest.strip(_BLANK):
        return _clean(_CALL.decode_lines(body), body, _UNTYPED.decode_lines)
    return _clean(_CALL_OBJECT.decode(body).items, body, _UNTYPED.decode)


def _clean(calls: list[Call], body: bytes, untyped: Callable[[bytes], Any]) -> list[Call] | None:
    return calls if is_clean(body, untyped) else None


def read_items(body: bytes) -> Sequence[Item] | FieldProblem:
    """The raw items of a batch; what is wrong with one item is found when it is read, not here."""
    start = body.lstrip(_BLANK)[:1]
    try:
        if start == b"[":
            return _ARRAY.decode(body)
        if start == b"{":
            return _with_one_list(body) if body.count(b'"items"') > 1 else _object_or_lines(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return FieldProblem("body", _what_is_wrong(body))
    return FieldProblem("body", "must be a JSON array, an object with items, or one JSON object a line")


def _object_or_lines(body: bytes) -> Sequence[Item]:
    lines = [line for line in body.split(b"\n") if line.strip(_BLANK)]
    if len(lines) == 1 or not lines[0].rstrip(_BLANK).endswith(b"}"):
        items = _OBJECT.decode(body).items
        return [body] if items is None else items
    try:
        whole = _OBJECT.decode(body)
    except msgspec.DecodeError:
        return lines
    return [body] if whole.items is None else whole.items


def _with_one_list(body: bytes) -> Sequence[Item] | FieldProblem:
    """Where the word occurs again: as a second list, of which one would be lost, or somewhere inside."""
    try:
        value = parse(body)
    except ValueError:  # lines, perhaps
        return _object_or_lines(body)
    if "items" in getattr(value, "names", ()):
        return FieldProblem("items", "is given more than once")
    return _object_or_lines(body)


def _what_is_wrong(body: bytes) -> str:
    try:
        parse(body)
    except ValueError as error:
        return str(error)
    except RecursionError:
        return "is nested too deeply"
    return "items must be an array"
