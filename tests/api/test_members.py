"""Members over HTTP."""

from __future__ import annotations

import httpx
import pytest

from farthing.storage.contract import AuditQuery
from tests.installations import EMAIL, Installed
from tests.people.crowd import join

MEMBERS = "/v1/settings/members"


async def test_members_are_listed_changed_and_removed(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    storage = installation.parts.storage
    bob = await join(storage, installation.membership, "bob@example.com", "viewer")
    listed = (await client.get(MEMBERS)).json()["items"]
    assert listed[0] == {
        "userId": installation.membership.user.public_id,
        "email": EMAIL,
        "role": "owner",
        "isSelf": True,
        "joinedAt": "2026-03-01T12:00:00Z",
        "lastSignInAt": "2026-03-01T12:00:00Z",
    }
    assert (listed[1]["email"], listed[1]["isSelf"], listed[1]["lastSignInAt"]) == (
        "bob@example.com",
        False,
        None,
    )
    address = f"{MEMBERS}/{bob.user.public_id}"
    assert (await client.patch(address, json={"role": "admin"})).status_code == 200
    assert [each["role"] for each in (await client.get(MEMBERS)).json()["items"]] == ["owner", "admin"]
    assert (await client.delete(address)).status_code == 200
    assert (await client.delete(address)).status_code == 404
    entries = await storage.audit_entries(installation.membership.workspace.id, AuditQuery(), 10)
    assert [(each.action, each.target, each.before, each.after) for each in entries][:2] == [
        ("member.removed", bob.user.public_id, {"role": "admin"}, None),
        ("member.role_changed", bob.user.public_id, {"role": "viewer"}, {"role": "admin"}),
    ]


async def test_the_last_owner_stays_one(client: httpx.AsyncClient, installation: Installed) -> None:
    address = f"{MEMBERS}/{installation.membership.user.public_id}"
    for answer in (await client.patch(address, json={"role": "admin"}), await client.delete(address)):
        assert (answer.status_code, answer.json()["reason"]) == (409, "conflict")
        assert "needs an owner" in answer.json()["message"]


@pytest.mark.parametrize("role", ["", "Owner", "king", "x" * 100])
async def test_a_role_that_there_is_not_is_named(
    client: httpx.AsyncClient, installation: Installed, role: str
) -> None:
    address = f"{MEMBERS}/{installation.membership.user.public_id}"
    answer = await client.patch(address, json={"role": role})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "role")


@pytest.mark.parametrize("user_id", ["nobody", "00000000-0000-0000-0000-000000000000", "%00"])
async def test_who_is_no_member_is_404(client: httpx.AsyncClient, user_id: str) -> None:
    answer = await client.patch(f"{MEMBERS}/{user_id}", json={"role": "viewer"})
    assert (answer.status_code, answer.json()["reason"]) == (404, "not_found")
