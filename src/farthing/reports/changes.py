"""A change of spend between two windows: both sides, its parts, who is behind it, and its cause.

Pure: what was read is in `actions.reads`. Amounts are pico-dollars.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from farthing.reports.question import Reach
from farthing.rules.breakdown import Part, Step
from farthing.rules.causes import Explanation, Line, fewest
from farthing.rules.changes import Amounts, Where
from farthing.rules.filters import Filters, Values
from farthing.rules.periods import Window

PartName = Literal["new_features", "gone_features", "new_users", "gone_users"] | Step


@dataclass(frozen=True)
class Told:
    """What people read of a part: its name, and what it is, after "The part that"."""

    label: str
    meaning: str


PARTS: Final[dict[PartName, Told]] = {
    "new_features": Told("New features", "calls of endpoints made that had none in the time before."),
    "gone_features": Told("Gone features", "calls of endpoints made before that have none now."),
    "new_users": Told("New users", "users cost who had no call in the time before, at the other endpoints."),
    "gone_users": Told("Gone users", "users cost before who have no call now, at the other endpoints."),
    "volume": Told("Volume", "follows from more or fewer calls, at the cost that a call had before."),
    "failures": Told("Retries and errors", "failed calls and repeated attempts cost beyond the volume."),
    "model_mix": Told(
        "Model mix", "follows from which models were called, at what a call of each cost before."
    ),
    "tokens": Told("Tokens per request", "follows from longer or shorter calls of the same models."),
    "input_tokens": Told("Input per request", "follows from more or fewer input tokens in a call."),
    "cache": Told(
        "Cache share", "follows from which of the input came from a cache, was written to it, or not."
    ),
    "output_tokens": Told("Output per request", "follows from more or fewer output tokens in a call."),
    "other_units": Told("Other units", "follows from searches, pages, seconds and fees in a call."),
    "service_tier": Told("Service tier", "follows from batch, priority, region and long contexts."),
    "price": Told("Price", "follows from prices that changed."),
    "rate": Told("Price, cache and tier", "follows from what a token cost, for whatever reason."),
}
"""Every part, in the order in which they are told."""

WHY_COARSE: Final = {
    "many": "The windows hold too many calls to add them up one by one: price, cache and tier are one part.",
    "gone": "A window begins where calls are kept as summaries only: price, cache and tier are one part.",
}
"""What is said where parts are fewer."""

DIMENSIONS: Final = (
    "endpoint_tag",
    "prompt_version",
    "model",
    "user_id",
    "tenant_id",
    "feature_tag",
    "api_key",
    "provider",
    "environment",
)
"""What drivers are told of."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """All calls of one window."""

    window: Window
    requests: int
    cost: int
    unpriced_requests: int
    unpriced_tokens: int
    reach: Reach


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One part of the change; `leaders` are the groups behind it with their own shares, the largest first.

    Those of values that come and go add up to the part; those of endpoints and models are rounded each, and
    only those are named that went the part's way.
    """

    part: PartName
    amount: int
    leaders: tuple[tuple[Where, int], ...] = ()


@dataclass(frozen=True)
class Driver:
    """A value of a dimension in both windows."""

    key: str
    amounts: Amounts


