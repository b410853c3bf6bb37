"""Tokens as senders' metrics count them against the tokens of the calls that came.

Where metrics say more, calls were lost on the way. Where they say less, metrics came for a part of the time
or of the calls only, which tells nothing: so nothing is set off against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from farthing.reports.question import Row
from farthing.rules.periods import DAY_MS
from farthing.rules.token_metrics import TokenCell


class Covered(NamedTuple):
    """A model's tokens on a UTC day (days since 1970), input and output together."""

    day: int
    provider: str
    model: str
    metric_tokens: int
    call_tokens: int

    @property
    def missing_tokens(self) -> int:
        """How many tokens more metrics count than calls have."""
        return max(self.metric_tokens - self.call_tokens, 0)


class Coverage(NamedTuple):
    """All models and days of which metrics tell, those with most missing first."""

    models: tuple[Covered, ...]

    @property
    def metric_tokens(self) -> int:
        """All that metrics count."""
        return sum(each.metric_tokens for each in self.models)

    @property
    def call_tokens(self) -> int:
        """What calls of the same keys, models and days have."""
        return sum(each.call_tokens for each in self.models)

    @property
    def missing_tokens(self) -> int:
        """All that are missing."""
        return sum(each.missing_tokens for each in self.models)

    @property
    def sentence(self) -> str:
        """For people, in a line."""
        missing = self.missing_tokens
        if missing:
            return f"Metrics say {missing:,} tokens more than the calls that came."
        return f"The calls that came have all {self.metric_tokens:,} tokens that metrics say."


def compared(metrics: Mapping[TokenCell, int], rows: Iterable[Row]) -> Coverage:
    """`rows` are calls of the keys of `metrics`, with input and output tokens by provider, model, UTC day."""
    told: Counter[tuple[int, str, str]] = Counter()
    for cell, count in metrics.items():
        told[cell.day, cell.provider, cell.model] += count
    came = {((row.bucket or 0) // DAY_MS, *row.keys): _tokens(row) for row in rows}
    found = [Covered(*key, count, came.get(key, 0)) for key, count in told.items()]
    return Coverage(tuple(sorted(found, key=lambda each: (-each.missing_tokens, each))))


def _tokens(row: Row) -> int:
    return sum(int(row.values[name] or 0) for name in ("input_tokens", "output_tokens"))
