"""Filters as the parameters of a URL that ask for them again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from farthing.reports.dimensions import DIMENSIONS, UNKNOWN
from farthing.rules.events import DATA_MODES, ENVIRONMENTS
from farthing.rules.filter_text import written_tag, written_value
from farthing.rules.filters import Filters, Values
from farthing.rules.ids import key_id_text

ALL: Final = "all"
TAGS: Final = "tags"
NO_KEY: Final = "0"
"""The API key of events that came with none, which addresses call unknown."""


def filter_pairs(filters: Filters) -> list[tuple[str, str]]:
    """(parameter, value) of all that applies, modes and environments always; `read_filters` undoes it."""
    return [
        *(("dataMode", word) for word in _words(filters.data_modes, DATA_MODES)),
        *(("environment", word) for word in _words(filters.environments, ENVIRONMENTS)),
        *_of_dimensions(filters),
        *_of_tags(filters.tags, is_excluded=False),
        *_of_tags(filters.excluded_tags, is_excluded=True),
    ]


def filter_value(dimension: str, key: str, *, is_excluded: bool = False) -> str:
    """A group's key of an answer as the value of the parameter that asks for this group."""
    if dimension == "api_key":
        key = UNKNOWN if key == NO_KEY else key_id_text(int(key))
    return written_value(key, is_excluded=is_excluded)


def _words(words: tuple[str, ...], every: tuple[str, ...]) -> tuple[str, ...]:
    return (ALL,) if words == every else words


def _of_dimensions(filters: Filters) -> Iterable[tuple[str, str]]:
    equals, excludes = dict(filters.equals), dict(filters.excludes)
    for name in dict.fromkeys((*equals, *excludes)):
        wire = DIMENSIONS[name].wire
        yield from ((wire, filter_value(name, key)) for key in equals.get(name, ()))
        yield from ((wire, filter_value(name, key, is_excluded=True)) for key in excludes.get(name, ()))


def _of_tags(tags: Values, *, is_excluded: bool) -> Iterable[tuple[str, str]]:
    for name, values in tags:
        yield from ((TAGS, written_tag(name, value, is_excluded=is_excluded)) for value in values)
