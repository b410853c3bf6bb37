"""Invitations over HTTP, from the invitation to the place."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from farthing.storage.contract import AuditQuery
from tests.installations import EMAIL, PASSWORD, Installed
from tests.people.crowd import join

INVITATIONS = "/v1/settings/invitations"
ACCEPT = "/v1/auth/accept-invitation"
BOB = "bob@example.com"
DAY_MS = 86_400_000
HIS = "bobs password"
ADMIN = "admin@example.com"


def hashed_as(installation: Installed) -> str:
    """What is kept of PASSWORD."""
    return installation.membership.user.password_hash


async def invited(client: httpx.AsyncClient, email: str = BOB, **fields: Any) -> dict[str, Any]:
    answer = await client.post(INVITATIONS, json={"email": email, **fields})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def accept(client: httpx.AsyncClient, link: str, password: str = HIS) -> httpx.Response:
    return await client.post(ACCEPT, json={"token": link.rpartition("/")[2], "password": password})


async def test_an_invitation_makes_an_account_with_a_place_once(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    made = await invited(client, " Bob@Example.com ", role="viewer")
    assert made["link"].startswith("http://farthing.test/join/")
    assert (made["email"], made["role"], made["state"], made["isOwn"]) == (BOB, "viewer", "open", True)
    assert made["expiresAt"] == "2026-03-08T12:00:00Z"
    listed = (await client.get(INVITATIONS)).json()["items"]
    assert listed == [{name: made[name] for name in made if name not in ("link", "isMailed")}]

    answer = await accept(client, made["link"])
    assert (answer.status_code, answer.json()["workspaceName"]) == (200, "Analytical")
    assert (await accept(client, made["link"])).status_code == 404
    assert (await client.get(INVITATIONS)).json()["items"] == []
    login = await client.post("/v1/auth/login", json={"email": BOB, "password": "bobs password"})
    assert login.status_code == 200
    workspace_id = installation.membership.workspace.id
    entries = await installation.parts.storage.audit_entries(workspace_id, AuditQuery(), 10)
    entries = [each for each in entries if not each.action.startswith("session.")]
    told = [(each.action, each.actor, each.target, each.after) for each in entries]
    bob = answer.json()["userId"]
    assert told[:3] == [
        ("member.added", bob, bob, {"role": "viewer"}),
        ("invitation.accepted", bob, made["id"], None),
        (
            "invitation.created",
            installation.membership.user.public_id,
            made["id"],
            {"role": "viewer", "expiresAt": made["expiresAt"]},
        ),
    ]
    assert BOB not in str([(each.before, each.after) for each in entries])


async def test_whoever_has_an_account_joins_with_its_password_only(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    storage = installation.parts.storage
    hashed = await installation.parts.passwords.hash("bobs password")
    bob = await join(storage, installation.membership, BOB, "viewer", hashed)
    await storage.change(lambda changes: changes.remove_member(bob.workspace.id, bob.user.id))
    made = await invited(client)
    refused = await accept(client, made["link"], "another password")
    assert (refused.status_code, refused.json()["reason"]) == (401, "invalid_credentials")
    answer = await accept(client, made["link"])
    assert (answer.status_code, answer.json()["userId"]) == (200, bob.user.public_id)
    assert await storage.user_by_email(BOB) == bob.user


async def test_the_same_is_told_of_an_address_with_an_account_and_of_one_without(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    storage = installation.parts.storage
    bob = await join(storage, installation.membership, BOB, "viewer")
    await storage.change(lambda changes: changes.remove_member(bob.workspace.id, bob.user.id))
    known, unknown = await invited(client), await invited(client, "eve@example.com")
    assert {name for name in known if known[name] != unknown[name]} == {"id", "email", "link"}
    for made in (known, unknown):
        short = await accept(client, made["link"], "short")
        assert (short.status_code, short.json()["errors"][0]["field"]) == (400, "password")


async def test_wrong_passwords_are_counted(client: httpx.AsyncClient, installation: Installed) -> None:
    storage = installation.parts.storage
    bob = await join(storage, installation.membership, BOB, "viewer")
    await storage.change(lambda changes: changes.remove_member(bob.workspace.id, bob.user.id))
    made = await invited(client)
    codes = [(await accept(client, made["link"], "another password")).status_code for _ in range(6)]
    assert codes == [401] * 5 + [429]


async def test_an_invitation_is_over_when_it_is_revoked_replaced_or_expired(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    revoked = await invited(client, "a@example.com")
    assert (await client.delete(f"{INVITATIONS}/{revoked['id']}")).status_code == 200
    assert (await client.delete(f"{INVITATIONS}/{revoked['id']}")).status_code == 404
    replaced, good = await invited(client), await invited(client, expiresInDays=1)
    expired = await invited(client, "c@example.com", expiresInDays=1)
    for made in (revoked, replaced):
        assert (await accept(client, made["link"])).status_code == 404
    assert (await accept(client, good["link"])).status_code == 200
    (listed,) = (await client.get(INVITATIONS)).json()["items"]
    assert (listed["id"], listed["state"]) == (expired["id"], "open")
    installation.clock.forward(DAY_MS)
    assert (await accept(client, expired["link"])).status_code == 404


async def test_an_invitation_does_not_outlive_the_right_to_make_it(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    storage, first = installation.parts.storage, installation.membership
    await join(storage, first, "cyd@example.com", "owner")
    as_owner, as_admin = await invited(client, BOB, role="owner"), await invited(client, "eve@example.com")
    await storage.change(lambda changes: changes.set_role(first.workspace.id, first.user.id, "admin"))
    assert (await accept(client, as_owner["link"])).status_code == 404
    states = {each["email"]: each["state"] for each in (await client.get(INVITATIONS)).json()["items"]}
    assert states == {BOB: "void", "eve@example.com": "open"}
    await storage.change(lambda changes: changes.remove_member(first.workspace.id, first.user.id))
    assert (await accept(client, as_admin["link"])).status_code == 404
    assert await storage.user_by_email("eve@example.com") is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": ""}, "email"),
        ({"email": BOB, "role": "king"}, "role"),
        ({"email": BOB, "expiresInDays": 0}, "expiresInDays"),
        ({"email": BOB, "expiresInDays": 91}, "expiresInDays"),
    ],
)
async def test_what_makes_no_sense_is_named(
    client: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    answer = await client.post(INVITATIONS, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


async def test_a_member_is_not_invited_again(client: httpx.AsyncClient) -> None:
    answer = await client.post(INVITATIONS, json={"email": EMAIL})
    assert (answer.status_code, answer.json()["reason"]) == (409, "conflict")


async def test_an_admin_invites_no_owner(client: httpx.AsyncClient, installation: Installed) -> None:
    storage, first = installation.parts.storage, installation.membership
    await join(storage, first, "cyd@example.com", "owner")
    await storage.change(lambda changes: changes.set_role(first.workspace.id, first.user.id, "admin"))
    answer = await client.post(INVITATIONS, json={"email": BOB, "role": "owner"})
    assert (answer.status_code, answer.json()["reason"]) == (403, "forbidden_role")
    assert PASSWORD not in answer.text


async def test_inviting_an_address_anew_takes_the_right_that_revoking_takes(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await join(installation.parts.storage, installation.membership, ADMIN, "admin", hashed_as(installation))
    made = await invited(client, role="owner")
    answer = await client.post("/v1/auth/login", json={"email": ADMIN, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
    for answer in (
        await client.delete(f"{INVITATIONS}/{made['id']}"),
        await client.post(INVITATIONS, json={"email": BOB, "role": "viewer"}),
    ):
        assert (answer.status_code, answer.json()["reason"]) == (403, "forbidden_role")
    assert (await accept(client, made["link"])).status_code == 200


@pytest.mark.parametrize(
    "email", ["bob@example.com,eve@example.org", "bob@a<eve@b>", "b@,,<", "a@b@c", '"@x', "x:.@ba", "#(@x"]
)
async def test_what_a_mail_would_take_for_other_addresses_is_refused(
    client: httpx.AsyncClient, email: str
) -> None:
    answer = await client.post(INVITATIONS, json={"email": email})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "email")
