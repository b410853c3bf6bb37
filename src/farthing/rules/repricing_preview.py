"""Adding up what a re-pricing would do, call by call."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from farthing.rules.events import UsageEvent
from farthing.rules.periods import QUARTER_MS, local_date
from farthing.rules.repricing import DayLine, Example, ModelLine, MonthLine, Preview, Scope, Tally

_MODELS_MAX: Final = 200
_DAYS_MAX: Final = 92
_EXAMPLES_MAX: Final = 20
_VERSIONS_MAX: Final = 20
_TO_MONTH: Final = len("2026-11")


class PreviewMaker:
    """Takes calls in any order; `preview` says what they come to. Months are those of `zone`."""

    def __init__(self, scope: Scope, zone: ZoneInfo) -> None:
        self._scope = scope
        self._zone = zone
        self._total, self._closed = Tally(), Tally()
        self._months: dict[tuple[str, bool], Tally] = defaultdict(Tally)
        self._days: dict[str, Tally] = defaultdict(Tally)
        self._models: dict[tuple[str, str, str], Tally] = defaultdict(Tally)
        self._examples: list[Example] = []
        self._versions: set[str] = set()

    def add(self, request_id: int, before: UsageEvent, after: UsageEvent | None) -> None:
        """Count a call; `after` is what it would be: the same object if it stays, None if it must."""
        is_closed = before.occurred_at < self._scope.closed_until
        (self._closed if is_closed else self._total).add(before, after)
        day = _day(before.occurred_at // QUARTER_MS, self._zone)
        self._months[day[:_TO_MONTH], is_closed].add(before, after)
        if after is None or after is before or is_closed:
            return
        self._days[day].add(before, after)
        self._models[before.provider, before.model, after.model].add(before, after)
        self._versions.add(before.rate_card.price_book_version)
        if len(self._examples) < _EXAMPLES_MAX:
            self._examples.append(_example(request_id, before, after))

    def preview(self) -> Preview:
        """Months and days oldest first; models by how much they change, most first."""
        months = tuple(MonthLine(*key, tally) for key, tally in sorted(self._months.items()))
        models = sorted((ModelLine(*key, tally) for key, tally in self._models.items()), key=_rank)
        return Preview(
            total=self._total,
            closed=self._closed,
            months=months,
            days=tuple(DayLine(day, self._days[day]) for day in sorted(self._days)[-_DAYS_MAX:]),
            days_left_out=max(0, len(self._days) - _DAYS_MAX),
            models=tuple(models[:_MODELS_MAX]),
            models_left_out=max(0, len(models) - _MODELS_MAX),
            examples=tuple(self._examples),
            versions_before=tuple(sorted(self._versions)[-_VERSIONS_MAX:]),
        )


def _example(request_id: int, before: UsageEvent, after: UsageEvent) -> Example:
    return Example(
        request_id=request_id,
        provider=before.provider,
        model=before.model,
        model_after=after.model,
        cost_before_picousd=before.cost_picousd,
        cost_after_picousd=after.cost_picousd,
    )


def _rank(line: ModelLine) -> tuple[int, int, str, str]:
    tally = line.tally
    difference = abs(tally.cost_after_picousd - tally.cost_before_picousd)
    return -difference, -tally.changed_count, line.model, line.model_after


@lru_cache(maxsize=4_096)
def _day(quarter: int, zone: ZoneInfo) -> str:
    return local_date(quarter * QUARTER_MS, zone).isoformat()
