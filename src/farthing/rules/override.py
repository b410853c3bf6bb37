"""A workspace's own prices and names, as they are kept: what it negotiated, and what it calls its models.

An alias says which model a name means; an override gives a model, or all models of a provider, rates of its
own or a discount on the listed ones. How they come before the catalogue is `rules.own_book`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from farthing.rules.instants import instant
from farthing.rules.price import ALWAYS

PPM: Final = 1_000_000
"""Discounts are whole millionths: 12.5 % is 125,000."""


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A price of a workspace's own.

    `provider` and `model` are the catalogue's names where it knows them, else as sent; a `model`
    of None means all of the provider. `tier` None means every tier. `rates` are pico-dollars by unit;
    `discount_ppm` is taken off the rates of `discount_units`, without any off the listed rates of all other
    units. `start` and `end` are UTC milliseconds, half open, None is open.
    """

    id: int
    provider: str
    model: str | None
    tier: str | None
    rates: dict[str, int]
    discount_ppm: int
    discount_units: tuple[str, ...] = ()
    start: int | None
    end: int | None
    note: str
    created_by: int
    created_at: int

    @property
    def stretch(self) -> tuple[int, int]:
        """When it is valid, half open, in UTC milliseconds."""
        start = ALWAYS[0] if self.start is None else self.start
        return start, ALWAYS[1] if self.end is None else self.end

    @property
    def told(self) -> str:
        """When it is valid, for people: "2026-01-01T00:00:00Z to open"."""
        return " to ".join("open" if at is None else instant(at) for at in (self.start, self.end))

    @property
    def names(self) -> tuple[str, str | None]:
        """Provider and model in small letters: how they are compared."""
        return self.provider.lower(), folded(self.model)

    def covers(self, at: int) -> bool:
        start, end = self.stretch
        return start <= at < end

    def discounts(self, unit: str) -> bool:
        """Whether its discount is for the unit."""
        return bool(self.discount_ppm) and (not self.discount_units or unit in self.discount_units)

    def _shares_units(self, other: Override) -> bool:
        """Whether there is a unit of which both have a rate, or both a discount."""
        if self.rates.keys() & other.rates:
            return True
        if not (self.discount_ppm and other.discount_ppm):
            return False
        units, others = self.discount_units, other.discount_units
        return not units or not others or not set(units).isdisjoint(others)

    def overlaps(self, other: Override) -> bool:
        """Whether both would price the same unit of the same call."""
        is_same_model = (self.provider.lower(), folded(self.model)) == (
            other.provider.lower(),
            folded(other.model),
        )
        is_same_tier = self.tier == other.tier
        (start, end), (other_start, other_end) = self.stretch, other.stretch
        is_together = start < other_end and other_start < end
        return is_same_model and is_same_tier and is_together and self._shares_units(other)


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    """What a workspace's own name for a model means. `provider` and `name` are as senders write them."""

    id: int
    provider: str
    name: str
    target_provider: str
    target_model: str
    note: str
    created_by: int
    created_at: int

    @property
    def names(self) -> tuple[str, str]:
        """Provider and name in small letters: how they are compared."""
        return self.provider.lower(), self.name.lower()


class OwnPrices(msgspec.Struct, frozen=True):
    """All that a workspace has of its own; `version` grows with every change."""

    version: int = 0
    overrides: tuple[Override, ...] = ()
    aliases: tuple[Alias, ...] = ()


def percent_text(ppm: int) -> str:
    """Millionths as a percentage, without trailing zeros: 125000 is "12.5"."""
    whole, rest = divmod(ppm, PPM // 100)
    digits = f"{rest:04d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


def folded(name: str | None) -> str | None:
    """A name in small letters: how names are compared."""
    return None if name is None else name.lower()
