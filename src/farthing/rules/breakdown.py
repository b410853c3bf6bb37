"""What a change of cost is made of: volume, mix, tokens, cache, tier, price; exact to the pico-dollar.

One influence after the other is carried over from the time before to the time in question, and each is
worth what the total moves by. The order is that of STEPS: first how many calls there are, then which ones,
then what they hold, at last what a unit costs. The totals in between are exact fractions, each rounded once,
so that the parts add up to the change whatever the calls are.

Calls are compared group by group (an endpoint is one), and in each model by model: that one endpoint grows
more than others is volume, that it calls other models is the mix. A model without a plain call of the group
in one of the two times has nothing to be compared with: all that it costs is a change of the mix.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final, Literal

import msgspec

from farthing.rules.usage import INPUT_UNITS, OUTPUT_UNITS, TOKEN_UNITS

Step = Literal[
    "volume",
    "failures",
    "model_mix",
    "tokens",
    "input_tokens",
    "cache",
    "output_tokens",
    "other_units",
    "service_tier",
    "price",
    "rate",
]
STEPS: Final[tuple[Step, ...]] = (
    "volume",
    "failures",
    "model_mix",
    "tokens",
    "input_tokens",
    "cache",
    "output_tokens",
    "other_units",
    "service_tier",
    "price",
    "rate",
)
BY_UNIT: Final[tuple[Step, ...]] = tuple(step for step in STEPS if step not in ("tokens", "rate"))
"""The steps of calls whose units and rates are known."""
BY_TOKEN: Final[tuple[Step, ...]] = ("volume", "model_mix", "tokens", "rate")
"""The steps of calls of which only tokens and cost are known: `rate` is price, cache, tier and the like."""

Model = tuple[str, str]
"""(provider, model)."""
Place = tuple[str, str, str]
"""(group, provider, model)."""
FEE: Final = "fee"
"""What a call costs beside its units."""


class Calls(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of one sort, added up. Costs are pico-dollars.

    `group` is what is compared with itself. Plain ones succeeded at the first attempt and were not answered
    by the application's own cache. `tier` is under which conditions they were priced. `amounts` are what
    their units cost; what `cost` has beyond these is taken for a fee of each call.
    """

    group: str = ""
    model: Model
    tier: str = ""
    is_plain: bool = True
    requests: int
    cost: int
    units: Mapping[str, int]
    amounts: Mapping[str, int]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one step is worth; `by_place` are the places behind it with their own shares, each rounded.

    Of volume and failures places have no model.
    """

    step: Step
    amount: int
    by_place: Mapping[Place, int] = {}


Worth = dict[Step, dict[Place, Fraction]]


def parts(before: Sequence[Calls], after: Sequence[Calls], *, by_unit: bool) -> tuple[Part, ...]:
    """The parts of the change, in the order of their steps; their amounts add up to it."""
    worth: Worth = {step: {} for step in (BY_UNIT if by_unit else BY_TOKEN)}
    for group in sorted({each.group for each in (*before, *after)}):
        sides = [[each for each in side if each.group == group] for side in (before, after)]
        _compare_sides(worth, group, *sides, by_unit=by_unit)
    return _rounded(worth, sum(each.cost for each in before))


def _compare_sides(
    worth: Worth, group: str, before: Sequence[Calls], after: Sequence[Calls], *, by_unit: bool
) -> None:
    """Note what each step is worth in one group."""
    start, end = (sum(each.cost for each in side) for side in (before, after))
    plain = [[each for each in side if each.is_plain or not by_unit] for side in (before, after)]
    counts = [sum(each.requests for each in side) for side in plain]
    if not counts[0]:
        worth["volume"][group, "", ""] = Fraction(end - start)
        return
    growth = Fraction(counts[1], counts[0])
    worth["volume"][group, "", ""] = start * growth - start
    if by_unit:
        aside = [sum(each.cost for each in side if not each.is_plain) for side in (before, after)]
        worth["failures"][group, "", ""] = aside[1] - aside[0] * growth
    sums = [_by_model(side, by_unit=by_unit) for side in plain]
    for model in sorted(sums[0].keys() | sums[1].keys()):
        _compare(worth, (group, *model), [side.get(model, _Sum()) for side in sums], growth)


class _Sum:
    """The plain calls of one model: counts and costs by unit, and by unit and tier."""

    def __init__(self) -> None:
        self.requests = 0
        self.cost = 0
        self.counts: Counter[str] = Counter()
        self.amounts: Counter[str] = Counter()
        self.tiers: dict[tuple[str, str], tuple[int, int]] = {}

    def add(self, calls: Calls, units: Mapping[str, int], amounts: Mapping[str, int]) -> None:
        self.requests += calls.requests
        self.cost += calls.cost
        for unit, count in units.items():
            amount = amounts.get(unit, 0)
            self.counts[unit] += count
            self.amounts[unit] += amount
            counts, costs = self.tiers.get((unit, calls.tier), (0, 0))
            self.tiers[unit, calls.tier] = counts + count, costs + amount

    def rate(self, unit: str) -> Fraction | None:
        return Fraction(self.amounts[unit], self.counts[unit]) if self.counts[unit] else None


def _by_model(side: Iterable[Calls], *, by_unit: bool) -> dict[Model, _Sum]:
    found: dict[Model, _Sum] = {}
    for calls in side:
        units, amounts = _by_units(calls) if by_unit else _by_tokens(calls)
        found.setdefault(calls.model, _Sum()).add(calls, units, amounts)
    return found


def _by_units(calls: Calls) -> tuple[dict[str, int], dict[str, int]]:
    """Counts and costs of units, the fee among them; they add up to the cost."""
    units = {unit: count for unit, count in calls.units.items() if count}
    amounts = {unit: calls.amounts.get(unit, 0) for unit in units}
    fee = calls.cost - sum(amounts.values())
    return {**units, FEE: calls.requests}, {**amounts, FEE: fee}


def _by_tokens(calls: Calls) -> tuple[dict[str, int], dict[str, int]]:
    tokens = sum(calls.units.get(unit, 0) for unit in TOKEN_UNITS)
    return {"tokens": tokens}, {"tokens": calls.cost}


def _compare(worth: Worth, place: Place, sides: Sequence[_Sum], growth: Fraction) -> None:
    """Note what each step of one model is worth, from its cost before times `growth` to its cost after."""
    before, after = sides
    grown = before.cost * growth
    if not before.requests or not after.requests:
        worth["model_mix"][place] = after.cost - grown
        return
    scale = Fraction(after.requests, before.requests)
    worth["model_mix"][place] = before.cost * scale - grown
    if "tokens" in worth:
        _compare_tokens(worth, place, sides, scale)
        return
    rates = {unit: _rate_before(unit, before, after) for unit in after.counts}
    for units, per_call, mixed in _GROUPS:
        _compare_group(worth, place, (units(after), units(before)), sides, (scale, rates), (per_call, mixed))
    same_tiers = {unit: _at_rates_before(unit, before, after) for unit in after.counts}
    at_before = {unit: count * rates[unit] for unit, count in after.counts.items()}
    worth["service_tier"][place] = sum(same_tiers.values(), Fraction(0)) - sum(at_before.values())
    worth["price"][place] = after.cost - sum(same_tiers.values(), Fraction(0))


def _compare_tokens(worth: Worth, place: Place, sides: Sequence[_Sum], scale: Fraction) -> None:
    before, after = sides
    rate = before.rate("tokens")
    had = before.cost * scale
    at_before = had if rate is None else after.counts["tokens"] * rate
    worth["tokens"][place] = at_before - had
    worth["rate"][place] = after.cost - at_before


def _inputs(of: _Sum) -> list[str]:
    return [unit for unit in INPUT_UNITS if of.counts[unit]]


def _outputs(of: _Sum) -> list[str]:
    return [unit for unit in OUTPUT_UNITS if of.counts[unit]]


def _others(of: _Sum) -> list[str]:
    return [unit for unit in sorted(of.counts) if unit not in TOKEN_UNITS and of.counts[unit]]


_GROUPS: Final[tuple[tuple[Callable[[_Sum], list[str]], Step, Step], ...]] = (
    (_inputs, "input_tokens", "cache"),
    (_outputs, "output_tokens", "output_tokens"),
    (_others, "other_units", "other_units"),
)
"""Units that make up for one another; what more of them is worth, and what another mix of them is."""


def _compare_group(
    worth: Worth,
    place: Place,
    units: tuple[list[str], list[str]],
    sides: Sequence[_Sum],
    measures: tuple[Fraction, Mapping[str, Fraction]],
    steps: tuple[Step, Step],
) -> None:
    before, after = sides
    scale, rates = measures
    had = sum((before.amounts[unit] for unit in units[1]), Fraction(0)) * scale
    count_before = sum(before.counts[unit] for unit in units[1])
    count_after = sum(after.counts[unit] for unit in units[0])
    at_before = sum((after.counts[unit] * rates[unit] for unit in units[0]), Fraction(0))
    of_old_mix = had / scale * Fraction(count_after, count_before) if count_before else at_before
    worth[steps[0]][place] = of_old_mix - had
    worth[steps[1]][place] = worth[steps[1]].get(place, Fraction(0)) + at_before - of_old_mix


def _rate_before(unit: str, before: _Sum, after: _Sum) -> Fraction:
    """What one unit cost before on average; where there was none, what it costs now."""
    rate = before.rate(unit)
    return rate if rate is not None else after.rate(unit) or Fraction(0)


def _at_rates_before(unit: str, before: _Sum, after: _Sum) -> Fraction:
    """What the unit would cost now if each tier had kept its price; a tier that is new has its own."""
    total = Fraction(0)
    for (each, tier), (count, amount) in after.tiers.items():
        if each == unit:
            count_before, amount_before = before.tiers.get((unit, tier), (0, 0))
            total += count * Fraction(amount_before, count_before) if count_before else amount
    return total


def _rounded(worth: Worth, start: int) -> tuple[Part, ...]:
    """Whole pico-dollars: the totals between the steps are rounded, half to even, and never the steps."""
    exact, reached = Fraction(start), start
    found = []
    for step, by_place in worth.items():
        exact += sum(by_place.values(), Fraction(0))
        told = {place: round(amount) for place, amount in by_place.items() if round(amount)}
        found.append(Part(step=step, amount=round(exact) - reached, by_place=told))
        reached = round(exact)
    return tuple(found)
