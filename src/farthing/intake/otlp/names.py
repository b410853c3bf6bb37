"""Which attributes are looked at, and what they say of the fields of a call.

By the table, and before it by what an API key says of its own sender: {"userId": "app.customer"}.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from farthing.intake.otlp.attributes import AS_JSON, AS_LITERAL, OUTPUT, TABLE, Values
from farthing.intake.otlp.literal import counts_of

_OUTPUT_CHARS_MAX: Final = 65_536
_PLANS_MAX: Final = 1_024
PROVIDER_ID: Final = re.compile(r'"id"\s*:\s*"((?:chatcmpl-|resp_|msg_)[\w-]{16,120})"')
"""The id that a provider gave a whole answer; those of its parts begin otherwise, or come after it."""
_HOLDERS: Final = AS_JSON | {AS_LITERAL, OUTPUT}

_Plan = tuple[tuple[tuple[str, int], ...], tuple[tuple[str, tuple[int, ...]], ...]]
"""Fields with the place of their only value among the attributes, and fields with the places of several."""


class Names:
    """The attributes that are looked at: no other, and so no prompt, ever is.

    `own` are (field, attribute) of a key, which come before the table.
    """

    def __init__(self, own: Iterable[tuple[str, str]] = ()) -> None:
        self.own: Final = tuple(own)
        self.wanted: Final = frozenset(
            {row.attribute for row in TABLE} | _HOLDERS | {attribute for _, attribute in self.own}
        )
        self._fields: Final[defaultdict[str, list[tuple[str, int]]]] = defaultdict(list)
        rows = [*self.own, *((row.field, row.attribute) for row in TABLE)]
        for place, (field, attribute) in enumerate(rows):
            self._fields[attribute].append((field, place))
        self._plans: Final[dict[tuple[str, ...], _Plan]] = {}

    def values(self, attributes: dict[str, Any]) -> Values:
        """The values of wanted attributes by field, of those that hold JSON too."""
        if not _HOLDERS.isdisjoint(attributes):
            self._unpack(attributes)
        given = list(attributes.values())
        if None in given:
            attributes = {name: value for name, value in attributes.items() if value is not None}
            given = list(attributes.values())
        names = tuple(attributes)
        singles, others = self._plans.get(names) or self._plan(names)
        values: Values = {field: (given[place],) for field, place in singles}
        for field, places in others:
            values[field] = [given[place] for place in places]
        return values

    def owned(self, attributes: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
        """What attributes say of fields by the key's own names."""
        return tuple(
            (field, attributes[name]) for field, name in self.own if attributes.get(name) is not None
        )

    def _plan(self, names: tuple[str, ...]) -> _Plan:
        """Where the values of each field stand. Senders have few sets of names, so this is rarely done."""
        found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for at, name in enumerate(names):
            for field, place in self._fields.get(name, ()):
                found[field].append((place, at))
        singles = tuple((field, some[0][1]) for field, some in found.items() if len(some) == 1)
        others = tuple(
            (field, tuple(at for _, at in sorted(some))) for field, some in found.items() if len(some) > 1
        )
        if len(self._plans) >= _PLANS_MAX:
            self._plans.clear()
        self._plans[names] = singles, others
        return singles, others

    def _unpack(self, attributes: dict[str, Any]) -> None:
        """Put what those hold that hold JSON in their place.

        Of an output nothing is kept but the id that the provider gave it: it tells the call from all others.
        """
        for name in [each for each in attributes if each in _HOLDERS]:
            value = attributes.pop(name)
            if not isinstance(value, str):
                continue
            if name == OUTPUT:
                found = PROVIDER_ID.search(value, 0, _OUTPUT_CHARS_MAX)
                if found is not None:
                    attributes[f"{OUTPUT}.id"] = found[1]
                continue
            held = counts_of(value) if name == AS_LITERAL else _object(value)
            for key, each in held.items():
                if f"{name}.{key}" in self._fields:
                    attributes[f"{name}.{key}"] = each


BY_TABLE: Final = Names()
"""The names of senders whose key says nothing of them."""


@lru_cache(maxsize=1_024)
def names_of(own: tuple[tuple[str, str], ...]) -> Names:
    """The names of a key, (field, attribute) each."""
    return Names(own) if own else BY_TABLE


def _object(text: str) -> dict[str, Any]:
    """The fields of a JSON object that can be values of the table."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    return {key: each for key, each in value.items() if isinstance(each, str | int | float)}
