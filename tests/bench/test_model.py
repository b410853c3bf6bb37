"""Laws that hold for every queue, whatever it costs."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest

from bench import model
from bench.calibration import FITTED, Place, Point, fit
from bench.model import FOLD_EVENTS_MIN, Costs, Linear, Load, simulate
from bench.storing import Storing, fitted
from farthing import serving

COSTS = Costs(
    request=Linear(60e-6, 16e-6),
    answer=Linear(60e-6, 4e-6),
    insert=Linear(150e-6, 11e-6),
    commit=Linear(100e-6, 1e-6),
    commit_wait=Linear(800e-6, 0.0),
    fold=Linear(2e-3, 8e-6),
    fold_lock_share=0.3,
    fold_handovers=10,
    wake_s=50e-6,
    generator=Linear(20e-6, 1e-6),
)


def brief(connections: int, events: int = 1, rate: float = 0.0, queue: int = 20_000) -> Load:
    return Load(
        connections=connections,
        events_per_request=events,
        rate_per_s=rate,
        queue_events_max=queue,
        seconds=0.4,
        warmup_s=0.1,
    )


LOADS = (
    brief(1),
    brief(64),
    brief(8, 1_000),
    brief(300, rate=9_000),
    brief(64, queue=20),
)


@pytest.mark.parametrize("load", LOADS)
def test_everything_offered_is_acknowledged_or_refused(load: Load) -> None:
    found = simulate(COSTS, load)

    assert found.offered == found.acknowledged + found.refused
    assert found.offered == found.requests * load.events_per_request > 0
    assert (found.refused > 0) == (load.queue_events_max == 20)
    assert found.queue_most <= load.queue_events_max


@pytest.mark.parametrize("load", LOADS)
def test_littles_law_requests_under_way_are_rate_times_time(load: Load) -> None:
    found = simulate(COSTS, load)

    under_way = found.in_flight_area / found.ended_s
    rate, mean_time_s = found.requests / found.ended_s, found.time_under_way_s / found.requests
    assert under_way == pytest.approx(rate * mean_time_s)
    assert under_way <= load.connections + 1e-9


def test_a_lone_request_takes_the_sum_of_its_costs() -> None:
    found = simulate(COSTS, Load(connections=1, rate_per_s=1.0, seconds=3.0, warmup_s=0.0))

    steps = (COSTS.request, COSTS.insert, COSTS.commit, COSTS.commit_wait, COSTS.answer, COSTS.generator)
    wakes = 2 * COSTS.wake_s  # for the request, and for its commit
    assert found.latency_ms(0.5) == pytest.approx((sum(step.of(1) for step in steps) + wakes) * 1e3)


def test_more_connections_never_make_it_slower_and_never_pass_what_the_loop_can_do() -> None:
    rates = [simulate(COSTS, brief(n)).events_per_s for n in (1, 4, 16, 64, 256)]

    alone_s = COSTS.request.of(1) + COSTS.answer.of(1) + COSTS.insert.per_event_s
    assert all(fewer <= more * 1.02 for fewer, more in pairwise(rates))
    assert rates[-1] <= 1 / alone_s
    assert rates[0] == pytest.approx(1e3 / simulate(COSTS, brief(1)).latency_ms(0.5), rel=0.1)


def test_the_more_falls_due_the_longer_it_takes() -> None:
    offered = [brief(500, rate=rate) for rate in (500, 2_000, 4_000, 8_000)]

    times = [simulate(COSTS, load).latency_ms(0.9) for load in offered]

    assert times == sorted(times)
    assert times[-1] > 10 * times[0]


def test_whatever_costs_more_makes_it_slower() -> None:
    load = brief(64)
    plain = simulate(COSTS, load).events_per_s

    for name in ("request", "answer", "insert", "commit_wait", "fold"):
        step = getattr(COSTS, name)
        dearer = msgspec.structs.replace(
            COSTS, **{name: Linear(step.fixed_s * 5 + 1e-3, step.per_event_s * 5)}
        )
        assert simulate(dearer, load).events_per_s < plain, name


def test_a_stretched_loop_uses_no_more_processor_for_a_request() -> None:
    plain, stretched = (
        simulate(COSTS, Load(connections=256, loop_stretch=stretch, seconds=1.0)) for stretch in (1.0, 2.0)
    )

    assert stretched.events_per_s == pytest.approx(plain.events_per_s / 2, rel=0.1)
    assert stretched.loop_cpu_s / stretched.requests == pytest.approx(
        plain.loop_cpu_s / plain.requests, rel=0.1
    )


def test_groups_share_commits_and_folds_follow_in_large_steps() -> None:
    found = simulate(COSTS, brief(256))

    assert found.events_per_commit > 50
    assert 1 <= found.folds <= found.acknowledged / FOLD_EVENTS_MIN + 2


def test_the_same_load_gives_the_same_answer() -> None:
    assert simulate(COSTS, LOADS[3]) == simulate(COSTS, LOADS[3])


def test_a_line_goes_through_points_on_it_and_never_below_zero() -> None:
    line = fitted([(n, 300e-6 + 11e-6 * n) for n in (1, 16, 250, 2_000)])
    falling = fitted([(1, 5e-3), (1_000, 1e-3)])

    assert line.fixed_s == pytest.approx(300e-6)
    assert line.per_event_s == pytest.approx(11e-6)
    assert falling.per_event_s == 0.0


def a_point(place: Place) -> Point:
    """What a server that is the simulation would show."""
    load = Load(connections=place.connections, events_per_request=place.events_per_request, seconds=0.5)
    found = simulate(COSTS, load)
    return Point(
        connections=place.connections,
        events_per_request=place.events_per_request,
        rate_per_s=0.0,
        events_per_s=found.events_per_s,
        p50_ms=found.latency_ms(0.5),
        p99_ms=found.latency_ms(0.99),
        loop_s=found.loop_cpu_s / found.requests,
        thread_s=found.thread_cpu_s / found.requests,
        generator_s=COSTS.generator.of(place.events_per_request),
        loop_stretch=1.0,
        thread_stretch=1.0,
        generator_stretch=1.0,
        other_cores=0.0,
    )


def test_fitting_finds_the_costs_that_made_the_points() -> None:
    names = ("insert", "commit", "commit_wait", "fold", "fold_lock_share", "fold_handovers")
    storing = Storing(**{name: getattr(COSTS, name) for name in names})

    found = fit(storing, [a_point(place) for place in FITTED], simulated_s=0.5)

    together = COSTS.request.of(1) + COSTS.answer.of(1)
    assert found.request.of(1) + found.answer.of(1) == pytest.approx(together, rel=0.1)
    assert found.request.per_event_s + found.answer.per_event_s == pytest.approx(20e-6, rel=0.1)
    assert found.wake_s == pytest.approx(COSTS.wake_s, rel=0.2)
    assert found.generator.of(1_000) == pytest.approx(COSTS.generator.of(1_000), rel=0.01)


def test_threads_wait_for_the_lock_as_long_as_the_server_lets_them() -> None:
    assert model.SWITCH_S == serving.SWITCH_S
