"""Data folders full of events, made in process through the storage itself and kept between runs.

Filling by HTTP would take longer than measuring. The storage's own `record`, `fold` and `seal` make the same
rows and rollups as a server that has run for a month.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path

import msgspec

import farthing.storage
from bench import traffic
from bench.ingest import folder_bytes
from bench.measurement import Measurement
from bench.reads import DAY_MS, QUARTER_MS
from bench.server import Installation, initialise
from bench.source import RequestIds
from bench.traffic import Call
from farthing.actions.entry.credentials import digest
from farthing.actions.parts import Parts
from farthing.assembly import build_parts
from farthing.clock import SystemClock
from farthing.rules.events import UsageEvent
from farthing.rules.pricebook import CardCache, PricedCall
from farthing.rules.pricing import price_usage
from farthing.rules.usage import TokenUsage
from farthing.settings import load_settings
from farthing.storage.contract import ApiKey

_STORAGE = Path(farthing.storage.__file__).parent
_DECIDING = ("migrations/versions/*.py", "sql/schema/*.py", "sql/codes.py", "sql/cells.py")
"""The code below `_STORAGE` that decides what a filled folder holds, beside this module and the traffic."""
_SPAN_DAYS = 31
_GROUP = 5_000
_FOLD = 100_000
_PROGRESS = 1_000_000
_BYTES_GOAL = 200.0
_DAILY_SWING = 0.1

Say = Callable[[str], None]


class Contents(msgspec.Struct, frozen=True):
    """What is in a filled folder. `end` is a full quarter hour, UTC milliseconds, after the last event."""

    row_count: int
    start: int
    end: int
    data_bytes: int
    api_key: str
    password: str


@dataclass(frozen=True)
class Filled:
    """A data folder ready to be served."""

    installation: Installation
    contents: Contents

    def count_problems(self, rows: int) -> list[str]:
        """A sentence when the server reports another number of rows than were filled in."""
        expected = self.contents.row_count
        return [] if rows == expected else [f"reads: the server reports {rows:,} rows of {expected:,}"]

    def bytes_per_event(self) -> Measurement:
        """What the folder weighs, rollups, indexes and names included, divided by its rows."""
        row_count = self.contents.row_count
        return Measurement(
            key=f"reads.{row_count}.bytes_per_event",
            label=f"{row_count / 1e6:g} M rows: on disk, per event",
            unit="B",
            better="lower",
            values=[self.contents.data_bytes / row_count],
            goal=_BYTES_GOAL,
        )


def ensure(cache: Path, row_count: int, say: Say) -> Filled:
    """A folder with `row_count` events over the last month, from the cache or made now.

    One that was left unfinished, was made by other code, or is more than a day old is thrown away: reads ask
    for ranges that end now.
    """
    folder = cache / f"{row_count}-{_fingerprint()}"
    note = folder / "contents.json"
    if not note.exists() or _age_ms(note) > DAY_MS:
        for useless in cache.glob(f"{row_count}-*"):
            shutil.rmtree(useless)
        folder.mkdir(parents=True)
        began = time.monotonic()
        contents = _fill(folder / "data", row_count, say)
        note.write_bytes(msgspec.json.encode(contents))
        say(f"filled {row_count:,} rows in {time.monotonic() - began:.0f} s")
    contents = msgspec.json.decode(note.read_bytes(), type=Contents)
    return Filled(Installation(folder / "data", None, contents.api_key, contents.password), contents)


def _age_ms(note: Path) -> int:
    return SystemClock().now() - msgspec.json.decode(note.read_bytes(), type=Contents).end


def _fingerprint() -> str:
    deciding = [path for pattern in _DECIDING for path in sorted(_STORAGE.glob(pattern))]
    whole = b"".join(path.read_bytes() for path in [*deciding, Path(__file__), Path(traffic.__file__)])
    return sha256(whole).hexdigest()[:12]


def _fill(data: Path, row_count: int, say: Say) -> Contents:
    installation = initialise(data)
    end = SystemClock().now() // QUARTER_MS * QUARTER_MS
    start = end - _SPAN_DAYS * DAY_MS
    asyncio.run(_record_all(installation, row_count, (start, end), say))
    return Contents(
        row_count=row_count,
        start=start,
        end=end,
        data_bytes=folder_bytes(data),
        api_key=installation.api_key,
        password=installation.password,
    )


async def _record_all(installation: Installation, row_count: int, span: tuple[int, int], say: Say) -> None:
    parts = build_parts(load_settings(data=installation.data), SystemClock())
    await parts.storage.open()
    try:
        key = await _key(parts, installation)
        made = events(key, parts.prices.cards(key.workspace_id), row_count, span)
        for done in range(0, row_count, _GROUP):
            await parts.storage.record(list(islice(made, _GROUP)))
            if done % _FOLD == 0:
                await parts.storage.fold(_FOLD)
            if done and done % _PROGRESS == 0:
                say(f"filled {done:,} of {row_count:,} rows")
        while await parts.storage.fold(_FOLD):
            pass
        while await parts.storage.seal(span[1]):
            pass
    finally:
        await parts.storage.close()


async def _key(parts: Parts, installation: Installation) -> ApiKey:
    key = await parts.storage.api_key_by_hash(digest(installation.api_key))
    assert key is not None, "init has just made this key"
    return key


def events(key: ApiKey, cards: CardCache, count: int, span: tuple[int, int]) -> Iterator[UsageEvent]:
    """`count` priced events in the order of their times, which are denser by day than by night."""
    made = traffic.calls(traffic.TEMPLATE_COUNT, seed=1)
    usages = [TokenUsage(units(call)) for call in made]
    ids = RequestIds(secrets.randbits(32))
    for number in range(count):
        place = number % len(made)
        occurred_at = _time(number / count, span)
        yield _event(key, cards, ids.take().decode(), occurred_at, made[place], usages[place])


def units(call: Call) -> dict[str, int]:
    """The call's tokens as disjoint units, zeros left out."""
    counts = {
        "input_uncached": call.input_tokens - call.cached_input_tokens,
        "cache_read": call.cached_input_tokens,
        "output_visible": call.output_tokens - call.reasoning_tokens,
        "reasoning": call.reasoning_tokens,
    }
    return {unit: count for unit, count in counts.items() if count}


