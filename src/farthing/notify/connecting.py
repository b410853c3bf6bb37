"""Connections to receivers that people have named: looked up here, checked, and made to what was checked.

A name that is looked up once to be checked and once more to be connected to could lead elsewhere the second
time; here there is no second time. TLS still asks for, and verifies, the name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import httpcore

from farthing.notify.reach import Resolve
from farthing.rules.destinations import Network, first_problem


class RefusedDestinationError(Exception):
    """Nothing is sent there; the message says why."""


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """httpcore's way to the network, to allowed addresses only."""

    def __init__(self, allowed: Sequence[Network], look_up: Resolve) -> None:
        self._allowed = allowed
        self._look_up = look_up
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the same
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first that answers. Raises RefusedDestinationError before any is tried."""
        try:
            addresses = await self._look_up(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} is not found") from error
        problem = first_problem(addresses, self._allowed)
        if problem is not None:
            raise RefusedDestinationError(problem)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's signature
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - the same
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise RefusedDestinationError(f"{path} is on this machine")

    async def sleep(self, seconds: float) -> None:
        """Between attempts that httpcore would make by itself, which it does not."""
        await self._plain.sleep(seconds)
