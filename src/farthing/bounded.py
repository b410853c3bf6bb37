"""HTTP with limits that hold before any application is asked: on the head of a request, and on time.

uvicorn has none of them: a head may grow until memory ends, and a client that sends a byte a minute, or none,
keeps its connection for good. A good request pays less than a microsecond for it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from farthing.api.errors import (
    AddressTooLongError,
    HeadTooLargeError,
    RequestError,
    RequestTimeoutError,
    describe,
    log_error,
)
from farthing.api.headers import REFUSAL_HEAD
from farthing.corked import CorkedProtocol
from farthing.web.errors import without_secret

_HEADERS_MAX: Final = 100
_LINGER_S: Final = 1.0
"""How long a refused client may go on sending. A connection closed at once, with bytes of it still unread,
would be reset, and the answer lost on its way."""
_HEADER_MARKS: Final = 4
"""Colon, blank and the end of the line."""
_SHOWN_MAX: Final = 200
"""How much of a path is logged; never a query."""


@dataclass(frozen=True)
class Bounds:
    """What a request may take: bytes of its address and of its whole head, seconds for head and for body."""

    address_bytes_max: int
    head_bytes_max: int
    head_seconds_max: float
    body_seconds_max: float


class BoundedProtocol(CorkedProtocol):
    """uvicorn's HTTP within `bounds`, which `bounded` sets."""

    bounds: Bounds

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_head = True
        self._in_body = False
        self._head_bytes = 0
        self._header_count = 0
        self._timer: asyncio.TimerHandle | None = None
        self._excess: RequestError | None = None
        self._is_refused = False
        self.url = b""
        self.headers = []

    def connection_made(self, transport: Any) -> None:
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self._watch(self.bounds.head_seconds_max)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol. The head's exact size is known at its end; until then, at least this much."""
        if self._is_refused:
            return
        was_in_head = self._in_head
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes or self._in_body:
            self._see_to_the_rest(was_in_head=was_in_head)

    def _see_to_the_rest(self, *, was_in_head: bool) -> None:
        """Limit the size of what is still to come, and the time that it may take."""
        if self._is_refused:
            return
        if self._in_head:
            if was_in_head and self._head_bytes > self.bounds.head_bytes_max:
                self._refuse(self._find_excess() or self._too_large())
            elif self._timer is None and self._head_bytes:
                self._watch(self.bounds.head_seconds_max)
        elif self._in_body:
            if self._head_bytes > self.bounds.head_bytes_max:
                self._refuse(self._too_large())
            elif self._timer is None:
                self._watch(self.bounds.body_seconds_max)

    def on_headers_complete(self) -> None:
        """See httptools. What is raised here comes back to `send_400_response`."""
        bounds = self.bounds
        if (
            self._head_bytes > bounds.head_bytes_max  # an upper limit: the body may have come along
            or len(self.headers) > _HEADERS_MAX
            or len(self.url) > bounds.address_bytes_max
        ):
            self._excess = self._find_excess()
            if self._excess is not None:
                raise self._excess
        self._in_head = False
        self._in_body = True
        self._header_count = len(self.headers)
        self._head_bytes = 0
        if self._timer is not None:
            self._stop_watching()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """See httptools. What comes behind it and is none counts as head: trailers are kept like it."""
        self._head_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """See httptools. The next head begins here, at the latest; trailers may have come in one piece."""
        if len(self.headers) > self._header_count and self._known_bytes() > self.bounds.head_bytes_max:
            self._excess = self._too_large()
            raise self._excess
        self._in_head = True
        self._in_body = False
        self._head_bytes = 0
        if self._timer is not None:
            self._stop_watching()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what can't be read, or is over a limit, in the shape of every refusal."""
        self._refuse(self._excess or RequestError(msg.rstrip(".")))

    def _find_excess(self) -> RequestError | None:
        bounds = self.bounds
        if len(self.url) > bounds.address_bytes_max:
            return AddressTooLongError(
                f"the address has {len(self.url)} bytes; at most {bounds.address_bytes_max} are taken"
            )
        if len(self.headers) > _HEADERS_MAX:
            return HeadTooLargeError(
                f"the request has {len(self.headers)} headers; at most {_HEADERS_MAX} are taken"
            )
        if self._head_bytes > bounds.head_bytes_max and self._known_bytes() > bounds.head_bytes_max:
            return self._too_large()
        return None

    def _known_bytes(self) -> int:
        """The size of the head as far as it has been parsed."""
        return len(self.url) + sum(len(name) + len(value) + _HEADER_MARKS for name, value in self.headers)

    def _too_large(self) -> RequestError:
        return HeadTooLargeError(
            f"the request's head has more than {self.bounds.head_bytes_max} bytes, the most that is taken"
        )

    def _watch(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._time_is_up)

    def _stop_watching(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_is_up(self) -> None:
        self._timer = None
        bounds = self.bounds
        if self._in_head and not self._head_bytes:  # nobody has asked for anything
            self.transport.close()
        elif self.pipeline or (self._in_head and self._unanswered() is not None):
            self._watch(bounds.body_seconds_max)  # an earlier request is being answered
        elif self._in_head:
            self._refuse(_too_slow("head", bounds.head_seconds_max))
        else:
            self._refuse(_too_slow("body", bounds.body_seconds_max))

    def _unanswered(self) -> RequestResponseCycle | None:
        """The last request whose head was complete, while its answer is not."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return None if cycle is None or cycle.response_complete else cycle

    def _refuse(self, refusal: RequestError) -> None:
        """Answer, unless an answer has begun, and close once the client has had time to read it."""
        self._is_refused = True
        cycle = self._unanswered()
        if self._in_head if cycle is None else not cycle.response_started:
            self._answer(refusal)
        if cycle is not None:  # whoever waits for its body learns that none will come
            cycle.disconnected = True
            cycle.message_event.set()
        self._stop_watching()
        self.flow.resume_reading()
        if not self.transport.is_closing():
            self.transport.write_eof()
        self._timer = self.loop.call_later(_LINGER_S, self.transport.close)

    def _answer(self, refusal: RequestError) -> None:
        reply = describe(refusal)
        path = without_secret(self.url.partition(b"?")[0][:_SHOWN_MAX].decode("latin-1"))
        log_error("?", path, reply, refusal)
        body = msgspec.json.encode(reply.answer)
        self.transport.write(REFUSAL_HEAD % (reply.status, len(body)) + body)


def _too_slow(part: str, seconds: float) -> RequestError:
    return RequestTimeoutError(f"the {part} of the request took more than {seconds:g} s to arrive")


def bounded(limits: Bounds) -> type[BoundedProtocol]:
    """The protocol within these bounds."""
    return type("BoundedProtocol", (BoundedProtocol,), {"bounds": limits})
