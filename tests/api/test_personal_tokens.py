"""Personal access tokens over HTTP: made once, good for their scopes, never for more than the role."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from farthing.actions.asker import Origin, person_asking
from farthing.actions.entry.credentials import digest
from farthing.actions.entry.manage_personal_tokens import Wanted, create_personal_token
from farthing.actions.people.manage_members import remove_member
from farthing.rules.periods import DAY_MS
from farthing.rules.roles import PERMISSIONS, ROLES, Role
from farthing.storage.contract import AuditQuery
from tests.installations import Installed, parts_around, price_book
from tests.storages import Changed

MINE = "/v1/me/tokens"
ALL = "/v1/settings/tokens"


async def make(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    """A token that was made, as it was answered."""
    answer = await client.post(MINE, json={"name": "nightly", "scopes": ["read"]} | fields)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def become(installation: Installed, role: Role) -> None:
    """Let the person have another role from now on."""
    place = installation.membership
    await Changed(installation.parts.storage).set_role(place.workspace.id, place.user.id, role)
    installation.parts.forget_people()


async def status(
    client: httpx.AsyncClient, token: str, method: str = "GET", path: str = "/v1/requests"
) -> int:
    """What a request with the token is answered."""
    body: dict[str, Any] | None = {"name": "x"} if method == "POST" else None
    if body is not None and path == MINE:
        body["scopes"] = ["read"]
    answer = await client.request(method, path, headers={"Authorization": f"Bearer {token}"}, json=body)
    return answer.status_code


async def test_a_token_is_shown_once_and_listed_by_its_beginning(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    made = await make(client, name=" nightly ", scopes=["read", "export", "read"], expiresInDays=7)
    token = made.pop("token")
    assert token.startswith(made["prefix"] + "_")
    assert made["prefix"].startswith("fp_")
    assert made == {
        "id": made["id"],
        "name": "nightly",
        "prefix": made["prefix"],
        "scopes": ["export", "read"],
        "createdAt": "2026-03-01T12:00:00Z",
        "expiresAt": "2026-03-08T12:00:00Z",
        "lastUsedAt": None,
        "revokedAt": None,
    }
    assert (await client.get(MINE)).json() == {"items": [made]}
    assert (await client.get(ALL)).json() == {"items": [made | {"email": "ada@example.com"}]}
    kept = await installation.parts.storage.personal_tokens(installation.membership.workspace.id)
    assert token not in repr(kept)


async def test_a_token_does_what_its_scopes_name_and_no_more(client: httpx.AsyncClient) -> None:
    token = (await make(client))["token"]
    assert await status(client, token) == 200
    answer = await client.post(
        "/v1/settings/api-keys", headers={"Authorization": f"bearer {token}"}, json={"name": "x"}
    )
    assert (answer.status_code, answer.json()["reason"]) == (403, "forbidden_role")
    assert answer.json()["message"].endswith("it lacks the scope manage_keys")
    wider = (await make(client, scopes=["manage_keys"]))["token"]
    assert await status(client, wider, "POST", "/v1/settings/api-keys") == 201
    assert await status(client, wider) == 403


async def test_a_token_never_does_more_than_the_role_has_now(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    token = (await make(client, scopes=["read", "manage_keys"]))["token"]
    await become(installation, "viewer")
    assert await status(client, token) == 200
    assert await status(client, token, "POST", "/v1/settings/api-keys") == 403
    await become(installation, "owner")
    assert await status(client, token, "POST", "/v1/settings/api-keys") == 201


@pytest.mark.parametrize("role", ROLES)
async def test_nobody_gives_a_token_what_their_role_has_not(
    client: httpx.AsyncClient, installation: Installed, role: Role
) -> None:
    await become(installation, role)
    for scope in PERMISSIONS:
        answer = await client.post(MINE, json={"name": "x", "scopes": [scope]})
        assert answer.status_code == (201 if scope in ROLES[role] else 400), scope
        if answer.status_code == 400:
            (told,) = answer.json()["errors"]
            assert told["field"] == "scopes[0]"
            assert told["message"] == f"{scope} is more than your role has, which is {role}"


@pytest.mark.parametrize(
    ("method", "path"), [("POST", MINE), ("GET", MINE), ("DELETE", f"{MINE}/pat_1"), ("DELETE", f"{MINE}/x")]
)
async def test_a_token_makes_shows_and_revokes_no_token_of_its_person(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    token = (await make(client, scopes=sorted(PERMISSIONS)))["token"]
    assert await status(client, token, method, path) == 403
    assert await status(client, token) == 200


async def test_a_token_is_no_session(client: httpx.AsyncClient) -> None:
    token = (await make(client, scopes=sorted(PERMISSIONS)))["token"]
    answer = await client.post("/v1/auth/refresh", json={"refreshToken": token})
    assert answer.status_code == 401
    await client.post("/v1/auth/logout", json={"refreshToken": token})
    assert await status(client, token) == 200


async def test_a_token_runs_out_at_its_time(client: httpx.AsyncClient, installation: Installed) -> None:
    token = (await make(client, expiresInDays=1))["token"]
    installation.clock.forward(DAY_MS - 1)
    assert await status(client, token) == 200
    installation.clock.forward(1)
    answer = await client.get("/v1/requests", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.json()["reason"] == "invalid_credentials"
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_ninety_days_are_the_default(client: httpx.AsyncClient) -> None:
    assert (await make(client))["expiresAt"] == "2026-05-30T12:00:00Z"


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"name": " "}, "name", "is empty"),
        ({"name": "x" * 201}, "name", "has 201 characters"),
        ({"scopes": []}, "scopes", "names none of read, export"),
        ({"scopes": ["read", "everything"]}, "scopes[1]", "'everything' is none of read"),
        ({"expiresInDays": 0}, "expiresInDays", "must be from 1 to 365, not 0"),
        ({"expiresInDays": 366}, "expiresInDays", "must be from 1 to 365, not 366"),
        ({"expiresInDays": None}, "expiresInDays", ""),
        ({"scopes": "read"}, "scopes", ""),
    ],
)
async def test_what_cannot_be_made_names_the_field(
    client: httpx.AsyncClient, fields: dict[str, Any], field: str, told: str
) -> None:
    answer = await client.post(MINE, json={"name": "nightly", "scopes": ["read"]} | fields)
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert told in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("path", [MINE, ALL])
async def test_a_revoked_token_is_refused_here_at_once_and_elsewhere_within_two_seconds(
    client: httpx.AsyncClient, installation: Installed, path: str
) -> None:
    made = await make(client)
    elsewhere = parts_around(installation.parts.storage, price_book(), installation.clock)
    assert await elsewhere.personal_tokens.find(digest(made["token"])) is not None
    assert await status(client, made["token"]) == 200
    answer = await client.delete(f"{path}/{made['id']}")
    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert await status(client, made["token"]) == 401
    installation.clock.forward(1_999)
    assert await elsewhere.personal_tokens.find(digest(made["token"])) is not None
    installation.clock.forward(1)
    assert await elsewhere.personal_tokens.find(digest(made["token"])) is None
    assert (await client.delete(f"{path}/{made['id']}")).status_code == 404


@pytest.mark.parametrize("wire", ["pat_zzzzzzzzzz", "pat_", "key_1", "x"])
@pytest.mark.parametrize("path", [MINE, ALL])
async def test_a_token_that_is_not_there_is_404(client: httpx.AsyncClient, path: str, wire: str) -> None:
    assert (await client.delete(f"{path}/{wire}")).status_code == 404


@pytest.mark.parametrize("role", ["member", "viewer"])
async def test_only_who_manages_members_sees_the_tokens_of_others(
    client: httpx.AsyncClient, installation: Installed, role: Role
) -> None:
    made = await make(client)
    await become(installation, role)
    assert (await client.get(ALL)).status_code == 403
    assert (await client.delete(f"{ALL}/{made['id']}")).status_code == 403
    assert (await client.get(MINE)).status_code == 200


@pytest.mark.parametrize("token", ["fp_", "fp_x", "fp_" + "x" * 3_000, "fp_\u00e9"])
async def test_an_unknown_token_is_401(stranger: httpx.AsyncClient, token: str) -> None:
    headers = [(b"Authorization", b"Bearer " + token.encode())]
    assert (await stranger.get("/v1/requests", headers=headers)).status_code == 401


async def test_that_it_is_used_is_kept_once_a_minute(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    token = (await make(client))["token"]
    seen = []
    for passed_ms in (0, 59_999, 1):
        installation.clock.forward(passed_ms)
        await status(client, token)
        (item,) = (await client.get(MINE)).json()["items"]
        seen.append(item["lastUsedAt"])
    assert seen == ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z", "2026-03-01T12:01:00Z"]


async def test_a_person_has_at_most_fifty_live_tokens(
    client: httpx.AsyncClient,
) -> None:
    made = [await make(client, expiresInDays=1) for _ in range(50)]
    full = {"name": "one more", "scopes": ["read"]}
    answer = await client.post(MINE, json=full)
    assert (answer.status_code, answer.json()["reason"]) == (409, "conflict")
    await client.delete(f"{MINE}/{made[7]['id']}")
    assert (await client.post(MINE, json=full)).status_code == 201


async def test_making_and_revoking_are_in_the_audit_log_without_the_secret(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    made = await make(client)
    await client.delete(f"{MINE}/{made['id']}")
    log = await installation.parts.storage.audit_entries(
        installation.membership.workspace.id, AuditQuery(action="token"), 10
    )
    assert [(each.action, each.target) for each in log] == [
        ("token.revoked", made["id"]),
        ("token.created", made["id"]),
    ]
    assert log[1].after == {name: made[name] for name in ("name", "prefix", "scopes", "expiresAt")}
    assert made["token"] not in repr(log)


async def test_who_is_removed_and_invited_again_finds_their_tokens_revoked(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    parts, place = installation.parts, installation.membership
    workspace_id, storage = place.workspace.id, Changed(installation.parts.storage)
    bob = await storage.create_user("bob@example.com", "$argon2id$nothing", 0)
    await storage.add_member(workspace_id, bob.id, "viewer", 0)
    membership = await parts.storage.membership(bob.public_id, place.workspace.public_id)
    assert membership is not None
    wanted = Wanted(name="nightly", scopes=["read"])
    made = await create_personal_token(parts, person_asking(membership, Origin("api")), wanted)
    assert await status(client, made.text) == 200
    await remove_member(parts, installation.asker, bob.public_id)
    assert await status(client, made.text) == 401
    await storage.add_member(workspace_id, bob.id, "viewer", 0)
    assert await status(client, made.text) == 401
