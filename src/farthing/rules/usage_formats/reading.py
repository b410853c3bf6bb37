"""What a usage object says, as its sender counts, and how that becomes disjoint units.

A format reads an object into two sides, input and output. A side has a total, parts that lie inside the
total and parts that come on top of it; what of the total lies in no part is plain text. So providers that
count alike differ only in where they say what, and nothing is ever clamped: parts that exceed their total are
refused, or kept as sent and flagged.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from farthing.rules.flags import Flag
from farthing.rules.problems import FieldProblem
from farthing.rules.usage import TokenUsage, in_order

Accounting = Literal["inclusive", "exclusive"]
OnInconsistent = Literal["refuse", "flag"]


class Count(msgspec.Struct, frozen=True, gc=False):
    """A count as sent, and the name of the field that it was sent in, from the top of the call."""

    field: str
    value: int


Part = tuple[str, Count]
"""(unit, how many of it)."""


class Side(msgspec.Struct, frozen=True):
    """The input or the output of a call. `plain` is the unit of what of `total` lies in no part."""

    plain: str
    total: Count | None = None
    inside: tuple[Part, ...] = ()
    outside: tuple[Part, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.inside + self.outside

    @property
    def inclusive(self) -> int:
        """All of the side, however it was sent."""
        total = 0 if self.total is None else self.total.value
        return max(total, _sum(self.inside)) + _sum(self.outside)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a format read. `total` is the sum that the sender gives, `others` are units that are no tokens.

    `wholes` are further counts whose parts are told apart: they have to fit, and are not counted again. What
    the object says beside its counts: `service_tier` and `is_batch` as the provider names them,
    `reported_cost_picousd` what it says that the call cost.
    """

    input: Side
    output: Side
    accounting: Accounting = "inclusive"
    total: Count | None = None
    others: tuple[Part, ...] = ()
    wholes: tuple[Side, ...] = ()
    service_tier: str | None = None
    is_batch: bool | None = None
    reported_cost_picousd: int | None = None


def settle(
    reading: Reading, rule: str, on_inconsistent: OnInconsistent, status: str
) -> TokenUsage | list[FieldProblem]:
    """The usage that was read by `rule`, or every contradiction in it."""
    sides = (reading.input, reading.output)
    problems = [problem for side in (*sides, *reading.wholes) for problem in _exceeding(side)]
    if problems and on_inconsistent == "refuse":
        return problems
    units: dict[str, int] = {}
    for side in sides:
        rest = 0 if side.total is None else max(0, side.total.value - _sum(side.inside))
        _add(units, [(side.plain, rest)])
        _add(units, ((unit, count.value) for unit, count in side.parts))
    _add(units, ((unit, count.value) for unit, count in reading.others))
    flags: tuple[Flag, ...] = ("usage_inconsistent",) if problems else ()
    usage = TokenUsage(in_order(units), reading.accounting, rule, flags)
    return _flagged(usage, reading, status)


def _add(units: dict[str, int], counts: Iterable[tuple[str, int]]) -> None:
    for unit, count in counts:
        if count:
            units[unit] = units.get(unit, 0) + count


def _sum(parts: Iterable[Part]) -> int:
    return sum(count.value for _, count in parts)


def _exceeding(side: Side) -> list[FieldProblem]:
    """One entry for each part that alone exceeds the total it lies in, else one for their sum."""
    if side.total is None:
        return []
    total = side.total
    counts = [count for _, count in side.inside if count.value]
    alone = [
        FieldProblem(count.field, f"{count.field} ({count.value}) exceeds {total.field} ({total.value})")
        for count in counts
        if count.value > total.value
    ]
    together = sum(count.value for count in counts)
    if alone or together <= total.value:
        return alone
    terms = " + ".join(f"{count.field} ({count.value})" for count in counts)
    message = f"{terms} = {together} exceed {total.field} ({total.value})"
    return [FieldProblem(counts[0].field, message)]


def _flagged(usage: TokenUsage, reading: Reading, status: str) -> TokenUsage:
    """Adds flags for a total that says something else, and for a success that says nothing."""
    total = 0 if reading.total is None else reading.total.value
    counted = usage.input_tokens + usage.output_tokens
    if not counted and total:
        units = {reading.input.plain: total, **usage.units}
        return msgspec.structs.replace(usage, units=units, flags=(*usage.flags, "unsplit"))
    if not usage.units:
        return msgspec.structs.replace(usage, flags=("usage_missing",)) if status == "success" else usage
    sent = sum(side.total.value for side in (reading.input, reading.output) if side.total is not None)
    if not total or total in (sent, counted):
        return usage
    return msgspec.structs.replace(usage, flags=(*usage.flags, "total_differs"))