@dataclass(frozen=True, kw_only=True)
class DriverList:
    """The values of a dimension that changed most; all others changed by `rest` together.

    `explaining` are the fewest values that explain most of the change, `explained` their changes together;
    none where a few do not.
    `value_count` is how many values there are, None where nobody counted them.
    """

    dimension: str
    drivers: tuple[Driver, ...]
    rest: int
    explaining: tuple[str, ...]
    explained: int
    value_count: int | None


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A line of the explanation, with the sums of its calls in both windows where they were read.

    What had no call before is compared with what it is a part of: the calls at `beside`.
    """

    line: Line
    before: Mapping[str, int] | None = None
    after: Mapping[str, int] | None = None
    beside: Where | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """Everything that is told of a change.

    The two cannot be compared where one of them begins before what is kept; then there are no bars.
    `coarse` says why price, cache, tier and the like are one part: "many" calls, or rows that are "gone".
    """

    before: Side
    after: Side
    bars: tuple[Bar, ...] = ()
    explanation: Explanation | None = None
    causes: tuple[Cause, ...] = ()
    drivers: tuple[DriverList, ...] = ()
    coarse: Literal["many", "gone"] | None = None
    source: str = ""

    @property
    def amount(self) -> int:
        return self.after.cost - self.before.cost

    @property
    def is_comparable(self) -> bool:
        return not (self.before.reach.is_truncated or self.after.reach.is_truncated)


def at(filters: Filters, where: Where) -> Filters:
    """The filters narrowed to a place that they let through."""
    for dimension, value in where:
        filters = narrowed(filters, dimension, (value,))
    return filters


def narrowed(filters: Filters, dimension: str, values: tuple[str, ...]) -> Filters:
    """The filters with a dimension restricted to values that they let through."""
    if dimension == "data_mode":
        return replace(filters, data_modes=values)
    if dimension == "environment":
        return replace(filters, environments=values)
    others = tuple(pair for pair in filters.equals if pair[0] != dimension)
    return replace(filters, equals=(*others, (dimension, values)))


def without(filters: Filters, dimension: str, values: Iterable[str]) -> Filters:
    """The filters with some more values of a dimension left out."""
    more = tuple(values)
    if not more:
        return filters
    before: Values = filters.excludes
    gone = next((old for name, old in before if name == dimension), ())
    others = tuple(pair for pair in before if pair[0] != dimension)
    return replace(filters, excludes=(*others, (dimension, (*gone, *more))))


def cells_of(
    dimensions: Sequence[str], groups: Mapping[tuple[str, ...], Amounts], holder: str = "endpoint_tag"
) -> dict[Where, Amounts]:
    """The values of each dimension, and each together with one of `holder`, from groups by all of them."""
    found: dict[Where, list[int]] = {}
    held = dimensions.index(holder) if holder in dimensions else None
    for keys, amounts in groups.items():
        pairs = list(zip(dimensions, keys, strict=True))
        places: list[Where] = [(pair,) for pair in pairs]
        if held is not None:
            places += [(pairs[held], pair) for place, pair in enumerate(pairs) if place != held]
        for where in places:
            sums = found.setdefault(where, [0, 0, 0, 0])
            sums[0] += amounts.usual
            sums[1] += amounts.actual
            sums[2] += amounts.usual_requests
            sums[3] += amounts.actual_requests
    return {where: Amounts(*sums) for where, sums in found.items()}


def bar(part: Part) -> Bar:
    """A part with the endpoints and models behind it that went its way."""
    sign = 1 if part.amount >= 0 else -1
    ranked = sorted(part.by_place.items(), key=lambda each: (-sign * each[1], each[0]))
    leaders = [(_place(*place), amount) for place, amount in ranked if sign * amount > 0 and any(place)]
    return Bar(part=part.step, amount=part.amount, leaders=tuple(leaders))


def _place(endpoint_tag: str, provider: str, model: str) -> Where:
    pairs = (("endpoint_tag", endpoint_tag), ("provider", provider), ("model", model))
    return tuple(pair for pair in pairs if pair[1])


def bar_of_values(part: PartName, dimension: str, values: Mapping[str, int]) -> Bar:
    """A part that is the whole of some values."""
    ranked = sorted(values.items(), key=lambda each: (-abs(each[1]), each[0]))
    leaders = tuple((((dimension, key),), amount) for key, amount in ranked)
    return Bar(part=part, amount=sum(values.values()), leaders=leaders)


def driver_list(
    dimension: str, values: Mapping[str, Amounts], change: int, limit: int, value_count: int | None
) -> DriverList:
    """The values that changed most, of those that were read."""
    ranked = sorted(values.items(), key=lambda each: (-abs(each[1].change), -each[1].actual, each[0]))
    shown = [Driver(key, amounts) for key, amounts in ranked[:limit]]
    chosen = fewest([((dimension, key), amounts) for key, amounts in sorted(values.items())], change)
    explained = sum(amounts.change for _, amounts in chosen)
    if 2 * abs(change - explained) > abs(change):  # that is not most of it
        chosen, explained = [], 0
    return DriverList(
        dimension=dimension,
        drivers=tuple(shown),
        rest=change - sum(each.amounts.change for each in shown),
        explaining=tuple(pair[1] for pair, _ in chosen),
        explained=explained,
        value_count=value_count,
    )
