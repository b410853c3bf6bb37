"""What is odd about the invented company: where and when it shows, and how strongly. docs/demo.md tells it.

Kept as data, so that reports, alerts and their tests can be held to finding it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["prompt_regression", "spike", "runaway_user", "unpriced_model"]
Measure = Literal["cost_per_request", "requests_per_hour", "cost", "unpriced_share"]


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One thing to find.

    It is in the calls that have the values `where` (by dimension), within `hours` (half open) of each of the
    UTC days that lie `days_ago` days before the one on which the demo was made; empty means any time.
    There `measure` is at least `ratio` times what it is in the calls that have the values `beside`: for the
    regression calls of the version before, for the spike the same feature in the same hours of other days,
    for the user each other user on those days; the share is of calls that used anything.
    """

    kind: Kind
    where: tuple[tuple[str, str], ...]
    beside: tuple[tuple[str, str], ...] = ()
    days_ago: tuple[int, ...] = ()
    hours: tuple[int, int] | None = None
    measure: Measure
    ratio: float
    story: str


REGRESSED_PROMPT: Final = "reply_v8"
REGRESSED_DAYS_AGO: Final = 5
REGRESSED_INPUT: Final = 1.9
REGRESSED_OUTPUT: Final = 1.55
"""How much longer its calls are than those of the version before."""

SPIKE_FEATURE: Final = "docs.question"
SPIKE_TENANT: Final = "copperfield"
SPIKE_DAYS_AGO: Final = 4
SPIKE_HOURS: Final = (14, 16)
SPIKE_OF_A_DAY: Final = 0.7
"""How many calls it is, in parts of what a Monday has."""

RUNAWAY_FEATURE: Final = "analytics.sql_agent"
RUNAWAY_USER: Final = "usr_c81d4e"
RUNAWAY_TENANT: Final = "finch"
RUNAWAY_DAYS_AGO: Final = (1, 2)
RUNAWAY_HOURS: Final = (10, 11)
RUNAWAY_OF_A_DAY: Final = 0.24
RUNAWAY_INPUT: Final = (3_000, 43_500)
"""Its first and its last call, in tokens."""

UNPRICED_MODEL: Final = "acme-call-notes-2"

DAYS_MIN: Final = 7
"""A demo of as many days holds all of it."""

PLANTED: Final = (
    Planted(
        kind="prompt_regression",
        where=(("prompt_version", REGRESSED_PROMPT),),
        beside=(("prompt_version", "reply_v7"),),
        days_ago=tuple(range(REGRESSED_DAYS_AGO, -1, -1)),
        measure="cost_per_request",
        ratio=1.4,
        story="A new prompt of support.reply_draft has its examples twice: calls are longer and dearer.",
    ),
    Planted(
        kind="spike",
        where=(("endpoint_tag", SPIKE_FEATURE),),
        days_ago=(SPIKE_DAYS_AGO,),
        hours=SPIKE_HOURS,
        measure="requests_per_hour",
        ratio=8.0,
        story="A script of the tenant copperfield asks docs.question for all there is in two hours.",
    ),
    Planted(
        kind="runaway_user",
        where=(("user_id", RUNAWAY_USER),),
        days_ago=RUNAWAY_DAYS_AGO,
        hours=RUNAWAY_HOURS,
        measure="cost",
        ratio=1.0,
        story="An agent feeds its answers back to itself: each call is longer than the last.",
    ),
    Planted(
        kind="unpriced_model",
        where=(("model", UNPRICED_MODEL),),
        measure="unpriced_share",
        ratio=1.0,
        story="voice.call_notes calls the company's own fine-tune, which no price book knows.",
    ),
)
"""All of it."""
