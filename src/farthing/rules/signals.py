"""What is watched for anomalies: the registry of signals, and from when on each is worth anybody's time.

A signal is a sum, or one sum over another. A new one is an entry here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Family = Literal["spend", "unpriced", "silence"]
"""Signals of one family that deviate at the same time are one incident."""

SUMS: Final = (
    "cost_picousd",
    "request_count",
    "error_count",
    "retry_count",
    "attempt_count",
    "input_tokens",
    "cached_tokens",
    "tokens",
    "unpriced_request_count",
)
"""The sums that a watched series has, for each hour of its history and each quarter hour of the last day.

`attempt_count` counts the requests of which is known whether they were retries.
"""


@dataclass(frozen=True, kw_only=True)
class Signal:
    """`above` and `below` are names of SUMS; without `below` the sum itself is watched, by its rhythm.

    `is_fall` watches for less than usual. What deviates counts only from `share_min` of the usual on (by the
    hours that are looked at: 1, 3, 24) and, where the ratio is a share of 1, from `points_min` on; further
    only if it is `count_min` of the numerator more (or less) than usual, and, with `is_money`, if the money
    of it reaches the floor (`rules.anomalies.Sensitivity`): what was spent beyond the usual spend, or beyond
    the usual cost of so many requests (`costs_of`). `cause_of` is the sum whose change explains it, among the
    values of `cause_in` if that is given. `usual_at_first` is what a ratio is taken to be before
    anything is known; with None nothing is said until then.
    """

    name: str
    label: str
    family: Family = "spend"
    above: str
    below: str | None = None
    is_fall: bool = False
    is_share: bool = False
    share_min: tuple[float, float, float] = (1.0, 0.6, 0.35)
    points_min: float = 0.0
    count_min: int = 0
    is_money: bool = True
    costs_of: str = "spend"
    cause_of: str = "cost_picousd"
    cause_in: tuple[str, ...] = ()
    usual_at_first: float | None = None


_ALL: Final = (
    Signal(name="spend", label="Spend", above="cost_picousd"),
    Signal(name="requests", label="Requests", above="request_count", count_min=200),
    Signal(
        name="cost_per_request",
        label="Cost per request",
        above="cost_picousd",
        below="request_count",
        share_min=(0.6, 0.4, 0.25),
        costs_of="cost_per_request",
    ),
    Signal(
        name="tokens_per_request",
        label="Tokens per request",
        above="tokens",
        below="request_count",
        share_min=(0.6, 0.4, 0.25),
        costs_of="cost_per_request",
    ),
    Signal(
        name="cached_share",
        label="Cached share",
        above="cached_tokens",
        below="input_tokens",
        is_fall=True,
        is_share=True,
        share_min=(0.3, 0.2, 0.15),
        points_min=0.1,
        costs_of="cost_per_request",
    ),
    Signal(
        name="error_rate",
        label="Error rate",
        above="error_count",
        below="request_count",
        is_share=True,
        points_min=0.1,
        count_min=30,
        is_money=False,
        cause_of="error_count",
    ),
    Signal(
        name="retry_rate",
        label="Retry rate",
        above="retry_count",
        below="attempt_count",
        is_share=True,
        points_min=0.1,
        count_min=30,
        is_money=False,
        cause_of="retry_count",
    ),
    Signal(
        name="unpriced_share",
        label="Unpriced share",
        family="unpriced",
        above="unpriced_request_count",
        below="request_count",
        is_share=True,
        points_min=0.02,
        count_min=20,
        is_money=False,
        cause_of="unpriced_request_count",
        cause_in=("model", "provider"),
        usual_at_first=0.0,
    ),
)
SIGNALS: Final[dict[str, Signal]] = {signal.name: signal for signal in _ALL}

SILENCE: Final = "silence"
"""The one that is no sum: nothing arrives where something should (`rules.silence`)."""


def family_of(signal: str) -> Family:
    """What it is one incident with."""
    return "silence" if signal == SILENCE else SIGNALS[signal].family
