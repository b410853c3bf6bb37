"""Laws of where alerts go: one delivery per cooldown, escalation passes, what is handled stays so."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from farthing.rules.alert_routing import NEW_INCIDENT, route
from farthing.rules.alert_settings import AlertRule, UnitCostRule, is_unit_cost_back, unit_cost_severity
from farthing.rules.message import SEVERITIES, NewMessage, investigation
from farthing.rules.send_times import SendTime, last_due
from tests.contract.outbox import message

PLAIN = message(incident_key="k")
CHANNELS = (1, 2, 3)
SECOND = 1_000


def rule(number: int = 1, **fields: object) -> AlertRule:
    return replace(AlertRule(id=number, name="r", created_at=0), **fields)


times = st.integers(0, 60).map(lambda tens: tens * 10 * SECOND)
sends = st.lists(st.tuples(times, st.sampled_from(SEVERITIES)), max_size=12)
some_channels = st.none() | st.lists(st.sampled_from(CHANNELS), unique=True).map(tuple)
rules = st.lists(
    st.builds(
        rule,
        number=st.integers(1, 3),
        channel_ids=some_channels,
        cooldown_s=st.sampled_from((0, 30, 300)),
        severity_min=st.sampled_from(SEVERITIES),
        mode=st.sampled_from(("immediate", "immediate", "daily")),
        muted_until=st.none() | times,
    ),
    max_size=4,
)


def rank(new: NewMessage) -> int:
    return SEVERITIES.index(new.severity)


@given(rules, sends)
def test_a_channel_is_told_as_often_as_its_rules_allow_and_of_what_is_worse_always(
    some: list[AlertRule], sent: list[tuple[int, str]]
) -> None:
    standing, told = NEW_INCIDENT, {each: list[NewMessage]() for each in CHANNELS}
    for at, severity in sorted(sent, key=lambda each: each[0]):
        new = replace(PLAIN, created_at=at, severity=severity)
        way = route(new, some, CHANNELS, standing)
        standing = way.standing
        for channel in CHANNELS:
            mine = [
                each
                for each in some
                if each.mode == "immediate"
                and rank(new) >= SEVERITIES.index(each.severity_min)
                and not each.is_muted(at)
                and (each.channel_ids is None or channel in each.channel_ids)
            ]
            wait = min((each.cooldown_s for each in mine), default=0) * SECOND
            is_held = any(rank(each) >= rank(new) and at - each.created_at < wait for each in told[channel])
            assert (channel in way.channel_ids) == (bool(mine) and not is_held)
            if channel in way.channel_ids:
                told[channel].append(new)
        assert way.dedupe_applied is False
        assert set(way.digests) <= {each.id for each in some if each.mode == "daily"}


def test_what_somebody_has_in_hand_is_told_again_only_when_it_is_worse_or_put_off_no_longer() -> None:
    for until in (None, 100):
        standing = replace(NEW_INCIDENT, handled="warning", handled_by=7, handled_until=until)
        for at in (99, 100):
            way = route(replace(PLAIN, severity="warning", created_at=at), [rule()], CHANNELS, standing)
            assert way.dedupe_applied == (until is None or at < until)
            assert way.channel_ids == (() if way.dedupe_applied else CHANNELS)
        assert route(PLAIN, [rule()], CHANNELS, standing).channel_ids == CHANNELS


def test_kinds_and_named_channels_decide() -> None:
    some = [rule(kinds=("budget.warning",)), rule(2, mode="weekly", kinds=("budget.exceeded",))]
    way = route(PLAIN, some, CHANNELS, NEW_INCIDENT)
    assert (way.channel_ids, way.digests) == ((), (2,))
    named = replace(PLAIN, channel_ids=(2, 9))
    assert route(named, some, CHANNELS, NEW_INCIDENT).channel_ids == (2,)


@given(
    st.integers(1_600_000_000_000, 1_900_000_000_000),
    st.sampled_from(("UTC", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu")),
    st.none() | st.integers(0, 6),
    st.integers(0, 1439),
)
def test_a_time_of_day_comes_once_a_day_or_week(now: int, zone: str, day: int | None, minute: int) -> None:
    when = SendTime(minute, zone, day)
    due = last_due(when, now)
    assert due <= now
    assert last_due(when, due) == due
    before = last_due(when, due - 1)
    hours = (due - before) / 3_600_000
    assert abs(hours - (24 if day is None else 168)) <= 1.5
    assert last_due(when, before + (due - before) // 2) == before


@given(st.integers(0, 10**15), st.integers(0, 10**6), st.integers(1, 10**12))
def test_a_unit_cost_is_compared_exactly(cost: int, count: int, limit: int) -> None:
    per_tokens = UnitCostRule(
        name="u",
        metric="cost_per_1k_tokens",
        hours=1,
        warning_picousd=limit,
        critical_picousd=2 * limit,
    )
    found = unit_cost_severity(per_tokens, cost, count)
    worst = 0 if not count else (cost * 1_000 > limit * count) + (cost * 1_000 > 2 * limit * count)
    assert found == (None, "warning", "critical")[worst]
    if found is not None:
        assert not is_unit_cost_back(per_tokens, cost, count)


def test_an_investigation_says_its_window_mode_environment_and_filters() -> None:
    path = investigation((0, 3_600_000), (("model", "a&b"), ("environment", "prod")))
    assert path == (
        "/?from=1970-01-01T00%3A00%3A00Z&to=1970-01-01T01%3A00%3A00Z&dataMode=real"
        "&model=a%26b&environment=prod"
    )
