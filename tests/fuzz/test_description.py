"""Whatever is sent to whatever the server says it has: it answers as it says, and nothing of a neighbour.

`make test` sends the same requests each time; `make explore` sends many more, others each time.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import requests
import schemathesis
from schemathesis.core.result import Ok

from tests.fuzz.aim import aimed
from tests.fuzz.attempts import EXPLORES, Attempts, Operation, only_asks, takes_anything
from tests.fuzz.tenants import MARK, Served

SECURED = {"bearer": "owner", "apiKey": "key"}


def operations(served: Served) -> list[Operation]:
    """Every operation of the document that the server gives away."""
    document = httpx.get(f"{served.url}/schema/openapi.json").json()
    schema = schemathesis.openapi.from_dict(aimed(document, served))
    schema.config.update(base_url=served.url)
    found = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    assert len(found) == sum(len(methods) for methods in document["paths"].values())
    return found


def meant_for(operation: Operation, sender: str) -> bool:
    """Whether the operation asks for the credentials that this sender has."""
    schemes = {name for each in operation.definition.raw.get("security", ()) for name in each}
    return any(SECURED[name] == sender for name in schemes) if schemes else sender == "nobody"


@pytest.mark.parametrize("sender", ["owner", "key", "nobody"])
def test_every_operation_answers_as_it_is_described(served: Served, sender: str) -> None:
    credentials = {"owner": served.ours.bearer, "key": served.ours.api_key, "nobody": {}}[sender]
    with requests.Session() as session:
        attempts = Attempts(served, credentials, session)
        for operation in operations(served):
            is_meant = meant_for(operation, sender)
            attempts.draw(operation, share=1 if is_meant else 4)
            if not is_meant:
                assert not attempts.answered[operation.label] & {201, 202}
            elif takes_anything(operation) and (EXPLORES or served.is_sqlite or not only_asks(operation)):
                attempts.enumerate(operation)
    assert attempts.wrong == []


def test_the_neighbour_still_has_everything(served: Served) -> None:
    with httpx.Client(base_url=served.url, headers=served.theirs.bearer) as client:

        def items(path: str) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = client.get(path).raise_for_status().json()["items"]
            return found

        requests_left = [each["requestId"] for each in items("/v1/requests?dataMode=all")]
        assert sorted(requests_left) == sorted(served.theirs.ids["request_id"])
        live = [each["id"] for each in items("/v1/settings/api-keys") if each["revokedAt"] is None]
        assert set(served.theirs.ids["key_id"]) < set(live)
        assert [each["id"] for each in items("/v1/settings/price-overrides")] == served.theirs.ids[
            "override_id"
        ]
        assert [each["id"] for each in items("/v1/settings/model-aliases")] == served.theirs.ids["alias_id"]
        assert [each["note"] for each in items("/v1/repricings")] == [MARK]
