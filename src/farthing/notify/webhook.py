"""Posting a message to a webhook: signed, within limits of time and size, never led on by a redirect."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import urlsplit

import httpcore

from farthing import __version__
from farthing.notify.connecting import CheckedBackend, RefusedDestinationError
from farthing.notify.message import Letter, payload_bytes
from farthing.notify.outcome import Outcome, failed, of_status
from farthing.notify.reach import Reach, Resolve, url_problem
from farthing.notify.signing import signed_headers

_SECONDS_MAX: Final = 15.0
_READ_BYTES_MAX: Final = 65_536
"""Of an answer, whose status is all that counts."""


@dataclass(frozen=True)
class Webhooks:
    """The way to webhooks."""

    reach: Reach
    look_up: Resolve

    async def post(self, url: str, letter: Letter, secrets: Sequence[str], at: int) -> Outcome:
        """Make one attempt, `at` UTC milliseconds."""
        problem = url_problem(url, self.reach)
        if problem is not None:
            return failed(f"its address {problem}", is_lasting=True)
        body = payload_bytes(letter)
        headers = signed_headers(letter.key, at // 1_000, body, secrets)
        try:
            async with asyncio.timeout(_SECONDS_MAX):
                return await self._post(url, body, headers)
        except TimeoutError:
            return failed(f"no whole answer within {_SECONDS_MAX:g} s")
        except RefusedDestinationError as error:
            return failed(f"not sent: {error}", is_lasting=True)
        except ssl.SSLCertVerificationError as error:
            return failed(f"its certificate is not good: {error.verify_message}")
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            return failed(f"no answer: {_told(error)}")

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> Outcome:
        backend = CheckedBackend(self.reach.networks, self.look_up)
        said = {**_HEADERS, **headers, "content-length": str(len(body)), "host": urlsplit(url).netloc}
        async with (
            httpcore.AsyncConnectionPool(_tls(), network_backend=backend, retries=0) as pool,
            pool.stream("POST", url, headers=list(said.items()), content=body) as answer,
        ):
            outcome = of_status(answer.status, _header(answer, b"retry-after"))
            await _read_some(answer)
            return outcome


_HEADERS: Final = {
    "content-type": "application/json",
    "user-agent": f"Farthing/{__version__}",
    "accept-encoding": "identity",
}


async def _read_some(answer: httpcore.Response) -> None:
    """Read what politeness asks for: some receivers count a connection that is cut as a failure."""
    byte_count = 0
    async for piece in answer.aiter_stream():
        byte_count += len(piece)
        if byte_count > _READ_BYTES_MAX:
            return


def _header(answer: httpcore.Response, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in answer.headers if key.lower() == name), None)


def _told(error: Exception) -> str:
    """What went wrong, in the words of whoever noticed; never an address with its path."""
    return str(error)[:200] or type(error).__name__


@cache
def _tls() -> ssl.SSLContext:
    """Certificates are verified against what this machine trusts, or SSL_CERT_FILE names."""
    return ssl.create_default_context()
