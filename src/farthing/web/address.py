"""The address of a page: the whole state of a view, and the addresses one step away from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from farthing.actions.reads.read_filters import AS_SENT
from farthing.actions.reads.read_query import COMMON_PARAMETERS

_KEPT: Final = frozenset((*COMMON_PARAMETERS, "compare"))
_PLACE: Final = frozenset({"cursor", "newer", "offset", "open"})
"""Where in a list the page is, and what of it is open; it means nothing once a filter has changed."""
SEARCHED_FROM: Final = ("range", "from", "to", "timezone", "dataMode", "environment")
"""What of a page's address stays with what is found from there."""

Pair = tuple[str, str]


@dataclass(frozen=True)
class Address:
    """A path and its parameters in order. Prints as the URL; every method gives a new address."""

    path: str
    pairs: tuple[Pair, ...] = ()

    def __str__(self) -> str:
        return f"{self.path}?{urlencode(self.pairs)}" if self.pairs else self.path

    def on(self, path: str) -> Address:
        """The same range and filters on another page."""
        return Address(path, tuple(pair for pair in self.pairs if pair[0] in _KEPT))

    def put(self, **values: str | None) -> Address:
        """With each of these parameters set to one value, or left out (None). `from_` stands for `from`."""
        named = {name.rstrip("_"): value for name, value in values.items()}
        kept = self._without({*_PLACE, *named})
        return Address(
            self.path, (*kept, *((name, value) for name, value in named.items() if value is not None))
        )

    def add(self, name: str, value: str) -> Address:
        """With one value more for a parameter that may be repeated."""
        kept = self._without(_PLACE)
        return Address(self.path, kept if (name, value) in kept else (*kept, (name, value)))

    def swap(self, name: str, value: str, other: str) -> Address:
        """With another value in the place of one of a parameter's; once, if it is there already."""
        swapped = [(name, other) if pair == (name, value) else pair for pair in self._without(_PLACE)]
        return Address(self.path, tuple(dict.fromkeys(swapped)))

    def drop(self, name: str, value: str) -> Address:
        """Without one value of a parameter."""
        return Address(self.path, tuple(pair for pair in self._without(_PLACE) if pair != (name, value)))

    def only(self, *names: str) -> Address:
        """With nothing but these parameters, in this order: the framework gives names in none."""
        return Address(self.path, tuple(pair for name in names for pair in self.pairs if pair[0] == name))

    def hidden(self, *names: str) -> tuple[Pair, ...]:
        """What a form must carry along that gives `names` anew."""
        return self._without({*_PLACE, *names})

    def first(self, name: str) -> str | None:
        """The first value of a parameter."""
        return next((value for each, value in self.pairs if each == name), None)

    def _without(self, names: Iterable[str]) -> tuple[Pair, ...]:
        gone = frozenset(names)
        return tuple(pair for pair in self.pairs if pair[0] not in gone)


def address_of(path: str, pairs: Iterable[Pair]) -> Address:
    """The address without empty parameters, which forms send for fields that were left alone."""
    kept = ((name, value if name in AS_SENT else value.strip()) for name, value in pairs if value.strip())
    return Address(path, tuple(kept))
