"""What an ingest answer says about the events that were sent: kept, known already, refused, and why."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import msgspec

from bench.wire import Response

_NEW_SINGLE = re.compile(rb'"duplicate":\s*false')
_BATCH_COUNTS = tuple(
    re.compile(rb'"%s":\s*(\d+)' % name) for name in (b"accepted", b"duplicates", b"refused")
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of events. `failures` counts what was not kept by a reason such as "429 rate_limited"."""

    acknowledged: int
    duplicates: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    """Events that may or may not be stored: the server failed while it held them."""


class _ErrorBody(msgspec.Struct):
    reason: str | None = None


class _SingleAnswer(msgspec.Struct):
    ok: bool
    duplicate: bool = False
    reason: str | None = None


class _ItemAnswer(msgspec.Struct):
    ok: bool
    reason: str | None = None


class _BatchAnswer(msgspec.Struct):
    accepted: int
    duplicates: int
    refused: int
    results: list[_ItemAnswer] = msgspec.field(default_factory=list)


_ONE_NEW = Verdict(acknowledged=1)


def judge(response: Response, events: int) -> Verdict:
    """The verdict on a request that carried `events` events."""
    if response.status != 200:
        return _refused(response, events)
    try:
        return _batch(response.body, events) if events > 1 else _single(response.body)
    except msgspec.MsgspecError:
        return Verdict(0, failures=Counter({"200 unreadable answer": events}), unknown=events)


def _single(body: bytes) -> Verdict:
    if _NEW_SINGLE.search(body):  # the usual answer, told apart without decoding it
        return _ONE_NEW
    answer = msgspec.json.decode(body, type=_SingleAnswer)
    if not answer.ok:
        return Verdict(0, failures=Counter({f"200 {answer.reason}": 1}))
    return Verdict(0, duplicates=1) if answer.duplicate else _ONE_NEW


def _batch(body: bytes, events: int) -> Verdict:
    found = [pattern.search(body) for pattern in _BATCH_COUNTS]
    counts = [int(match[1]) for match in found if match]
    if counts == [events, 0, 0]:
        return Verdict(events)
    answer = msgspec.json.decode(body, type=_BatchAnswer)
    failures = Counter(f"200 {item.reason}" for item in answer.results if not item.ok)
    missing = events - answer.accepted - answer.duplicates - answer.refused
    if missing:
        failures["200 items missing from the answer"] = missing
    return Verdict(answer.accepted, answer.duplicates, failures)


def _refused(response: Response, events: int) -> Verdict:
    reason = f"{response.status} {_reason(response.body)}".strip()
    unknown = events if response.status >= 500 else 0
    return Verdict(0, failures=Counter({reason: events}), unknown=unknown)


def _reason(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_ErrorBody).reason or ""
    except msgspec.MsgspecError:
        return ""
