"""An own price in words: what it is for, what it says, and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from farthing.prices.entries import in_order
from farthing.rules.override import Override, percent_text
from farthing.rules.pricing import rate_unit, rate_usd_text
from farthing.web.address import Address
from farthing.web.amounts import rate_text
from farthing.web.prices.places import model_address
from farthing.web.words import unit_label

State = Literal["in force", "to come", "over"]


@dataclass(frozen=True)
class OwnPrice:
    """`what` is the model or all of a provider, `says` its rates and its discount, one text each."""

    own: Override
    what: str
    tier: str
    says: tuple[str, ...]
    state: State
    by: str | None
    address: Address | None


def own_price(own: Override, by: str | None, now: int) -> OwnPrice:
    """`by` is the e-mail address of whoever set it, None when they have left."""
    return OwnPrice(
        own=own,
        what=f"all models of {own.provider}" if own.model is None else own.model,
        tier="every tier" if own.tier is None else own.tier,
        says=tuple(_says(own)),
        state=_state(own, now),
        by=by,
        address=None if own.model is None else model_address(own.provider, own.model),
    )


def _says(own: Override) -> list[str]:
    told = [
        f"{unit_label(unit)} ${rate_text(rate_usd_text(unit, own.rates[unit]))} for {rate_unit(unit)}"
        for unit in in_order(own.rates)
    ]
    if own.discount_ppm:
        units = ", ".join(unit_label(unit).lower() for unit in own.discount_units)
        of = f" off {units}" if units else " off all other listed rates" if own.rates else " off listed rates"
        told.append(f"{percent_text(own.discount_ppm)}\u202f%{of}")
    return told


def _state(own: Override, now: int) -> State:
    start, end = own.stretch
    return "over" if now >= end else "in force" if now >= start else "to come"
