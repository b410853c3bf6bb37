"""Take spans in: store those that are calls, hold back those that are sums of calls.

Of everything else nothing is kept. What is refused is refused by itself, with a reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Final

import msgspec
from msgspec.structs import replace

from farthing.actions.parts import Parts
from farthing.intake.llm_request import Sender, Understood
from farthing.intake.otlp.beside import with_the_sdks_ids
from farthing.intake.otlp.kinds import has_usage, kind_of
from farthing.intake.otlp.reading import Refused, SpanCall, problem, read_call, says_lifetimes
from farthing.intake.otlp.span import Span, Unreadable, key_of
from farthing.rules.agent_totals import ROOT, AgentTotal, Leaf
from farthing.rules.events import UsageEvent
from farthing.rules.periods import DAY_MS
from farthing.rules.usage import TokenUsage
from farthing.storage.contract import Recorded

REMEMBERED_MS: Final = DAY_MS
"""How long it is known that a span was a call. A sum that took longer can't be told from its calls."""
_SLICE: Final = 100
"""Spans that are read before others get their turn on the event loop."""
_GROUP: Final = 2_000
"""Calls that are stored at once: more would not fit the writer's queue beside those of others."""
_REASONS_MAX: Final = 5
_ANCESTORS_MAX: Final = 32
_ENCODER: Final = msgspec.json.Encoder()

Admit = Callable[[int], None]
"""Is told how many calls there are before any is stored; raises where that is too many."""


class Taken(msgspec.Struct):
    """What became of the spans of a request. `reasons` are those of the first few that were refused."""

    call_count: int = 0
    duplicate_count: int = 0
    invalid_count: int = 0
    over_limit_count: int = 0
    reasons: list[str] = []

    @property
    def refused_count(self) -> int:
        """Spans of calls that were not stored, and are not to be sent again."""
        return self.invalid_count + self.over_limit_count

    def refuse(self, what: str, why: str) -> None:
        """Count a span that can't be taken."""
        self.invalid_count += 1
        if len(self.reasons) < _REASONS_MAX:
            self.reasons.append(f"{what}: {why}")


async def take_spans(
    parts: Parts, sender: Sender, spans: Iterable[Span | Unreadable], admit: Admit
) -> tuple[Taken, list[Understood], list[Recorded]]:
    """Take them in, calls first; all that can be is stored when this returns.

    Raises what the recorder raises, and StorageError. What was stored before is then there, and is found to
    be a duplicate when the spans are sent again.
    """
    taken = Taken()
    found = await _sorted(parts, sender, spans, taken)
    told = _once(with_the_sdks_ids(found.calls)).without_repeats(found.parents)
    admit(len(told.calls))
    calls = await _met(parts, sender, told, taken)
    events = [call.understood for call in calls]
    recorded: list[Recorded] = []
    for start in range(0, len(events), _GROUP):
        recorded += await parts.recorder.record([each.event for each in events[start : start + _GROUP]])
    for each in recorded:
        taken.call_count += not each.is_over_limit and not each.is_duplicate
        taken.duplicate_count += each.is_duplicate
        taken.over_limit_count += each.is_over_limit
    await _hold(
        parts, sender, found, {call.span.trace_id for call in calls if call.parent_key != ROOT}, taken
    )
    return taken, events, recorded


class _Found(msgspec.Struct):
    """Calls, spans that may be sums of calls, and the parent of every span, by their keys."""

    calls: list[SpanCall]
    sums: list[Span]
    parents: dict[int, int]


async def _sorted(parts: Parts, sender: Sender, spans: Iterable[Span | Unreadable], taken: Taken) -> _Found:
    found = _Found([], [], {})
    cards = parts.prices.cards(sender.workspace_id)
    left = iter(spans)
    while some := list(islice(left, _SLICE)):
        now = parts.clock.now()
        for span in some:
            if isinstance(span, Unreadable):
                taken.refuse("a span", span.why)
                continue
            kind = kind_of(span.values)
            if kind != "call":
                found.parents[span.key] = span.parent_key
                if kind == "sum" and has_usage(span.values):
                    found.sums.append(span)
                continue
            read = read_call(span, sender, now, cards)
            if isinstance(read, Refused):
                taken.refuse(f"span {span.span_id[:16]}", read.why)
                found.parents[span.key] = span.parent_key
            else:
                found.calls.append(read)
                found.parents[read.key] = read.parent_key
        await asyncio.sleep(0)
    return found


