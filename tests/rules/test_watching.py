"""What holds of a place at first, what is explained within one, and how bad an incident is."""

from __future__ import annotations

from msgspec.structs import replace

from farthing.rules.anomalies import QUARTERS, Recent
from farthing.rules.causes_within import explain_within
from farthing.rules.changes import Amounts, Where
from farthing.rules.incidents import Seen, look
from farthing.rules.kept_incident import severity_of
from farthing.rules.signals import SUMS
from farthing.rules.watching import History, learn, seen_in, unlearnt
from tests.contract.incidents import incident, mute

ENDPOINT: Where = (("endpoint_tag", "reply"),)


def test_before_anything_is_known_only_calls_without_a_price_are_unusual() -> None:
    sums = {name: [10] * QUARTERS for name in SUMS}
    recent = Recent(dict(sums), [0] * QUARTERS)
    (seen,) = seen_in(unlearnt(()), recent, 0, 1)
    assert (seen.deviation.signal, seen.deviation.usual, seen.deviation.is_opening) == (
        "unpriced_share",
        0,
        True,
    )
    priced = Recent({**sums, "unpriced_request_count": [0] * QUARTERS}, [0] * QUARTERS)
    assert seen_in(unlearnt(()), priced, 0, 1) == []


def test_neither_the_time_before_the_first_call_nor_the_silence_of_now_hides_a_silence() -> None:
    counts = [0] * 500 + [50] * (14 * 24) + [0] * 48
    sums = dict.fromkeys(SUMS, counts)
    learnt = learn(History((), dict(sums)), [hour % 168 for hour in range(len(counts))], 1)
    assert learnt.missing_most == 0
    quiet = Recent(dict.fromkeys(SUMS, [0] * QUARTERS), [0] * QUARTERS)
    assert [each.deviation.signal for each in seen_in(learnt, quiet, 1, 1)] == ["silence"]


def test_a_new_prompt_that_costs_more_is_the_cause_within_its_endpoint() -> None:
    cells: dict[Where, Amounts] = {
        (("prompt_version", "v7"),): Amounts(usual=1_000, actual=0, usual_requests=100),
        (("prompt_version", "v8"),): Amounts(actual=1_600, actual_requests=100),
        (("user_id", "u"),): Amounts(usual=500, actual=800, usual_requests=50, actual_requests=50),
    }
    found = explain_within(ENDPOINT, Amounts(1_000, 1_600, 100, 100), cells)
    (line,) = found.lines
    assert dict(line.where) == {"endpoint_tag": "reply", "prompt_version": "v8"}
    assert (line.change, line.per_request, found.rest) == (600, 600, 0)


def test_where_nothing_in_it_stands_out_the_place_is_the_cause() -> None:
    cells: dict[Where, Amounts] = {
        (("user_id", f"u{n}"),): Amounts(usual=10, actual=20, usual_requests=1, actual_requests=2)
        for n in range(10)
    }
    found = explain_within(ENDPOINT, Amounts(100, 200, 10, 20), cells)
    assert [line.where for line in found.lines] == [ENDPOINT]


def test_what_always_cost_more_is_not_what_became_dearer() -> None:
    place: Where = (("api_key", "k"),)
    cells: dict[Where, Amounts] = {
        (("endpoint_tag", "dear"),): Amounts(700, 720, 20, 20),
        (("endpoint_tag", "cheap"),): Amounts(300, 780, 80, 80),
    }
    (line,) = explain_within(place, Amounts(1_000, 1_500, 100, 100), cells).lines
    assert dict(line.where) == {"api_key": "k", "endpoint_tag": "cheap"}
    assert (line.change, line.per_request) == (480, 480)


def test_a_part_of_a_place_is_named_with_the_place() -> None:
    cells: dict[Where, Amounts] = {
        (("error_code", "rate_limit"),): Amounts(5, 41, 5, 45),
        **{
            (("user_id", f"u{n}"),): Amounts(usual=5, actual=11, usual_requests=10, actual_requests=20)
            for n in range(10)
        },
    }
    (line,) = explain_within(ENDPOINT, Amounts(50, 110, 100, 200), cells).lines
    assert line.where == (*ENDPOINT, ("error_code", "rate_limit"))


def test_of_what_is_usually_next_to_nothing_chance_does_not_say_who_it_is_of() -> None:
    cells: dict[Where, Amounts] = {
        (("tenant_id", "a"),): Amounts(1, 17, 50, 55),
        (("tenant_id", "b"),): Amounts(0, 8, 26, 29),
        (("tenant_id", "c"),): Amounts(0, 8, 24, 26),
    }
    found = explain_within(ENDPOINT, Amounts(1, 33, 100, 110), cells)
    assert [line.where for line in found.lines] == [ENDPOINT]


def test_what_comes_up_at_the_same_look_is_one_incident() -> None:
    first = incident().what.first
    far = replace(first, place=(("tenant_id", "t"),), deviation=replace(first.deviation, quarters=90))
    step = look((), [first, Seen(far.place, far.deviation, first.at)], first.at)
    assert len(step.opened) == 1


def test_half_of_a_usual_day_is_critical_and_mutes_stand_for_the_family() -> None:
    kept = incident()
    assert severity_of(kept.what, 13e12) == "critical"
    assert severity_of(kept.what, 14e12) == "warning"
    assert mute(signal="requests").covers(kept, kept.what.opened_at)
    assert not mute(signal="silence").covers(kept, kept.what.opened_at)
    assert not mute().covers(kept, mute().until)
    assert not mute(place=(("user_id", "u"),)).covers(kept, kept.what.opened_at)
