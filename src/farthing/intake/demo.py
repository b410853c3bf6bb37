"""An invented company's calls, the same for the same workspace, size, days and time. No I/O, no clock.

They hold what a new user should find: a rhythm of days and weeks, a prompt version that made calls dearer, a
spike, a runaway user, retries, errors, cached input, a model without a price, and calls of unknown users.
Every hour is made from a random number generator of its own, so that whoever was interrupted goes on there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Final

from msgspec.structs import replace

from farthing.intake import demo_planted as planted
from farthing.intake import demo_world as world
from farthing.intake.call import Call
from farthing.intake.demo_calls import ENVIRONMENT, attempts, call_of, longer, user_of
from farthing.intake.demo_plan import Hour, Wanted, hours_of
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.rules.events import UsageEvent
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS, HOUR_MS
from farthing.rules.pricebook import CardCache

__all__ = ["ENVIRONMENT", "Demo"]

_USUAL: Final = tuple(each for each in world.FEATURES if not each.is_batch)
_BATCH: Final = tuple(each for each in world.FEATURES if each.is_batch)
_SPIKE: Final = world.feature(planted.SPIKE_FEATURE)
_RUNAWAY: Final = world.feature(planted.RUNAWAY_FEATURE)


@dataclass(frozen=True)
class _Made:
    """A call at its time, UTC milliseconds."""

    at: int
    call: Call


class Demo:
    """The events that one person is given."""

    def __init__(self, sender: Sender, wanted: Wanted, cards: CardCache) -> None:
        self._sender = sender
        self._wanted = wanted
        self._cards = cards
        self._users_count = int(world.USERS_COUNT * max(1.0, wanted.scale) ** 0.5)

    def events(self, done: int = 0) -> Iterator[UsageEvent]:
        """All but the first `done`: hours newest first, each in the order of its times.

        Their ids are the same for every run.
        """
        today = self._wanted.now // DAY_MS
        for hour in hours_of(self._wanted):
            if hour.first + hour.count <= done:
                continue
            seed = f"{self._sender.workspace_id}/{today - hour.days_ago}/{hour.start}"
            random = Random(seed)  # noqa: S311 - the same again is the point
            made = sorted(self._made(random, hour), key=lambda each: each.at)
            for place, each in enumerate(made, hour.first):
                if place >= done:
                    yield self._event(each, f"demo_{self._sender.owner_id}_{today}_{place}")

    def _event(self, made: _Made, external_request_id: str) -> UsageEvent:
        """The call understood and priced as if it had been sent when it was over."""
        call = replace(made.call, external_request_id=external_request_id, created_at=instant(made.at))
        understood = understand(call, self._sender, made.at + (call.latency_ms or 0), self._cards)
        if not isinstance(understood, Understood):
            raise TypeError(f"the demo made a call that can't be understood: {understood}")
        return understood.event

    def _made(self, random: Random, hour: Hour) -> Iterator[_Made]:
        yield from islice(self._operations(random, hour, _USUAL, "op"), hour.usual_count)
        yield from islice(self._operations(random, hour, _BATCH, "batch"), hour.batch_count)
        yield from islice(self._spike(random, hour), hour.spike_count)
        yield from self._runaway(random, hour)

    def _operations(
        self, random: Random, hour: Hour, features: tuple[world.Feature, ...], name: str
    ) -> Iterator[_Made]:
        """Without end. The last operation of an hour may thus be given up before it has succeeded."""
        weights = [each.share for each in features]
        number = 0
        while True:
            feature = random.choices(features, weights)[0]
            at = random.randrange(hour.start, hour.end)
            operation = f"{name}_{hour.start // HOUR_MS}_{number}"
            call = call_of(random, feature, hour.days_ago, operation)
            call = user_of(random, call, self._users_count)
            for wait_ms, attempt in attempts(random, call):
                yield _Made(min(at + wait_ms, hour.end - 1), attempt)
            number += 1

    def _spike(self, random: Random, hour: Hour) -> Iterator[_Made]:
        number = 0
        while True:
            at = random.randrange(hour.start, hour.end)
            operation = f"spike_{hour.start // HOUR_MS}_{number}"
            call = user_of(random, call_of(random, _SPIKE, hour.days_ago, operation), self._users_count)
            yield _Made(at, replace(call, tenant_id=planted.SPIKE_TENANT))
            number += 1

    def _runaway(self, random: Random, hour: Hour) -> Iterator[_Made]:
        """One operation whose calls grow, evenly over the hour."""
        first, last = planted.RUNAWAY_INPUT
        for number in range(hour.runaway_count):
            call = call_of(random, _RUNAWAY, hour.days_ago, f"runaway_{hour.days_ago}")
            tokens = first + (last - first) * number // hour.runaway_count
            at = hour.start + (hour.end - hour.start) * number // hour.runaway_count
            grown = longer(call, tokens)
            yield _Made(at, replace(grown, user_id=planted.RUNAWAY_USER, tenant_id=planted.RUNAWAY_TENANT))
