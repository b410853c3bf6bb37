"""The process in which the notification library runs: one order on standard input, one answer on its output.

It connects to addresses that are allowed, and starts no program: the interpreter itself asks here before it
does either, whatever the library would rather do.
"""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address
from typing import Any, Final

import msgspec

from farthing.rules.destinations import Network, address_problem, networks

_READ_BYTES_MAX: Final = 262_144
_CONNECT_S, _READ_S = 6.0, 10.0
_OURSELVES: Final[dict[str, Any]] = {"app_id": "Farthing", "app_desc": "LLM costs", "app_url": ""}
_FORBIDDEN: Final = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "pty.spawn",
)


class Order(msgspec.Struct, frozen=True):
    """An address, what the library may call its service, where it may connect to, and what to say there.

    Without a title nothing is sent: it is only asked whether the library can use the address.
    """

    url: str
    names: tuple[str, ...]
    networks: tuple[str, ...] = ()
    plain_http: bool = False
    title: str = ""
    body: str = ""
    severity: str = "info"


class Answer(msgspec.Struct, frozen=True):
    """What became of it. `status` is the last one that the service answered.

    `is_refused`: the service stands where nothing is sent.
    """

    is_understood: bool = False
    is_sent: bool = False
    is_refused: bool = False
    reason: str = ""
    status: int | None = None
    retry_after: str | None = None


class _Watch:
    """What the library may do, and what came of it."""

    def __init__(self, allowed: tuple[Network, ...], *, plain_http: bool) -> None:
        self.problem: str | None = None
        self.status: int | None = None
        self.retry_after: str | None = None
        self.failure: str | None = None
        self._allowed = allowed
        self._plain_http = plain_http

    def look(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called by the interpreter before it does anything of note."""
        if event.startswith(_FORBIDDEN):
            raise PermissionError("no program is started from here")
        if event in ("socket.connect", "socket.sendto", "socket.bind"):
            self._require_allowed(arguments[1])

    def _require_allowed(self, place: Any) -> None:
        host = place[0] if isinstance(place, tuple) else str(place)
        try:
            ip_address(host)
        except ValueError:
            problem: str | None = "a connection without a checked address"
        else:
            problem = address_problem(host, self._allowed)
        if problem is not None:
            self.problem = problem
            raise PermissionError(problem)

    def hold(self, session: Any) -> None:
        """Let requests go out as ours do: over TLS, to where they are sent, with limits."""
        plainly = session.send

        def send(its: Any, request: Any, **options: Any) -> Any:
            if not (request.url.startswith("https://") or self._plain_http):
                self.problem = "it would not be encrypted (the setting webhook_plain_http allows that)"
                raise PermissionError(self.problem)
            options |= {"allow_redirects": False, "stream": True, "timeout": (_CONNECT_S, _READ_S)}
            options |= {"proxies": {}, "verify": options.get("verify") or True}
            try:
                answer = plainly(its, request, **options)
            except OSError as error:
                self.failure = type(error).__name__
                raise
            # Read as it reads by itself, but not without end.
            vars(answer)["_content"] = answer.raw.read(_READ_BYTES_MAX, decode_content=True)
            vars(answer)["_content_consumed"] = True
            self.status, self.retry_after = answer.status_code, answer.headers.get("retry-after")
            return answer

        session.send = send


def carry_out(order: Order) -> Answer:
    """Do what the order says. Watches over the whole process from then on."""
    import apprise  # noqa: PLC0415 - only this process loads it
    import requests  # noqa: PLC0415

    watch = _Watch(networks(order.networks), plain_http=order.plain_http)
    watch.hold(requests.Session)
    sys.addaudithook(watch.look)
    asset = apprise.AppriseAsset(storage_mode="memory", http_redirects=False, image_url_mask="", **_OURSELVES)
    service: Any = apprise.Apprise.instantiate(order.url, asset=asset, suppress_exceptions=True)
    names = _names(service)
    if service is None or not names & set(order.names) or not service.verify_certificate:
        return Answer(reason="the notification library does not understand this address")
    if not order.title:
        return Answer(is_understood=True)
    try:
        is_sent = bool(service.notify(body=order.body, title=order.title, notify_type=order.severity))
    except Exception as error:  # noqa: BLE001 - of thirty services' ways to fail, none is ours
        watch.failure, is_sent = watch.failure or type(error).__name__, False
    return _answer(watch, is_sent=is_sent)


def _names(service: Any) -> set[str]:
    """What the library calls a service; it has one name or several for each way."""
    found: set[str] = set()
    for given in (getattr(service, "protocol", None), getattr(service, "secure_protocol", None)):
        found |= {given} if isinstance(given, str) else set(given or ())
    return found


def _answer(watch: _Watch, *, is_sent: bool) -> Answer:
    reason = "sent" if is_sent else "the service was not reached, or did not take it"
    if watch.failure is not None:
        reason = f"no answer: {watch.failure}"
    if watch.problem is not None:
        reason = f"not sent: {watch.problem}"
    return Answer(
        is_understood=True,
        is_sent=is_sent,
        is_refused=watch.problem is not None,
        reason=reason,
        status=watch.status,
        retry_after=watch.retry_after,
    )


def main() -> None:
    """One order, one answer. What the library prints goes nowhere."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    output = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    answer = carry_out(order)
    os.write(output, msgspec.json.encode(answer))


if __name__ == "__main__":
    main()
