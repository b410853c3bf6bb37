"""A real server, the providers' stand-in, and the SDK set up to send to the server through a wire tap."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

import farthing_sdk
from farthing_sdk import active
from farthing_sdk import wire as sdk_wire
from farthing_sdk.notes import begin_anew
from tests.sdk.stand_in import StandIn, standing_in
from tests.wire.conftest import Wire, wired


@pytest.fixture(scope="session")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """One server for all of them; each test has endpoint tags of its own."""
    with wired(tmp_path_factory.mktemp("sdk")) as made:
        yield made


@pytest.fixture(scope="session")
def provider() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@dataclass
class Tap:
    """Every byte that the SDK has written, unpacked."""

    sent: list[bytes] = field(default_factory=list)

    @property
    def text(self) -> str:
        return b"\n".join(self.sent).decode()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for body in self.sent for line in body.split(b"\n") if line]


@pytest.fixture
def tap(monkeypatch: pytest.MonkeyPatch) -> Tap:
    """Listens where the SDK hands bytes to the connection."""
    tap, exchange = Tap(), sdk_wire.Wire._exchange

    def listening(self: sdk_wire.Wire, body: bytes, headers: dict[str, str]) -> sdk_wire.Answer:
        tap.sent.append(gzip.decompress(body) if "Content-Encoding" in headers else body)
        return exchange(self, body, headers)

    monkeypatch.setattr(sdk_wire.Wire, "_exchange", listening)
    return tap


@pytest.fixture
def sdk(wire: Wire) -> Iterator[Wire]:
    """The SDK sends to the server; afterwards it is off."""
    begin_anew()
    farthing_sdk.configure(api_key=wire.key, base_url=f"http://127.0.0.1:{wire.port}", linger_seconds=0.01)
    yield wire
    farthing_sdk.close(5)
    active._reporter = None
