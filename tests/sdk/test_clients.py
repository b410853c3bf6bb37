"""The real clients of the providers, wrapped: the same rows and the same cents as told by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import farthing_sdk
from tests.sdk.calls import CALLS, Clients, Told
from tests.sdk.conftest import Tap
from tests.sdk.stand_in import CANARY, StandIn
from tests.wire.conftest import Wire

OWN = (
    "requestId",
    "externalRequestId",
    "occurredAt",
    "receivedAt",
    "latencyMs",
    "timeToFirstTokenMs",
    "extra",
)


def rows(wire: Wire, tag: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = wire.read(f"/v1/requests?endpointTag={tag}&limit=500")["items"]
    return found


def by_hand(wire: Wire, told: Told, tag: str) -> dict[str, Any]:
    """The row that the native call makes of the same usage object."""
    call = {
        "provider": told.provider,
        "model": told.model,
        "usage": told.usage,
        "usageFormat": told.usage_format,
        "status": "success",
        "latencyMs": 1,
        "endpointTag": tag,
        "userId": "u_1",
        **told.more,
    }
    answer = wire.send(call)
    assert answer.status == 200, answer
    identity = answer.json["externalRequestId"]
    (row,) = [row for row in rows(wire, tag) if row["externalRequestId"] == identity]
    return row


@pytest.mark.filterwarnings("default::DeprecationWarning")  # of the clients' own
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
async def test_a_call_by_a_wrapped_client_is_the_row_that_would_be_told_by_hand(
    sdk: Wire, provider: StandIn, tap: Tap, call: Callable[[Clients], Awaitable[None]]
) -> None:
    tag, told, clients = call.__name__, CALLS[call], Clients(provider.root)
    with farthing_sdk.context(endpoint_tag=tag, user_id="u_1"):
        await call(clients)
    await clients.close()
    assert farthing_sdk.flush(10)
    assert farthing_sdk.stats().failed == {}
    (row,) = rows(sdk, tag)
    wanted = by_hand(sdk, told, tag)
    assert {name: row[name] for name in wanted if name not in OWN} == {
        name: value for name, value in wanted.items() if name not in OWN
    }
    assert row["costUsd"] is not None
    assert (row["extra"].get("streamed") is True) == told.is_streamed
    assert (row["timeToFirstTokenMs"] is not None) == told.is_streamed
    assert CANARY in str(provider.asked[-1]) or call.__name__ == "responses_in_the_background"
    assert CANARY not in tap.text
    assert tap.sent
