"""One version of a prompt against another: what their calls were like, the difference in cost, and a verdict.

Pure: what was read is in `actions.reads`. Amounts are pico-dollars.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from farthing.reports.change_story import dollars
from farthing.reports.question import Reach
from farthing.rules.latency import Percentiles
from farthing.rules.periods import DAY_MS, Window
from farthing.rules.usage import INPUT_UNITS, OUTPUT_UNITS
from farthing.rules.versus import BLOCKS_MIN, CALLS_MIN, Difference

Verdict = Literal["dearer", "cheaper", "no_difference", "too_few", "no_calls"]
MONTH_DAYS: Final = 30
PRESENT_MS: Final = 7 * DAY_MS
"""What is called the present volume is that of so long before the end of the window."""
_PERCENT: Final = 100
_VERDICTS: Final[dict[int, Verdict]] = {1: "dearer", -1: "cheaper", 0: "no_difference"}


@dataclass(frozen=True, kw_only=True)
class Version:
    """The calls of one version in the window.

    `first_at` and `last_at` begin the blocks of the first and the last. `retries` are calls that were another
    attempt than the first, None where that was not read.
    """

    name: str
    sums: Mapping[str, int]
    latency: Percentiles
    retries: int | None = None
    first_at: int | None = None
    last_at: int | None = None

    @property
    def requests(self) -> int:
        return self.sums["request_count"]

    @property
    def cost(self) -> int:
        return self.sums["cost_picousd"]

    @property
    def cost_per_request(self) -> Fraction | None:
        return self._ratio(self.cost)

    @property
    def input_per_request(self) -> Fraction | None:
        return self._ratio(sum(self.sums[unit] for unit in INPUT_UNITS))

    @property
    def output_per_request(self) -> Fraction | None:
        return self._ratio(sum(self.sums[unit] for unit in OUTPUT_UNITS))

    @property
    def cached_share(self) -> Fraction | None:
        read = self.sums["cache_read"] + self.sums["audio_cache_read"]
        whole = sum(self.sums[unit] for unit in INPUT_UNITS)
        return Fraction(read, whole) if whole else None

    @property
    def error_rate(self) -> Fraction | None:
        return self._ratio(self.sums["error_count"])

    @property
    def retry_rate(self) -> Fraction | None:
        return None if self.retries is None else self._ratio(self.retries)

    def _ratio(self, above: int) -> Fraction | None:
        return Fraction(above, self.requests) if self.requests else None


@dataclass(frozen=True, kw_only=True)
class Impact:
    """Version `b` against version `a` of an endpoint, which had `endpoint_requests` in `present`.

    `others` are all versions that were called in the window, the newest first. `step` is how long a block is.
    """

    endpoint_tag: str
    a: Version
    b: Version
    difference: Difference | None
    step: str
    present: Window
    present_requests: int
    others: tuple[str, ...]
    reach: Reach
    source: str

    @property
    def verdict(self) -> Verdict:
        found = self.difference
        if found is None:
            return "no_calls"
        if not found.is_known:
            return "too_few"
        return _VERDICTS[found.sign]

    @property
    def monthly_requests(self) -> Fraction:
        """The endpoint's calls in thirty days, at the present volume."""
        length = max(self.present.end - self.present.start, 1)
        return Fraction(self.present_requests * MONTH_DAYS * DAY_MS, length)

    def monthly(self, per_request: Fraction | int) -> int:
        """What an amount per request comes to in thirty days."""
        return round(self.monthly_requests * per_request)

    @property
    def ratio(self) -> Fraction | None:
        """How much dearer a call of b is, as a part of what one of a costs."""
        before = self.a.cost_per_request
        return None if self.difference is None or not before else self.difference.mean / before


def verdict_text(impact: Impact) -> str:
    """The verdict in plain words, with the dollars of a month."""
    a, b, found = impact.a, impact.b, impact.difference
    if found is None:
        gone = [each.name for each in (a, b) if not each.requests]
        return f"{' and '.join(gone)} {'has' if len(gone) == 1 else 'have'} no calls in this time."
    if found.low is None or found.high is None:
        return (
            f"Not enough calls to say: {a.name} has {a.requests:,} and {b.name} {b.requests:,}. It takes "
            f"{CALLS_MIN} of each, spread over {BLOCKS_MIN} {_STEPS[impact.step]}."
        )
    bounds = f"95 % sure: between {_signed(found.low)} and {_signed(found.high)}"
    if not found.sign:
        return (
            f"No difference shown: a call of {b.name} costs {_signed(round(found.mean))} against {a.name}, "
            f"but that may be chance ({bounds})."
        )
    more = "more" if found.sign > 0 else "less"
    return (
        f"{b.name} costs {dollars(round(found.mean))} {more} per request than {a.name}{_percent(impact)}; "
        f"{bounds}. At the present volume that is {dollars(impact.monthly(found.mean))} {more} a month."
    )


_STEPS: Final = {"15m": "quarter hours", "hour": "hours", "day": "days"}


def _signed(picousd: int) -> str:
    sign = "+" if picousd > 0 else "\u2212" if picousd < 0 else ""
    return f"{sign}{dollars(picousd)}"


def _percent(impact: Impact) -> str:
    if impact.ratio is None:
        return ""
    value = Decimal(impact.ratio.numerator) / impact.ratio.denominator * _PERCENT
    sign = "+" if value > 0 else "\u2212"
    return f" ({sign}{abs(value):.0f} %)"