async def _hold(parts: Parts, sender: Sender, found: _Found, traces: AbstractSet[str], taken: Taken) -> None:
    """Hold sums back. Those of `traces`, of which calls were just kept, never count, whatever comes."""
    cards = parts.prices.cards(sender.workspace_id)
    grace_ms = parts.settings.otlp_grace_seconds * 1_000
    now = parts.clock.now()
    totals = []
    for place, span in enumerate(found.sums):
        if place % _SLICE == _SLICE - 1:
            await asyncio.sleep(0)
        why = problem(span)
        if why is None and span.trace_id in traces:
            continue
        read = read_call(span, sender, now, cards)
        if isinstance(read, Refused):
            taken.refuse(f"span {span.span_id[:16]}", read.why)
            continue
        total = _held(read, found.parents, now, grace_ms)
        if total.end - total.start < REMEMBERED_MS and total.token_count:
            totals.append(total)
    if totals:
        await parts.storage.hold_totals(totals)


class _Told(msgspec.Struct):
    """Calls, each once, and the spans that tell of one of them by the same id, too."""

    calls: list[SpanCall]
    others: list[SpanCall]

    def without_repeats(self, parents: Mapping[int, int]) -> _Told:
        """Without spans right around or within another that used as many tokens of output: these repeat it.

        The inner one stands for both, unless only the outer has an id of the provider's.
        """
        all_ = {call.key: call for call in (*self.calls, *self.others)}
        repeats: set[int] = set()
        for key, call in all_.items():
            outer = _nearest(call.parent_key, all_, parents)
            if outer is None or outer.output_tokens != call.output_tokens or outer.id == call.id:
                continue
            repeats.add(key if outer.is_named and not call.is_named else outer.key)
        if not repeats:
            return self
        return _Told(
            *([each for each in some if each.key not in repeats] for some in (self.calls, self.others))
        )


def _nearest(key: int, calls: Mapping[int, SpanCall], parents: Mapping[int, int]) -> SpanCall | None:
    """The call that is closest around a span, as far as the request tells."""
    for _ in range(_ANCESTORS_MAX):
        if key == ROOT:
            break
        if key in calls:
            return calls[key]
        key = parents.get(key, ROOT)
    return None


def _once(calls: Sequence[SpanCall]) -> _Told:
    """Each id once, as the span tells of it that knows most."""
    by_id: dict[str, SpanCall] = {}
    for call in calls:
        known = by_id.setdefault(call.id, call)
        if known is not call and says_lifetimes(call.span) and not says_lifetimes(known.span):
            by_id[call.id] = call
    if len(by_id) == len(calls):
        return _Told(list(calls), [])
    kept = {id(call) for call in by_id.values()}
    return _Told(list(by_id.values()), [call for call in calls if id(call) not in kept])


async def _met(parts: Parts, sender: Sender, told: _Told, taken: Taken) -> list[SpanCall]:
    """The calls without those that spans of other requests have told of."""
    if not told.calls:
        return []
    leaves = [
        Leaf(call.key, call.parent_key, call.span.trace_key, key_of(call.id), call.output_tokens)
        for call in (*told.calls, *told.others)
    ]
    now = parts.clock.now()
    repeating = await parts.storage.meet_leaves(sender.workspace_id, leaves, now, now + REMEMBERED_MS)
    calls = [call for call in told.calls if call.key not in repeating] if repeating else told.calls
    taken.duplicate_count += len(leaves) - len(calls)
    return calls


def _held(call: SpanCall, parents: Mapping[int, int], now: int, grace_ms: int) -> AgentTotal:
    event = _as_total(call.understood.event)
    ancestors, is_rooted = _ancestors(call.parent_key, parents)
    return AgentTotal(
        workspace_id=event.workspace_id,
        key=call.key,
        parent_key=call.parent_key,
        trace_key=call.span.trace_key,
        ancestors=ancestors,
        is_rooted=is_rooted,
        start=event.occurred_at - (event.latency_ms or 0),
        end=event.occurred_at,
        token_count=event.usage.input_tokens + event.usage.output_tokens,
        external_request_id=event.external_request_id,
        event=_ENCODER.encode(event).decode(),
        look_at=now + grace_ms,
        expires_at=now + grace_ms + REMEMBERED_MS,
    )


def _ancestors(parent: int, parents: Mapping[int, int]) -> tuple[tuple[int, ...], bool]:
    """The spans around one, from within, as far as the request has them; and whether that is all."""
    found: list[int] = []
    while parent != ROOT and len(found) < _ANCESTORS_MAX and parent not in found:
        found.append(parent)
        if parent not in parents:
            return tuple(found), False
        parent = parents[parent]
    return tuple(found), parent == ROOT


def _as_total(event: UsageEvent) -> UsageEvent:
    """The call that a sum counts as, if it ever does: its own ids, never one of a provider's answers."""
    usage, extra = event.usage, event.extra or {}
    flags = (*(flag for flag in usage.flags if flag != "usage_missing"), "agent_total")
    return replace(
        event,
        external_request_id=f"{extra['traceId']}:{extra['spanId']}",
        usage=TokenUsage(usage.units, usage.accounting, usage.rule, flags),
    )
