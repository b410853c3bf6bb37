"""Two weeks of an invented company's calls, the same for the same workspace and day. No I/O, no clock.

They hold what a new user should find: a rhythm of days and weeks, a prompt version that made calls dearer, a
spike, a runaway user, retries, errors, cached input, a model without a price, and calls of unknown users.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from msgspec.structs import replace

from farthing.intake import demo_world as world
from farthing.intake.call import Call
from farthing.intake.demo_world import Feature
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.rules.events import UsageEvent
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS, HOUR_MS
from farthing.rules.pricebook import CardCache

ENVIRONMENT: Final = "dev"
"""Of all demo calls."""
_MINUTE_MS: Final = 60_000
_THURSDAY: Final = 3
"""The first day of 1970, from which days are numbered."""
_WARM_CACHE_SHARE: Final = 0.8
_ATTEMPTS_MAX: Final = 4


@dataclass(frozen=True)
class _Made:
    """A call at its time, UTC milliseconds."""

    at: int
    call: Call


@dataclass(frozen=True)
class _Day:
    """A day of the story: its midnight in UTC milliseconds, and how many days before today it is."""

    midnight: int
    days_ago: int
    random: Random

    @property
    def busyness(self) -> float:
        """How busy the day is, by its weekday."""
        return world.WEEKDAY_WEIGHTS[(self.midnight // DAY_MS + _THURSDAY) % 7]


def demo_days(sender: Sender, now: int, cards: CardCache) -> Iterator[list[UsageEvent]]:
    """The events of the last 14 UTC days up to `now`, oldest day first, in the order of their times."""
    today = now // DAY_MS
    for days_ago in range(world.DAYS - 1, -1, -1):
        number = today - days_ago
        random = Random(f"{sender.workspace_id}/{today}/{number}")  # noqa: S311 - the same again is the point
        made = sorted(_calls_of(_Day(number * DAY_MS, days_ago, random)), key=lambda each: each.at)
        yield [
            _event(each, f"demo_{sender.owner_id}_{number}_{place}", sender, cards)
            for place, each in enumerate(made)
            if each.at <= now
        ]


def _event(made: _Made, external_request_id: str, sender: Sender, cards: CardCache) -> UsageEvent:
    """The call understood and priced as if it had been sent when it was over."""
    call = replace(made.call, external_request_id=external_request_id, created_at=instant(made.at))
    understood = understand(call, sender, made.at + (call.latency_ms or 0), cards)
    if not isinstance(understood, Understood):
        raise TypeError(f"the demo made a call that can't be understood: {understood}")
    return understood.event


def _calls_of(day: _Day) -> Iterator[_Made]:
    for feature in world.FEATURES:
        count = round(feature.calls_a_day * day.busyness * day.random.uniform(0.9, 1.1))
        for number in range(count):
            at = day.midnight + _time_of_day(day.random, feature)
            operation = f"op_{feature.tag}_{day.midnight // DAY_MS}_{number}"
            yield from _attempts(day.random, _Made(at, _call(day, feature, operation)))
    if day.days_ago == world.SPIKE_DAYS_AGO:
        yield from _spike(day)
    if day.days_ago in world.RUNAWAY_DAYS_AGO:
        yield from _runaway(day)


def _time_of_day(random: Random, feature: Feature) -> int:
    """Milliseconds since midnight: by the rhythm of the day, or in the small hours for batches."""
    if feature.is_batch:
        return 2 * HOUR_MS + random.randrange(90 * _MINUTE_MS)
    hour = random.choices(range(24), world.HOUR_WEIGHTS)[0]
    return hour * HOUR_MS + random.randrange(HOUR_MS)


def _call(day: _Day, feature: Feature, operation: str) -> Call:
    random = day.random
    provider, model, _ = random.choices(feature.models, [weight for *_, weight in feature.models])[0]
    prompt = next(name for name, since in reversed(feature.prompts) if day.days_ago <= since)
    person = int(world.USERS_COUNT * random.random() ** 2)  # a few people make most of the calls
    is_user_known = random.random() >= world.UNKNOWN_USER_SHARE
    is_tenant_known = random.random() >= world.UNKNOWN_TENANT_SHARE
    is_hit = random.random() < feature.own_cache_share
    call = Call(
        provider=provider,
        model=model,
        endpoint_tag=feature.tag,
        feature_tag=feature.group,
        prompt_version=prompt,
        user_id=world.user_name(person) if is_user_known else None,
        tenant_id=world.TENANTS[person % len(world.TENANTS)] if is_tenant_known else None,
        data_mode="demo",
        environment=ENVIRONMENT,
        status="cache_hit" if is_hit else "success",
        operation_id=operation,
        attempt=1,
        is_batch=feature.is_batch or None,
    )
    sized = _sized(random, call, feature)
    return replace(sized, latency_ms=3) if is_hit else sized


def _sized(random: Random, call: Call, feature: Feature) -> Call:
    """The call with its tokens (totals inclusive) and the time that so many take."""
    is_regressed = call.prompt_version == world.REGRESSED_PROMPT
    incoming = int(
        feature.input_tokens * random.lognormvariate(0, 0.45) * (world.REGRESSED_INPUT if is_regressed else 1)
    )
    outgoing = int(
        feature.output_tokens
        * random.lognormvariate(0, 0.5)
        * (world.REGRESSED_OUTPUT if is_regressed else 1)
    )
    cached = int(incoming * feature.cached_share)
    is_warm = random.random() < _WARM_CACHE_SHARE
    is_written = not is_warm and call.provider == "anthropic"  # the others write their caches for nothing
    return replace(
        call,
        input_tokens=incoming,
        output_tokens=outgoing,
        cached_input_tokens=cached if is_warm and cached else None,
        cache_write_tokens=cached if is_written and cached else None,
        reasoning_tokens=int(outgoing * feature.reasoning_share) or None,
        latency_ms=40 + int((260 + 12 * outgoing) * random.lognormvariate(0, 0.35)),
    )


def _attempts(random: Random, made: _Made) -> Iterator[_Made]:
    """The call, and what came before it: now and then it fails, and is tried again when that may help."""
    at, call = made.at, made.call
    for attempt in range(1, _ATTEMPTS_MAX):
        # A provider that has just failed is likelier to fail again.
        if call.status != "success" or random.random() > world.ERROR_SHARE * 4 ** (attempt - 1):
            break
        error = random.choices([name for name, _ in world.ERRORS], [weight for _, weight in world.ERRORS])[0]
        yield _Made(at, _failed(random, call, attempt, error))
        if error not in world.RETRIED:
            return
        at += 500 * 2**attempt
        call = replace(call, attempt=attempt + 1)
    yield _Made(at, call)


def _failed(random: Random, call: Call, attempt: int, error: str) -> Call:
    return replace(
        call,
        status="error",
        error_code=error,
        attempt=attempt,
        input_tokens=0,
        output_tokens=0,
        cached_input_tokens=None,
        cache_write_tokens=None,
        reasoning_tokens=None,
        latency_ms=random.randrange(80, 9_000),
    )


def _spike(day: _Day) -> Iterator[_Made]:
    for number in range(world.SPIKE_CALLS):
        at = day.midnight + world.SPIKE_HOUR * HOUR_MS + day.random.randrange(2 * HOUR_MS)
        call = _call(day, world.feature(world.SPIKE_FEATURE), f"op_spike_{number}")
        yield _Made(at, replace(call, tenant_id=world.SPIKE_TENANT))


def _runaway(day: _Day) -> Iterator[_Made]:
    start = day.midnight + day.random.randrange(8 * HOUR_MS, 15 * HOUR_MS)
    for number in range(world.RUNAWAY_CALLS):
        call = _call(day, world.feature(world.RUNAWAY_FEATURE), f"op_runaway_{day.midnight // DAY_MS}")
        longer = replace(
            call,
            user_id=world.RUNAWAY_USER,
            tenant_id=world.RUNAWAY_TENANT,
            input_tokens=3_000 + world.RUNAWAY_GROWTH * number,
        )
        yield _Made(start + number * 40_000, longer)
