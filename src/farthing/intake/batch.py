"""The body of a batch (contract 17.5): a JSON array, an object with `items`, or a call per line (NDJSON)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from farthing.intake.call import parse
from farthing.rules.problems import FieldProblem

Item = bytes | msgspec.Raw


class _Items(msgspec.Struct):
    """The object form."""

    items: list[msgspec.Raw] | None = None


_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT: Final = msgspec.json.Decoder(_Items)
_BLANK: Final = b" \t\r\n"


def read_items(body: bytes) -> Sequence[Item] | FieldProblem:
    """The raw items of a batch; what is wrong with one item is found when it is read, not here."""
    start = body.lstrip(_BLANK)[:1]
    try:
        if start == b"[":
            return _ARRAY.decode(body)
        if start == b"{":
            return _object_or_lines(body)
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


def _what_is_wrong(body: bytes) -> str:
    try:
        parse(body)
    except ValueError as error:
        return str(error)
    except RecursionError:
        return "is nested too deeply"
    return "items must be an array"
