"""What the demo's registry of oddities says is in the events, for every size and length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from statistics import median
from typing import Final

import pytest

from farthing.intake.demo import Demo
from farthing.intake.demo_plan import DAYS_MAX, Wanted, hours_of
from farthing.intake.demo_planted import DAYS_MIN, PLANTED, Planted
from farthing.intake.llm_request import Sender
from farthing.rules.events import UsageEvent
from farthing.rules.periods import DAY_MS, HOUR_MS
from farthing.rules.pricebook import CardCache
from tests.installations import NOW, price_book

WANTED: Final = (
    Wanted(NOW),
    Wanted(NOW, 5_000, DAYS_MIN),
    Wanted(NOW, 20_000, 60),
    Wanted(NOW + 7 * HOUR_MS + 1, 8_000, 14),
    Wanted(NOW // DAY_MS * DAY_MS, 5_000, 14),
)


@pytest.fixture(scope="module", params=WANTED, ids=lambda w: f"{w.size}-{w.days}-{w.now % DAY_MS}")
def made(request: pytest.FixtureRequest) -> tuple[Wanted, list[UsageEvent]]:
    wanted: Wanted = request.param
    return wanted, list(Demo(Sender(1, 0, 2), wanted, CardCache(price_book())).events())


def chosen(events: Iterable[UsageEvent], where: tuple[tuple[str, str], ...]) -> list[UsageEvent]:
    return [event for event in events if all(getattr(event, name) == value for name, value in where)]


def when(events: Iterable[UsageEvent], planted: Planted, now: int) -> list[UsageEvent]:
    """Those that happened when it shows."""

    def shows(at: int) -> bool:
        days_ago, hour = now // DAY_MS - at // DAY_MS, at // HOUR_MS % 24
        in_days = not planted.days_ago or days_ago in planted.days_ago
        return in_days and (planted.hours is None or planted.hours[0] <= hour < planted.hours[1])

    return [event for event in events if shows(event.occurred_at)]


def cost(events: Iterable[UsageEvent]) -> int:
    return sum(event.cost_picousd or 0 for event in events)


def regression(planted: Planted, events: list[UsageEvent], now: int) -> float:
    new, old = chosen(events, planted.where), chosen(events, planted.beside)
    assert len(when(new, planted, now)) == len(new)
    assert not when(old, planted, now)
    return cost(new) / len(new) / (cost(old) / len(old))


def spike(planted: Planted, events: list[UsageEvent], now: int) -> float:
    of_feature = chosen(events, planted.where)
    assert planted.hours is not None
    hours = [e for e in of_feature if planted.hours[0] <= e.occurred_at // HOUR_MS % 24 < planted.hours[1]]
    by_day = Counter(event.occurred_at // DAY_MS for event in hours)
    day = now // DAY_MS - planted.days_ago[0]
    return by_day.pop(day) / max(1, median(by_day.values()))


def runaway(planted: Planted, events: list[UsageEvent], now: int) -> float:
    mine = chosen(events, planted.where)
    assert len(when(mine, planted, now)) == len(mine)
    spent: Counter[str | None] = Counter()
    days = {now // DAY_MS - ago for ago in planted.days_ago}
    for event in (each for each in events if each.occurred_at // DAY_MS in days):
        spent[event.user_id] += event.cost_picousd or 0
    spent.pop(None)
    own = spent.pop(dict(planted.where)["user_id"])
    return own / max(spent.values())


def unpriced(planted: Planted, events: list[UsageEvent], _now: int) -> float:
    mine = [event for event in chosen(events, planted.where) if event.usage.units]
    others = {event.model for event in events if event.pricing_status != "priced"}
    assert others == {dict(planted.where)["model"]}
    return len([event for event in mine if event.pricing_status == "unpriced"]) / len(mine)


FOUND: Final[dict[str, Callable[[Planted, list[UsageEvent], int], float]]] = {
    "prompt_regression": regression,
    "spike": spike,
    "runaway_user": runaway,
    "unpriced_model": unpriced,
}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda each: each.kind)
def test_what_is_planted_is_there(made: tuple[Wanted, list[UsageEvent]], planted: Planted) -> None:
    wanted, events = made
    assert FOUND[planted.kind](planted, events, wanted.now) >= planted.ratio


def test_there_are_as_many_as_wanted_within_their_days(made: tuple[Wanted, list[UsageEvent]]) -> None:
    wanted, events = made
    assert len(events) == wanted.size
    assert len({event.external_request_id for event in events}) == wanted.size
    times = [event.occurred_at for event in events]
    assert times == sorted(times, key=lambda at: (-(at // HOUR_MS), at))
    assert (wanted.now // DAY_MS - wanted.days + 1) * DAY_MS <= min(times) <= max(times) <= wanted.now


@pytest.mark.parametrize(("size", "days"), [(1_000, 7), (1_000, DAYS_MAX), (999_999, 14), (1_000_000, 400)])
def test_hours_add_up_to_the_size(size: int, days: int) -> None:
    hours = hours_of(Wanted(NOW, size, days))
    assert sum(hour.count for hour in hours) == size
    assert all(
        hour.first == sum(each.count for each in hours[:place]) for place, hour in enumerate(hours[:50])
    )
