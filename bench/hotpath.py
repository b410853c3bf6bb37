"""`python -m bench.hotpath`: where each microsecond of an ingested event goes, step by step, in this process.

Without HTTP and without waiting for others: the steps add up to the least an event can cost. The groups show
what sharing a commit saves.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
from rich.console import Console

from bench import traffic
from bench.report import amount, plain_table
from bench.server import EMAIL
from bench.source import RequestIds
from farthing.actions.asker import Origin
from farthing.actions.parts import Parts
from farthing.actions.people.set_up_installation import SetUp, set_up_installation
from farthing.assembly import build_parts
from farthing.clock import SystemClock
from farthing.intake.call import Call, read_call
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.rules.events import UsageEvent
from farthing.rules.pricebook import PricedCall
from farthing.rules.pricing import price_usage
from farthing.settings import load_settings
from farthing.storage.sql.events import hash_id
from farthing.storage.sql.rows import row_of, texts_of

T = TypeVar("T")

_GROUPS = (1, 16, 64, 256, 1_000)
_LONE_MAX = 400
"""Groups of one are slow: a few hundred tell enough."""
_FOLD_EVENTS = 2_000
"""As the writer folds."""
_ROUNDS = 5


@dataclass(frozen=True)
class Step:
    """One step of the way; `is_part` says that it is part of the last step that is none."""

    name: str
    us_per_event: float
    is_part: bool = False


class HotPath:
    """The steps from a body to a stored row, each timed on the same `count` calls."""

    def __init__(self, parts: Parts, sender: Sender, count: int) -> None:
        self._parts = parts
        self._sender = sender
        self._cards = parts.prices.cards(sender.workspace_id)
        self._now = parts.clock.now()
        encoder = msgspec.json.Encoder()
        made = traffic.calls(count, seed=1)
        ids = RequestIds(0)
        self._bodies = [
            encoder.encode({"externalRequestId": ids.take().decode()} | body) for body in traffic.bodies(made)
        ]

    async def steps(self) -> list[Step]:
        """In the order in which an event meets them."""
        calls = [self._read(body) for body in self._bodies]
        understood = [self._understand(call) for call in calls]
        return [
            Step("decode and check the JSON", _timed(self._read, self._bodies)),
            Step("understand: defaults, tokens, price", _timed(self._understand, calls)),
            *self._pricing(understood),
            *self._rows([one.event for one in understood]),
            *await self._storing(),
        ]

    def _read(self, body: bytes) -> Call:
        call = read_call(body)
        assert isinstance(call, Call), call
        return call

    def _understand(self, call: Call) -> Understood:
        understood = understand(call, self._sender, self._now, self._cards)
        assert isinstance(understood, Understood), understood
        return understood

    def _pricing(self, understood: Sequence[Understood]) -> list[Step]:
        cards = self._cards
        asked = [
            PricedCall(e.provider, e.model_sent, e.occurred_at, e.usage.input_tokens)
            for e in (one.event for one in understood)
        ]
        priced = [(one.event.usage, one.event.rate_card) for one in understood]
        return [
            Step("find the rate card", _timed(cards.rate_card, asked), is_part=True),
            Step("multiply", _timed(lambda pair: price_usage(*pair), priced), is_part=True),
        ]

    def _rows(self, events: Sequence[UsageEvent]) -> list[Step]:
        refs = tuple(range(1, 1 + len(texts_of(events[0]))))
        return [
            Step("hash the id", _timed(lambda event: hash_id(event.external_request_id), events)),
            Step("list the names", _timed(texts_of, events)),
            Step("make the row", _timed(lambda event: row_of(event, 1, 1, refs, 1), events)),
        ]

    async def _storing(self) -> list[Step]:
        """`record` holds the steps of the row above, the hop to the writer's thread, insert and commit."""
        found = []
        fold_us = 0.0
        for size in _GROUPS:
            events = self._fresh_events(_LONE_MAX if size == 1 else len(self._bodies))
            began = time.perf_counter_ns()
            for start in range(0, len(events), size):
                await self._parts.storage.record(events[start : start + size])
            found.append(Step(f"record, {size:,} a commit", _us(began, len(events))))
            fold_us = await self._fold(len(events))
        return [*found, Step(f"fold, {_FOLD_EVENTS:,} a commit", fold_us)]

    async def _fold(self, event_count: int) -> float:
        began = time.perf_counter_ns()
        while await self._parts.storage.fold(_FOLD_EVENTS):
            pass
        return _us(began, event_count)

    def _fresh_events(self, count: int) -> list[UsageEvent]:
        """The same calls again under ids that were never stored."""
        ids = RequestIds(time.perf_counter_ns())
        calls = [self._read(body) for body in self._bodies[:count]]
        return [
            self._understand(msgspec.structs.replace(call, external_request_id=ids.take().decode())).event
            for call in calls
        ]


def _timed(step: Callable[[T], object], given: Sequence[T]) -> float:
    """Microseconds for one of `given`: the median over rounds through all of them."""
    rounds = []
    for _ in range(_ROUNDS):
        began = time.perf_counter_ns()
        for one in given:
            step(one)
        rounds.append(_us(began, len(given)))
    return statistics.median(rounds)


def _us(began_ns: int, count: int) -> float:
    return (time.perf_counter_ns() - began_ns) / count / 1e3


async def measure(folder: Path, count: int) -> list[Step]:
    """Every step on a fresh SQLite installation in `folder`."""
    parts = build_parts(load_settings(data=folder), SystemClock())
    await parts.storage.open()
    try:
        given = SetUp(email=EMAIL, password="long enough for a minute", workspace="Bench")
        made = await set_up_installation(parts, given, Origin("command"))
        sender = Sender(made.api_key.workspace_id, made.api_key.id, made.api_key.owner_id)
        return await HotPath(parts, sender, count).steps()
    finally:
        await parts.storage.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.hotpath", description=__doc__)
    parser.add_argument("--events", type=int, default=16_000, help="how many events each step is timed on")
    count = parser.parse_args().events
    with tempfile.TemporaryDirectory(prefix="farthing-hotpath-") as folder:
        steps = asyncio.run(measure(Path(folder) / "data", count))
    table = plain_table("The way of an event", "step")
    table.add_column("µs/event", justify="right")
    for step in steps:
        table.add_row(f"{'  of which: ' if step.is_part else ''}{step.name}", amount(step.us_per_event))
    Console().print(table)


if __name__ == "__main__":
    main()
