"""Requests whose body comes later than their head: who asks may have lost the right to it in between."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from farthing.actions.people.manage_members import change_role, remove_member
from tests.installations import PASSWORD, Installed

ADMIN = "admin@example.com"
NEW_KEY = ("POST", "/v1/settings/api-keys", {"name": "kept for later"})
ALIAS = {"provider": "openai", "name": "a", "targetProvider": "openai", "targetModel": "gpt-4o"}
Between = Callable[[Installed, str], Awaitable[None]]


async def removed(installation: Installed, user_id: str) -> None:
    await remove_member(installation.parts, installation.asker, user_id)


async def made_a_viewer(installation: Installed, user_id: str) -> None:
    await change_role(installation.parts, installation.asker, user_id, "viewer")


async def late(body: dict[str, Any], meanwhile: Awaitable[None]) -> AsyncIterator[bytes]:
    """A body that comes once something else has happened."""
    await meanwhile
    yield json.dumps(body).encode()


@pytest.mark.parametrize("between", [removed, made_a_viewer])
@pytest.mark.parametrize("request_", [NEW_KEY, ("POST", "/v1/settings/model-aliases", ALIAS)])
async def test_whoever_loses_their_role_before_the_body_has_come_changes_nothing(
    stranger: httpx.AsyncClient,
    installation: Installed,
    between: Between,
    request_: tuple[str, str, dict[str, Any]],
) -> None:
    admin = await installation.join(ADMIN, "admin")
    signed_in = await stranger.post("/v1/auth/login", json={"email": ADMIN, "password": PASSWORD})
    method, path, body = request_
    answer = await stranger.request(
        method,
        path,
        content=late(body, between(installation, admin.user.public_id)),
        headers={
            "Authorization": f"Bearer {signed_in.json()['accessToken']}",
            "Content-Type": "application/json",
        },
    )
    assert (answer.status_code, answer.json()["reason"]) == (403, "forbidden_role")
    keys = await installation.parts.storage.api_keys(installation.membership.workspace.id)
    assert [key.name for key in keys] == ["First key"]
