"""The ingest endpoints: plain ASGI beside the framework, because every microsecond here is paid per event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from farthing.actions.errors import InvalidInputError, InvalidKeyError
from farthing.actions.parts import Parts
from farthing.actions.plans.plan_desk import Standing
from farthing.api.answers import FieldError
from farthing.api.errors import BodyTooLargeError, ErrorReply, MethodNotAllowedError, describe, log_error
from farthing.api.headers import NOSNIFF, headers_for
from farthing.api.ingest_answer import BatchAnswer, ItemAnswer, ItemRefusal, answer_call, answer_item
from farthing.api.ingest_budgets import (
    HARD_STOP,
    HARD_STOP_STATUS,
    NO_NEWS,
    BudgetNews,
    BudgetTeller,
)
from farthing.api.ingest_plan import (
    PAUSED_STATUS,
    learned,
    over_limit,
    paused_body,
    take_tokens,
    with_plan,
)
from farthing.api.ingest_query import Wanted, wanted_of
from farthing.api.packed import unpack
from farthing.api.refusals import RefusalLog
from farthing.intake.batch import read_calls
from farthing.intake.call import Call, read_call
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.rules.events import UsageEvent
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import Recorded

SINGLE: Final = "/v1/ingest/llm-request"
BATCH: Final = "/v1/ingest/llm-requests"

Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[dict[str, Any]], Any]

PLAN_LIMIT_REACHED: Final = "plan_limit_reached"
VALIDATION_FAILED: Final = "validation_failed"
NO_STATUS: Final[dict[str, Any]] = {}
"""All that there is to say of a workspace without a plan."""
_ACCEPTED: Final = (NOSNIFF,)
"""All that the answer to an application needs: no browser ever asks with a key and POST."""
_OUR_FAULT: Final = 500
_ENCODER: Final = msgspec.json.Encoder()
_SLICE: Final = 200
"""Items of a batch that are understood before others get their turn on the event loop."""


class ClientGoneError(Exception):
    """The client closed the connection before its body was complete; nobody is there to answer."""


class IngestEndpoint:
    """ASGI application for SINGLE and BATCH."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._refusals = RefusalLog(parts.clock)
        self._budgets = BudgetTeller(parts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        standing: Standing | None = None
        sender: Sender | None = None
        try:
            sender = await self._sender(scope)
            standing = self._parts.plans.standing(sender.workspace_id)
            if standing is not None and standing.is_paused(self._parts.clock.now()):
                self._note_refusal(sender, PLAN_LIMIT_REACHED)
                await _send(send, PAUSED_STATUS, paused_body(standing.plan), _ACCEPTED)
                return
            take = self._batch if scope["path"] == BATCH else self._single
            code, answer = await take(scope, receive, sender, standing)
        except ClientGoneError:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            reply = await self._refuse(scope, send, error, standing)
            if sender is not None and reply.status < _OUR_FAULT:
                self._note_refusal(sender, reply.answer.reason or str(reply.status))
            return
        await _send(send, code, answer, _ACCEPTED)

    async def _refuse(
        self, scope: Scope, send: Send, error: Exception, standing: Standing | None
    ) -> ErrorReply:
        reply = describe(error)
        if reply.status < _OUR_FAULT:
            self._refusals.note(scope, reply)
        else:
            log_error(scope["method"], scope["path"], reply, error)
        answer = reply.answer
        if standing is not None:
            answer = with_plan(answer, error, standing, self._parts.clock.now())
        named = [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]
        await _send(send, reply.status, _ENCODER.encode(answer), (*headers_for(scope), *named))
        return reply

    def _note_refusal(self, sender: Sender, reason: str, count: int = 1) -> None:
        self._parts.intake_counts.note_refusal(sender.workspace_id, sender.api_key_id, reason, count)

    def _note_duplicate(self, sender: Sender, event: UsageEvent) -> None:
        self._parts.intake_counts.note_duplicate(sender.workspace_id, sender.api_key_id, event.data_mode)

    async def _single(
        self, scope: Scope, receive: Receive, sender: Sender, standing: Standing | None
    ) -> tuple[int, bytes]:
        if standing is not None:
            take_tokens(self._parts.rates, sender.api_key_id, standing.plan, 1)
        wanted = wanted_of(scope)
        body = await read_body(scope, receive, self._parts.settings.body_bytes_max)
        (call,) = self._understand([read_call(body)], sender)
        if isinstance(call, list):
            raise InvalidInputError(call)
        (recorded,) = await self._parts.recorder.record((call.event,))
        if recorded.is_duplicate:
            self._note_duplicate(sender, call.event)
        status = NO_STATUS if standing is None else self._learned(standing, [call], [recorded])
        if standing is not None and recorded.is_over_limit:
            raise over_limit(standing.plan)
        news = NO_NEWS
        if recorded.standings:
            news = self._budgets.news(recorded.standings)
            status = status | _told_of_budgets(news)
        answer = _ENCODER.encode(answer_call(call, recorded, status, with_receipt=wanted.receipt))
        return HARD_STOP_STATUS if news.stopping is not None else 200, answer

    async def _batch(
        self, scope: Scope, receive: Receive, sender: Sender, standing: Standing | None
    ) -> tuple[int, bytes]:
        settings = self._parts.settings
        wanted = wanted_of(scope)
        calls = read_calls(await read_body(scope, receive, settings.batch_bytes_max))
        if isinstance(calls, FieldProblem):
            raise InvalidInputError([calls])
        if len(calls) > settings.batch_items_max:
            raise BodyTooLargeError(
                f"the batch has {len(calls)} items; at most {settings.batch_items_max} are taken"
            )
        if standing is not None:
            take_tokens(self._parts.rates, sender.api_key_id, standing.plan, len(calls))
        read: list[Understood | list[FieldProblem]] = []
        for start in range(0, len(calls), _SLICE):
            if start:
                await asyncio.sleep(0)
            read += self._understand(calls[start : start + _SLICE], sender)
        good = [call for call in read if isinstance(call, Understood)]
        recorded = await self._parts.recorder.record([call.event for call in good]) if good else []
        for call, one in zip(good, recorded, strict=True):
            if one.is_duplicate:
                self._note_duplicate(sender, call.event)
        self._note_refusal(sender, VALIDATION_FAILED, len(read) - len(good))
        self._note_refusal(sender, PLAN_LIMIT_REACHED, sum(one.is_over_limit for one in recorded))
        status = NO_STATUS if standing is None else self._learned(standing, good, recorded)
        news = self._budgets.news_of_all(one.standings for one in recorded)
        if news is not NO_NEWS:
            status = status | _told_of_budgets(news, is_batch=True)
        return 200, _ENCODER.encode(_answer_batch(wanted, read, recorded, status))

    def _learned(
        self, standing: Standing, calls: Sequence[Understood], recorded: Sequence[Recorded]
    ) -> dict[str, Any]:
        return learned(standing, calls, recorded, self._parts.clock.now())

    async def _sender(self, scope: Scope) -> Sender:
        key = next((value for name, value in scope["headers"] if name == b"x-api-key"), b"")
        return await sender_of(self._parts, scope, key)

    def _understand(
        self, calls: Sequence[Call | list[FieldProblem]], sender: Sender
    ) -> list[Understood | list[FieldProblem]]:
        cards, now = self._parts.prices.cards(sender.workspace_id), self._parts.clock.now()
        understood = [
            call if isinstance(call, list) else understand(call, sender, now, cards) for call in calls
        ]
        starts = self._parts.raw.starts(sender.workspace_id)
        return understood if starts is None else [_warned(call, starts) for call in understood]


def _told_of_budgets(news: BudgetNews, *, is_batch: bool = False) -> dict[str, Any]:
    """What budgets decide of an answer's fields, by their names in code.

    A batch is stored and answered as always: a sender that took 402 for a failure would send all of it again.
    """
    told: dict[str, Any] = {
        "budget_warning": news.is_warning,
        "budget_exceeded": news.is_exceeded,
        "enforcement": news.enforcement,
        "budgets": news.budgets,
    }
    if news.stopping is None:
        return told
    if is_batch:
        return told | {"reason": HARD_STOP}
    message = f"the call is stored; the budget {news.stopping} is exceeded and asks for no more calls"
    return told | {"ok": False, "reason": HARD_STOP, "message": message}


async def sender_of(parts: Parts, scope: Scope, key: bytes) -> Sender:
    """Who sends, by the key. Raises InvalidKeyError, and MethodNotAllowedError to those who have one."""
    keys = parts.keys
    found = keys.get_cached(key) or (await keys.find(key) if key else None)
    if found is None:
        raise InvalidKeyError
    if scope["method"] != "POST":
        raise MethodNotAllowedError("this address takes POST only")
    return found.sender


def _warned(
    call: Understood | list[FieldProblem], starts: Mapping[str, int]
) -> Understood | list[FieldProblem]:
    """The call with a warning if it is older than single calls are kept: it will be in sums only."""
    if isinstance(call, list) or call.event.occurred_at >= starts.get(call.event.data_mode, 0):
        return call
    return replace(call, warnings=(*call.warnings, "older_than_raw_window"))


def _answer_batch(
    wanted: Wanted,
    read: list[Understood | list[FieldProblem]],
    recorded: list[Recorded],
    status: dict[str, Any],
) -> BatchAnswer:
    stored = iter(recorded)
    results: list[ItemAnswer | ItemRefusal] = []
    invalid_count = 0
    for index, call in enumerate(read):
        if isinstance(call, list):
            invalid_count += 1
            results.append(_refusal(index, call))
        elif (outcome := next(stored)).is_over_limit:
            results.append(_refusal_of_plan(index))
        elif not wanted.refused_only:
            results.append(answer_item(index, call, outcome, with_receipt=wanted.receipt))
    duplicates = sum(1 for one in recorded if one.is_duplicate)
    over_limit_count = sum(1 for one in recorded if one.is_over_limit)
    if over_limit_count:
        status = status | {"reason": PLAN_LIMIT_REACHED}
    return BatchAnswer(
        accepted=len(recorded) - duplicates - over_limit_count,
        duplicates=duplicates,
        refused=invalid_count + over_limit_count,
        results=results,
        **status,
    )


def _refusal_of_plan(index: int) -> ItemRefusal:
    message = "the plan has no request left in this calendar month (UTC)"
    return ItemRefusal(index=index, reason=PLAN_LIMIT_REACHED, message=message, errors=())


def _refusal(index: int, problems: list[FieldProblem]) -> ItemRefusal:
    errors = tuple(FieldError(problem.field, problem.message) for problem in problems)
    return ItemRefusal(index=index, message=_told(problems), errors=errors)


def _told(problems: list[FieldProblem]) -> str:
    return "; ".join(f"{problem.field} {problem.message}" for problem in problems)


async def read_body(scope: Scope, receive: Receive, bytes_max: int) -> bytes:
    """The whole body, unpacked. Raises BodyTooLargeError as soon as it is known to be too large."""
    encoding = b""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > bytes_max:
            raise BodyTooLargeError(f"the body has {int(value)} bytes; at most {bytes_max} are taken")
        if name == b"content-encoding":
            encoding = value
    body = await _whole(receive, bytes_max)
    return await unpack(body, encoding, bytes_max) if encoding else body


async def _whole(receive: Receive, bytes_max: int) -> bytes:
    """The body as it comes."""
    message = await receive()
    if not message.get("more_body") and message["type"] == "http.request":
        whole: bytes = message["body"]
        _check_length(whole, bytes_max)
        return whole
    parts = bytearray()
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        parts += message.get("body", b"")
        _check_length(parts, bytes_max)
        if not message.get("more_body"):
            return bytes(parts)
        message = await receive()


def _check_length(body: bytes | bytearray, bytes_max: int) -> None:
    if len(body) > bytes_max:
        raise BodyTooLargeError(f"the body has more than {bytes_max} bytes, the most that is taken")


async def _send(send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    sent = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})
