"""Incidents for tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from msgspec.structs import replace

from farthing.rules.anomalies import Deviation, Usual
from farthing.rules.baseline import Baseline, SpanNoise
from farthing.rules.causes import Explanation, Line
from farthing.rules.changes import Where
from farthing.rules.incidents import Incident, Seen
from farthing.rules.kept_incident import Expected, KeptIncident, Mute
from farthing.rules.periods import HOUR_MS, QUARTER_MS
from farthing.rules.toll import Toll
from farthing.rules.watching import Learnt
from tests.contract.samples import AT, WORKSPACE_ID

PLACE: Final[Where] = (("endpoint_tag", "docs.question"),)
BASELINE: Final = Baseline(
    hours=(1e12,) * 168,
    spreads=(1e11,) * 168,
    noise=tuple(SpanNoise(hours, 1.0, 3.5) for hours in (1, 3, 24)),
    level_drift=0.1,
    growth=0.01,
    history_hours=2000,
)


def incident(name: str = "docs.question", **fields: Any) -> KeptIncident:
    """One of spend that opened at AT in an endpoint of this name."""
    place: Where = (("endpoint_tag", name),)
    deviation = Deviation(
        signal="spend",
        span_hours=1,
        actual=7.5e12,
        usual=1e12,
        score=31.25,
        quarters=4,
        excess_picousd=6_500_000_000_000,
        is_opening=True,
    )
    seen = Seen(place, deviation, AT)
    what = Incident(
        family="spend",
        since=AT - HOUR_MS,
        opened_at=AT,
        last_at=AT,
        ended_at=None,
        first=seen,
        worst=seen,
        places=(place, ()),
        signals=("spend", "requests"),
    )
    line = Line(
        where=(*place, ("tenant_id", name)),
        usual=1,
        actual=6_500_000_000_000,
        change=6_499_999_999_999,
        share=Decimal("0.9876"),
        volume=6_499_999_999_998,
        per_request=1,
    )
    plain = KeptIncident(
        workspace_id=WORKSPACE_ID,
        what=what,
        severity="warning",
        toll=Toll(so_far=6_500_000_000_000, per_hour=6_500_000_000_000, by_day_end=2**62, by_month_end=2**64),
        cause_of="cost_picousd",
        explanation=Explanation(change=6_500_000_000_000, level=0, lines=(line,), rest=1),
        explained_at=AT,
        expected=Expected(plain=BASELINE, spend=BASELINE),
    )
    return replace(plain, **fields)


def later(of: KeptIncident, quarters: int, **fields: Any) -> KeptIncident:
    """The same, seen again some quarter hours later."""
    return replace(of, what=replace(of.what, last_at=of.what.last_at + quarters * QUARTER_MS, **fields))


def mute(**fields: Any) -> Mute:
    plain = Mute(
        workspace_id=WORKSPACE_ID,
        place=PLACE,
        signal="spend",
        until=AT + HOUR_MS,
        created_by=1,
        created_at=AT,
    )
    return replace(plain, **fields)


def learnt(place: Where = PLACE, at: int = AT) -> Learnt:
    return Learnt(place=place, learnt_at=at, usual=Usual(sums={"spend": BASELINE}, ratios={}))