def _time(share: float, span: tuple[int, int]) -> int:
    """The moment by which `share` (0..1, below 1) of all events have happened: ascending, densest at noon."""
    start, end = span
    even = start + share * (end - start)
    swing = _DAILY_SWING * DAY_MS * math.sin(2 * math.pi * even / DAY_MS)
    return min(max(int(even + swing), start), end - 1)


def _event(
    key: ApiKey, cards: CardCache, external_id: str, occurred_at: int, call: Call, usage: TokenUsage
) -> UsageEvent:
    card = cards.rate_card(PricedCall(call.provider, call.model, occurred_at, call.input_tokens))
    cost = price_usage(usage, card, is_error=call.status == "error")
    return UsageEvent(
        workspace_id=key.workspace_id,
        api_key_id=key.id,
        owner_id=key.owner_id,
        external_request_id=external_id,
        occurred_at=occurred_at,
        received_at=occurred_at + call.latency_ms,
        data_mode=call.data_mode,
        environment=call.environment,
        status=call.status,
        provider=card.provider,
        model=card.model,
        model_sent=call.model,
        endpoint_tag=call.endpoint_tag,
        prompt_version=call.prompt_version,
        user_id=call.user_id,
        tenant_id=call.tenant_id,
        error_code=call.error_code,
        latency_ms=call.latency_ms,
        usage=usage,
        total_tokens_sent=call.input_tokens + call.output_tokens,
        rate_card=card,
        cost_picousd=cost.cost_picousd,
        pricing_status=cost.pricing_status,
        unpriced_tokens=cost.unpriced_tokens,
    )
