"""Incidents begin, go on, end and come up again; and what they cost."""

from __future__ import annotations

from farthing.rules.anomalies import Deviation
from farthing.rules.baseline import Baseline, SpanNoise
from farthing.rules.changes import Where
from farthing.rules.incidents import Incident, Seen, look
from farthing.rules.periods import HOUR_MS, QUARTER_MS
from farthing.rules.toll import toll

CHAT: Where = (("endpoint_tag", "chat"),)
MAIL: Where = (("endpoint_tag", "mail"),)


def seen(at: int, place: Where = (), signal: str = "spend", **more: object) -> Seen:
    """A deviation at a quarter hour, an hour old."""
    fields = {
        "signal": signal,
        "span_hours": 1,
        "actual": 2.0,
        "usual": 1.0,
        "score": 9.0,
        "quarters": 4,
        "excess_picousd": 5,
        "is_opening": True,
    }
    return Seen(place, Deviation(**(fields | more)), at * QUARTER_MS)  # type: ignore[arg-type]


def looks(*each: list[Seen], every: int = 1) -> tuple[list[int], list[int], tuple[Incident, ...]]:
    """How many opened and ended at each look, and what remains."""
    incidents: tuple[Incident, ...] = ()
    opened, ended = [], []
    for number, some in enumerate(each):
        step = look(incidents, some, (100 + number * every) * QUARTER_MS)
        incidents = step.incidents
        opened.append(len(step.opened))
        ended.append(len(step.ended))
    return opened, ended, incidents


def test_what_deviates_together_is_one_incident() -> None:
    opened, _, (incident,) = looks(
        [seen(100, CHAT, excess_picousd=4), seen(100), seen(100, signal="requests")],
        [seen(101, MAIL, quarters=4)],
    )
    assert opened == [1, 0]
    assert (incident.first.place, incident.since) == ((), 96 * QUARTER_MS)
    assert incident.places == ((), CHAT, MAIL)
    assert incident.signals == ("spend", "requests")


def test_families_are_apart() -> None:
    opened, _, incidents = looks([seen(100), seen(100, signal="unpriced_share"), seen(100, signal="silence")])
    assert opened == [3]
    assert {each.family for each in incidents} == {"spend", "unpriced", "silence"}


def test_what_begins_elsewhere_hours_later_is_another_incident() -> None:
    opened, _, incidents = looks([seen(100, CHAT)], [seen(130, CHAT), seen(130, MAIL)], every=30)
    assert opened == [1, 1]
    assert [each.places for each in incidents] == [(CHAT,), (MAIL,)]


def test_the_workspace_deviates_with_whatever_deviates_in_it() -> None:
    opened, _, _ = looks([seen(100, CHAT)], [seen(130, CHAT), seen(130)], every=30)
    assert opened == [1, 0]


def test_half_is_not_enough_to_begin_and_enough_to_go_on() -> None:
    half = seen(100, is_opening=False)
    assert looks([half], [half])[0] == [0, 0]
    _, ended, (incident,) = looks([seen(100)], [], [], [], [], [], [], [seen(107, is_opening=False)], [], [])
    assert sum(ended) == 0
    assert incident.ended_at is None


def test_it_ends_after_two_quiet_hours_when_it_was_last_seen() -> None:
    opened, ended, (incident,) = looks([seen(100)], *[[]] * 9)
    assert (sum(opened), ended.index(1)) == (1, 8)
    assert incident.ended_at == 100 * QUARTER_MS


def test_what_comes_up_again_soon_is_no_news_and_later_is() -> None:
    again = looks([seen(100)], [], [], [seen(103 + 2 * 4)], every=4)
    assert again[0] == [1, 0, 0, 0]
    assert again[2][0].ended_at is None
    later = looks([seen(100)], *[[]] * 9, [seen(100 + 10 * 4)], every=4)
    assert (later[0][-1], len(later[2])) == (1, 1)


def test_what_is_over_is_forgotten() -> None:
    assert looks([seen(100)], *[[]] * 20, every=4)[2] == ()


def test_the_worst_is_kept() -> None:
    _, _, (incident,) = looks([seen(100)], [seen(101, CHAT, excess_picousd=90)], [seen(102)])
    assert (incident.worst.place, incident.first.place) == (CHAT, ())


USUAL = Baseline(
    hours=tuple(400.0 if 8 <= slot % 24 < 20 else 40.0 for slot in range(168)),
    spreads=(10.0,) * 168,
    noise=(SpanNoise(1, 1.0, 1.0),),
    level_drift=0.0,
    growth=0.0,
    history_hours=2_000,
)


def test_a_toll_adds_up_what_is_beyond_the_usual() -> None:
    # Three times the usual 100 a quarter hour for two hours; six hours of work are left, and four of night.
    left = [hour for hour in range(14, 24) for _ in range(4)]
    found = toll(USUAL, ([300] * 8, [12] * 4 + [13] * 4), left, left)
    assert (found.so_far, found.per_hour) == (1_600, 800)
    # Twice as much again as usual then: six times 800 and four times 80, less than ten times 800.
    assert found.by_day_end == 1_600 + 5_120


def test_a_script_in_the_night_is_not_multiplied_by_the_morning() -> None:
    left = [hour for hour in range(4, 24) for _ in range(4)]
    found = toll(USUAL, ([110] * 4, [3] * 4), left, left)
    assert (found.so_far, found.per_hour, found.by_day_end) == (400, 400, 400 + 20 * 400)


def test_a_fall_is_a_toll_below_nothing() -> None:
    found = toll(USUAL, ([0] * 4, [12] * 4), [13] * 4, [13] * 4)
    assert (found.so_far, found.per_hour, found.by_day_end) == (-400, -400, -800)


def test_what_was_never_usual_goes_on_as_it_is() -> None:
    nothing = Baseline(
        hours=(0.0,) * 168, spreads=(1.0,) * 168, noise=(), level_drift=0.0, growth=0.0, history_hours=100
    )
    assert toll(nothing, ([10] * 4, [12] * 4), [13] * 8, []).by_day_end == 40 + 80
    assert HOUR_MS == 4 * QUARTER_MS
