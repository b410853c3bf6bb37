"""Sending through the notification library, in a process of its own (`library_process`).

The library connects by itself, waits without a limit that could be trusted, and follows where it is led. In a
process that can be ended at any moment, and that may connect to allowed addresses only, none of that matters;
and a server that sends nothing through it never loads it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Final

import msgspec
import structlog

from farthing.notify.letters import text_of
from farthing.notify.library_process import Answer, Order
from farthing.notify.message import Letter
from farthing.notify.outcome import Outcome, failed, of_status, sent
from farthing.notify.reach import Reach
from farthing.notify.services import names_of

log = structlog.get_logger(__name__)

MISSING: Final = "the notification library is not installed; `pip install 'farthing[notify]'` does that"
_SECONDS_MAX: Final = 18.0
_AT_ONCE_MAX: Final = 2
"""Each takes some 40 MB while it runs."""
_SEVERITIES: Final = {"info": "info", "warning": "warning", "critical": "failure"}
_KEPT_VARIABLES: Final = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
"""Of the environment. Proxies are not among them: what is connected to would not be what was checked."""


def is_installed() -> bool:
    """Whether there is a notification library to send through."""
    return find_spec("apprise") is not None


@dataclass(frozen=True)
class Library:
    """The way to everything that the library knows."""

    reach: Reach
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE_MAX))

    async def problem(self, kind: str, url: str) -> str | None:
        """Why the library can't use an address; None when it can."""
        answer = await self._ask(self._order(kind, url))
        return None if answer.is_understood else answer.reason

    async def send(self, kind: str, url: str, letter: Letter) -> Outcome:
        """Make one attempt."""
        message = letter.message
        order = self._order(kind, url)
        order = msgspec.structs.replace(
            order, title=message.title, body=text_of(letter), severity=_SEVERITIES[message.severity]
        )
        return _outcome(await self._ask(order))

    def _order(self, kind: str, url: str) -> Order:
        networks = tuple(str(each) for each in self.reach.networks)
        return Order(url, tuple(sorted(names_of(kind))), networks, self.reach.plain_http)

    async def _ask(self, order: Order) -> Answer:
        if not is_installed():
            return Answer(reason=MISSING)
        async with self._turns:
            return await _run(order)


async def _run(order: Order) -> Answer:
    """The answer of a process that has it all on its standard input: arguments can be seen by others."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        "farthing.notify.library_process",
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,  # the library complains with addresses, which are secrets
        env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
    )
    try:
        async with asyncio.timeout(_SECONDS_MAX):
            told, _ = await process.communicate(msgspec.json.encode(order))
        return msgspec.json.decode(told, type=Answer)
    except TimeoutError:
        return Answer(is_understood=True, reason=f"not done within {_SECONDS_MAX:g} s")
    except msgspec.DecodeError:
        log.warning("the notification library gave no answer", code=process.returncode)
        return Answer(is_understood=True, reason="the notification library failed")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _outcome(answer: Answer) -> Outcome:
    if answer.is_sent:
        return sent("taken by the service" if answer.status is None else f"answered {answer.status}")
    if answer.status is not None and not answer.is_refused:
        told = of_status(answer.status, answer.retry_after)
        return failed(answer.reason, retry_after_s=told.retry_after_s) if told.is_sent else told
    is_lasting = answer.is_refused or (not answer.is_understood and answer.reason != MISSING)
    return failed(answer.reason, is_lasting=is_lasting)
