"""One call while it runs: when it began, for whom, and what is told of it at its end."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable
from uuid import uuid4

from farthing_sdk.active import reporter
from farthing_sdk.context import current_fields
from farthing_sdk.event import Event
from farthing_sdk.fields import short
from farthing_sdk.notes import note_failure

if TYPE_CHECKING:
    from farthing_sdk.wrapping.streams import Reader

_WORD = re.compile(r"[\w.:/-]{1,64}\Z", re.ASCII)
_NS_PER_MS = 1_000_000


@dataclass
class Reading:
    """What an answer says of itself."""

    usage: Any = None
    model: str | None = None
    response_id: str | None = None
    service_tier: str | None = None
    web_searches: int | None = None
    error_code: str | None = None
    is_error: bool = False
    external_request_id: str | None = None
    """Where the same call may be seen again, as one that runs in the background."""
    is_pending: bool = False
    """Whether it is not finished: there is nothing to tell yet."""


@dataclass(frozen=True)
class Operation:
    """A method of a client, and how its answers are read."""

    name: str
    provider: str
    read: Callable[[Any], Reading]
    usage_format: str | None = None
    reader: Callable[[], Reader] | None = None
    """Makes what reads a stream; None where the method never answers with one."""
    is_always_stream: bool = False
    asks_stream_usage: bool = False
    """Whether the provider tells the usage of a stream only to those who ask for it."""
    requested: Callable[[dict[str, Any]], Any] = field(default=lambda arguments: arguments.get("model"))


class Measure:
    """A call of an operation. Nothing of it raises."""

    __slots__ = ("_fields", "_first_ns", "_started_at", "_started_ns", "is_told", "operation", "requested")

    def __init__(self, operation: Operation, arguments: dict[str, Any]) -> None:
        self.operation = operation
        self.requested = operation.requested(arguments)
        self.is_told = False
        self._fields = current_fields()
        self._started_at = time.time()
        self._started_ns = time.perf_counter_ns()
        self._first_ns: int | None = None

    def first(self) -> None:
        """The first part of a stream is here."""
        if self._first_ns is None:
            self._first_ns = time.perf_counter_ns()

    def succeeded(self, reading: Reading, *, is_stream: bool = False) -> None:
        """The call is over, and this is what it answered."""
        if not self.is_told and not reading.is_pending:
            self._tell(reading, is_stream=is_stream)

    def failed(
        self, error: BaseException, reading: Reading | None = None, *, is_stream: bool = False
    ) -> None:
        """The call ended with an error; a stream may have said something before."""
        if not self.is_told:
            told = reading or Reading()
            told.is_error, told.error_code = True, error_code_of(error)
            self._tell(told, is_stream=is_stream)

    def _tell(self, reading: Reading, *, is_stream: bool) -> None:
        self.is_told = True
        ended_ns = time.perf_counter_ns()
        try:
            operation = self.operation
            model = reading.model or self.requested
            fields: dict[str, Any] = {
                **self._fields,
                "externalRequestId": reading.external_request_id or uuid4().hex,
                "provider": operation.provider,
                "model": short(model) if isinstance(model, str) and model else "unknown",
                "status": "error" if reading.is_error else "success",
                "latencyMs": (ended_ns - self._started_ns) // _NS_PER_MS,
            }
            if isinstance(self.requested, str) and self.requested != fields["model"]:
                fields["requestedModel"] = short(self.requested)
            if operation.usage_format is not None:
                fields["usageFormat"] = operation.usage_format
            if reading.error_code is not None:
                fields["errorCode"] = reading.error_code
            if reading.web_searches:
                fields["webSearches"] = reading.web_searches
            if isinstance(reading.service_tier, str):
                fields["serviceTier"] = reading.service_tier
            if is_stream:
                fields["streamed"] = True
                if self._first_ns is not None:
                    fields["timeToFirstTokenMs"] = (self._first_ns - self._started_ns) // _NS_PER_MS
            event = Event(fields, reading.usage, operation.name, reading.response_id, self._started_at)
            reporter().report(event)
        except Exception as error:  # noqa: BLE001 - it is the application's call that matters
            note_failure(self.operation.name, error)


def begin(operation: Operation, arguments: dict[str, Any]) -> Measure | None:
    """Begin to measure; None when nothing is reported."""
    try:
        return Measure(operation, arguments) if reporter().is_on else None
    except Exception as error:  # noqa: BLE001 - it is the application's call that matters
        note_failure(operation.name, error)
        return None


def error_code_of(error: BaseException) -> str:
    """The code that the error has, or the name of its class; never its message."""
    for name in ("code", "status"):
        code = getattr(error, name, None)
        if isinstance(code, str) and _WORD.match(code):
            return code
    return type(error).__name__[:64]
