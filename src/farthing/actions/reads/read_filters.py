"""The filters that a URL asks for: values, values that are excluded, tags.

A filter that excludes everything it asks for is refused: an empty answer would look like no spend.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from farthing.actions.reads.query_parameters import Parameters
from farthing.reports.dimensions import DIMENSIONS, UNKNOWN
from farthing.reports.written_filters import ALL, NO_KEY, TAGS
from farthing.rules.events import DATA_MODES, ENVIRONMENTS, PRICING_STATUSES, STATUSES
from farthing.rules.filter_text import read_tag, read_value, signed
from farthing.rules.filters import FILTER_DIMENSIONS, Filters, Values
from farthing.rules.ids import key_id_number

_WORDS: Final = {"status": STATUSES, "pricing_status": PRICING_STATUSES}
"""Dimensions with a few words of ours; what else is sent for them is refused."""
FILTER_PARAMETERS: Final = {DIMENSIONS[name].wire: name for name in FILTER_DIMENSIONS}
"""Parameters that restrict a dimension by name."""
FILTER_NAMES: Final = ("dataMode", "environment", *FILTER_PARAMETERS, TAGS)
"""Every parameter of a filter. Each may be repeated, for any of its values; `!` before one excludes it."""
AS_SENT: Final = (TAGS,)
"""Parameters whose blanks count: tags are kept as they are sent."""
_TAG_NAMES_MAX: Final = 16

Sides = tuple[tuple[str, ...], tuple[str, ...]]
"""What is asked for, and what is excluded."""


def read_filters(parameters: Parameters) -> Filters:
    """The filters of a URL; what is wrong with them is noted."""
    sides = {name: _read_names(parameters, wire, name) for wire, name in FILTER_PARAMETERS.items()}
    tags, excluded_tags = _read_tags(parameters)
    return Filters(
        data_modes=_read_set(parameters, "dataMode", DATA_MODES, ("real",)),
        environments=_read_set(parameters, "environment", ENVIRONMENTS, ENVIRONMENTS),
        equals=tuple((name, wanted) for name, (wanted, _) in sides.items() if wanted),
        excludes=tuple((name, excluded) for name, (_, excluded) in sides.items() if excluded),
        tags=tags,
        excluded_tags=excluded_tags,
    )


def _read_set(
    parameters: Parameters, wire: str, words: tuple[str, ...], default: tuple[str, ...]
) -> tuple[str, ...]:
    """The words that are left, in their own order. Exclusions alone take away from all of them."""
    wanted, excluded = _read_words(parameters, wire, (*words, ALL))
    if ALL in excluded:
        parameters.problem(wire, f"can't exclude {ALL}: nothing would be left")
    if not wanted and not excluded:
        return default
    asked = words if ALL in wanted or not wanted else wanted
    left = tuple(word for word in words if word in asked and word not in excluded)
    _check_left(parameters, wire, left)
    return left


def _read_names(parameters: Parameters, wire: str, name: str) -> Sides:
    if name in _WORDS:
        wanted, excluded = _read_words(parameters, wire, _WORDS[name])
        _check_left(parameters, wire, set(wanted or _WORDS[name]) - set(excluded))
        return wanted, excluded
    wanted, excluded = _read_signed(parameters, wire)
    if name == "api_key":
        wanted, excluded = _key_numbers(parameters, wire, wanted), _key_numbers(parameters, wire, excluded)
    elif name == "provider":  # stored in lower case, so looked for in it
        wanted, excluded = _lowered(wanted), _lowered(excluded)
    if wanted:
        _check_left(parameters, wire, set(wanted) - set(excluded))
    return wanted, excluded


def _read_words(parameters: Parameters, wire: str, allowed: tuple[str, ...]) -> Sides:
    wanted, excluded = _read_signed(parameters, wire)
    found = [[parameters.one_of(wire, value, allowed) for value in side] for side in (wanted, excluded)]
    wanted, excluded = (tuple(dict.fromkeys(filter(None, side))) for side in found)
    return wanted, excluded


def _read_signed(parameters: Parameters, wire: str) -> Sides:
    sides: tuple[list[str], list[str]] = ([], [])
    for text in parameters.several(wire):
        is_excluded, rest = signed(text)
        value = read_value(rest.strip())
        if not value:
            parameters.problem(wire, "has nothing behind the ! that excludes; \\! is the letter itself")
        parameters.check_text(wire, value)
        sides[is_excluded].append(value)
    return tuple(dict.fromkeys(sides[0])), tuple(dict.fromkeys(sides[1]))


def _lowered(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.lower() for value in values))


def _key_numbers(parameters: Parameters, wire: str, values: Iterable[str]) -> tuple[str, ...]:
    """Keys as they are stored. Whether the workspace has them is for `actions.reads.known_keys` to say."""
    numbers: list[str] = []
    for value in values:
        number = key_id_number(value)
        if value == UNKNOWN:
            numbers.append(NO_KEY)
        elif number:
            numbers.append(str(number))
        else:
            parameters.problem(
                wire, f"{value[:40]!r} is not the id of an API key, such as key_1, nor {UNKNOWN}"
            )
    return tuple(dict.fromkeys(numbers))


def _read_tags(parameters: Parameters) -> tuple[Values, Values]:
    """Tags by name, in the order in which the names come first."""
    sides: tuple[dict[str, dict[str, None]], dict[str, dict[str, None]]] = ({}, {})
    for text in parameters.several(TAGS):
        is_excluded, rest = signed(text)
        tag = read_tag(rest)
        if tag is None:
            parameters.problem(TAGS, f"{text[:80]!r} is no tag: write name:value")
            continue
        for part in tag:
            parameters.check_text(TAGS, part)
        sides[is_excluded].setdefault(tag[0], {})[tag[1]] = None
    _check_tags(parameters, *sides)
    wanted, excluded = (tuple((name, tuple(values)) for name, values in side.items()) for side in sides)
    return wanted, excluded


def _check_tags(
    parameters: Parameters, wanted: dict[str, dict[str, None]], excluded: dict[str, dict[str, None]]
) -> None:
    count = len(wanted.keys() | excluded.keys())
    if count > _TAG_NAMES_MAX:
        parameters.problem(TAGS, f"name {count} tags; no call has more than {_TAG_NAMES_MAX}")
    for name, values in wanted.items():
        _check_left(parameters, TAGS, values.keys() - excluded.get(name, {}).keys())


def _check_left(parameters: Parameters, wire: str, left: Iterable[str]) -> None:
    if not list(left):
        parameters.problem(wire, "excludes everything that it asks for, so that nothing can match")
