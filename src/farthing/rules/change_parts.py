"""Which part of a value changed: the value alone, or the value together with one of another dimension."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from farthing.rules.changes import Amounts, Pair, Where, ranks

ENOUGH: Final = 0.8
"""Most of a change: with this share explained, no more is looked for."""
PART_MAX: Final = 0.5
"""A part is named only if it was less than half of what it is a part of."""
_HOLDERS: Final = {"prompt_version": "endpoint_tag"}
"""A version's name says nothing without what it is a version of."""
_HELD: Final = 0.95
UNNAMED: Final = "unknown"
_HOLDER_OF_UNNAMED: Final = "api_key"
"""Calls that do not say what they are for are those of an application, which its key tells."""

Part = tuple[Where, Amounts, int, int]
"""Where, its amounts, and what it explains by volume and by request."""


def part_of(pair: Pair, whole: Amounts, cells: Mapping[Where, Amounts]) -> Part:
    """The part of a value that explains most of its change; the value itself if no smaller one does.

    Where most of the change is that requests cost more, a part is looked for whose requests cost more than
    the value's used to: a prompt that took over from another is named with what it costs more, not with all
    that it costs.
    """
    volume, per_request = whole.effects
    inner = [(where, cells[where]) for where in sorted(cells) if len(where) > 1 and pair in where]
    by_change = [(where, amounts, *amounts.effects) for where, amounts in inner]
    by_request: list[Part] = []
    if whole.usual_requests and abs(per_request) >= PART_MAX * abs(whole.change):
        by_request = [(where, amounts, 0, amounts.beyond_usual(whole)) for where, amounts in inner]
    found = _smallest(by_request, whole) or _smallest(by_change, whole)
    return found or (_held(pair, whole, inner), whole, volume, per_request)


def _smallest(parts: Iterable[Part], whole: Amounts) -> Part | None:
    """The smallest part that explains most of the whole's change; None where all are nearly the whole."""
    fitting = [
        part
        for part in parts
        if ENOUGH <= (part[2] + part[3]) / whole.change <= 2 - ENOUGH and part[1].size_in(whole) < PART_MAX
    ]
    if not fitting or whole.usual <= 0:
        return None
    return min(fitting, key=lambda part: (part[1].size_in(whole), ranks(part[0]), part[0]))


def _held(pair: Pair, whole: Amounts, inner: Iterable[tuple[Where, Amounts]]) -> Where:
    """The pair, with what holds it if one value of that holds all but all of it."""
    holder = _HOLDER_OF_UNNAMED if pair[1] == UNNAMED else _HOLDERS.get(pair[0])
    for where, amounts in inner:
        is_holder = any(dimension == holder for dimension, _ in where)
        if is_holder and amounts.change / whole.change >= _HELD:
            return where
    return (pair,)
