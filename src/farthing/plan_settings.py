"""The settings of one plan, of which the settings may hold several."""

from __future__ import annotations

from math import ceil
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from farthing.rules.plans import Plan
from farthing.rules.rate_limit import BURST_MAX, RATE_MAX, RateLimit

_FILL_SECONDS_MAX: Final = 30 * 86_400
"""Buckets are counted in nanoseconds of 64 bits, which slower ones would not fit."""


class PlanSettings(BaseModel):
    """A plan. What is left out is without limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = Field(
        default=None, min_length=1, max_length=80, description="What people read; the tier with a capital."
    )
    request_limit_per_month: int | None = Field(
        default=None, ge=1, description="Real and test requests that a calendar month (UTC) may have."
    )
    raw_days: int | None = Field(default=None, ge=1, description="Days that single requests are kept.")
    summary_days: int | None = Field(default=None, ge=1, description="Days that sums are kept.")
    rate_per_second: float | None = Field(
        default=None,
        gt=0,
        le=RATE_MAX,
        description="Events a second that each key may send in the long run.",
    )
    burst: int | None = Field(
        default=None,
        ge=1,
        le=BURST_MAX,
        description="Events that a key may send at once; no batch may be larger. One second's worth.",
    )
    features: tuple[str, ...] = Field(default=(), description="Words of your own, which limit nothing.")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.burst is not None and self.rate_per_second is None:
            raise ValueError(f"burst ({self.burst}) needs a rate_per_second")
        if self.rate_per_second is not None and self._fill_seconds(self.rate_per_second) > _FILL_SECONDS_MAX:
            raise ValueError(
                f"at a rate_per_second of {self.rate_per_second:g} it takes more than 30 days until a burst "
                f"({self.burst or 1}) is there again"
            )
        raw, kept = self.raw_days, self.summary_days
        if raw is not None and kept is not None and raw > kept:
            raise ValueError(f"raw_days ({raw}) exceeds summary_days ({kept})")
        return self

    def _fill_seconds(self, per_second: float) -> float:
        return (self.burst or 1) / per_second

    def plan(self, tier: str) -> Plan:
        """The plan as rules take it."""
        rate = None
        if self.rate_per_second is not None:
            rate = RateLimit(self.rate_per_second, self.burst or ceil(self.rate_per_second))
        return Plan(
            tier=tier,
            name=self.name or tier.capitalize(),
            request_limit_per_month=self.request_limit_per_month,
            raw_days=self.raw_days,
            summary_days=self.summary_days,
            rate=rate,
            features=self.features,
        )
