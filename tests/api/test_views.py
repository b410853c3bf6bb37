"""Saved views over HTTP: questions with a name, one's own or shared, and who may do what with them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from farthing.storage.contract import AuditQuery
from tests.installations import PASSWORD, Installed, a_call

VIEWS = "/v1/views"
QUESTION: dict[str, Any] = {"measure": "cost", "by": ["model"], "step": "auto", "range": "30d"}


async def signed_in(installation: Installed, stranger: httpx.AsyncClient, role: str) -> dict[str, str]:
    """Headers of somebody of that role."""
    email = f"{role}@example.com"
    await installation.join(email, role)
    answer = await stranger.post("/v1/auth/login", json={"email": email, "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json()['accessToken']}"}


async def made(client: httpx.AsyncClient, name: str = "by model", **fields: Any) -> dict[str, Any]:
    answer = await client.post(VIEWS, json={"name": name, "question": QUESTION} | fields)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def test_a_view_asks_what_was_saved_and_its_range_stays_relative(
    installation: Installed, client: httpx.AsyncClient
) -> None:
    await installation.record(a_call())
    view = await made(client)
    assert view["question"] == {"measure": ["cost"], "by": ["model"], "step": ["auto"], "range": ["30d"]}
    assert view["path"] == f"/explore?measure=cost&by=model&step=auto&range=30d&view={view['id']}"
    assert (await client.get("/v1/report", params=view["question"])).json()["items"]
    assert (await client.get(f"{VIEWS}/{view['id']}")).json() == view
    assert (await client.get(VIEWS)).json() == {"items": [view]}
    changed = await client.patch(f"{VIEWS}/{view['id']}", json={"name": "models", "isPinned": True})
    assert (changed.json()["name"], changed.json()["isPinned"], changed.json()["isMine"]) == (
        "models",
        True,
        True,
    )
    assert changed.json()["question"] == view["question"]
    assert (await client.delete(f"{VIEWS}/{view['id']}")).status_code == 200
    assert (await client.get(f"{VIEWS}/{view['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({}, "question.measure"),
        ({"measure": ["cost", "requests"]}, "question.measure"),
        ({"measure": "cost", "form": "bars"}, "question.form"),
        ({"measure": "latency_p95", "step": "day", "form": "bars"}, "question.form"),
        ({"measure": "cost", "range": "fortnight"}, "question.range"),
        ({"measure": "cost", "cursor": "1.1"}, "question.cursor"),
        ({"measure": "cost", "apiKey": "key_zz"}, "question.apiKey"),
        ({"measure": "cost", "model": [f"{n}{'x' * 190}" for n in range(30)]}, "question"),
    ],
)
async def test_a_question_that_could_not_be_asked_is_not_saved(
    client: httpx.AsyncClient, question: dict[str, Any], field: str
) -> None:
    answer = await client.post(VIEWS, json={"name": "x", "question": question})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_viewer_keeps_views_of_their_own_and_shares_none(
    installation: Installed, client: httpx.AsyncClient
) -> None:
    shared = await made(client, "for all", isShared=True, isPinned=True)
    hidden = await made(client, "mine")
    viewer = await signed_in(installation, client, "viewer")
    seen = (await client.get(VIEWS, headers=viewer)).json()["items"]
    assert [(view["id"], view["isMine"]) for view in seen] == [(shared["id"], False)]
    assert (await client.get(f"{VIEWS}/{hidden['id']}", headers=viewer)).status_code == 404
    own = {"name": "mine", "question": QUESTION}
    made_by_viewer = await client.post(VIEWS, json=own, headers=viewer)
    assert made_by_viewer.status_code == 201
    theirs = f"{VIEWS}/{made_by_viewer.json()['id']}"
    assert (await client.patch(theirs, json={"isPinned": True}, headers=viewer)).status_code == 200
    assert (await client.patch(theirs, json={"isShared": True}, headers=viewer)).status_code == 403
    refused = await client.post(VIEWS, json=own | {"name": "y", "isShared": True}, headers=viewer)
    assert (refused.status_code, "share saved views" in refused.json()["message"]) == (403, True)
    assert (await client.delete(f"{VIEWS}/{shared['id']}", headers=viewer)).status_code == 403
    assert (await client.get(theirs)).status_code == 404


async def test_what_somebody_else_shares_is_for_who_may_set_the_workspace(
    installation: Installed, client: httpx.AsyncClient
) -> None:
    member = await signed_in(installation, client, "member")
    body = {"name": "ours", "question": QUESTION, "isShared": True}
    view = (await client.post(VIEWS, json=body, headers=member)).json()
    mine = await made(client, "of the owner", isShared=True)
    assert (
        await client.patch(f"{VIEWS}/{mine['id']}", json={"name": "x"}, headers=member)
    ).status_code == 403
    assert (await client.patch(f"{VIEWS}/{view['id']}", json={"isPinned": True})).status_code == 200
    hidden = await client.patch(f"{VIEWS}/{view['id']}", json={"isShared": False})
    assert (hidden.status_code, hidden.json()["reason"]) == (409, "conflict")
    assert (await client.delete(f"{VIEWS}/{view['id']}")).status_code == 200


async def test_an_overview_has_room_for_six_and_a_name_is_there_once(client: httpx.AsyncClient) -> None:
    for number in range(6):
        await made(client, f"pin {number}", isPinned=True)
    seventh = await client.post(VIEWS, json={"name": "7", "question": QUESTION, "isPinned": True})
    assert (seventh.status_code, "6 views are pinned" in seventh.json()["message"]) == (409, True)
    taken = await client.post(VIEWS, json={"name": "pin 1", "question": QUESTION})
    assert taken.status_code == 409


async def test_the_audit_log_says_of_a_private_view_only_that_it_is_there(
    installation: Installed, client: httpx.AsyncClient
) -> None:
    view = await made(client, "hush")
    await client.patch(f"{VIEWS}/{view['id']}", json={"name": "hush hush"})
    await client.patch(f"{VIEWS}/{view['id']}", json={"isShared": True})
    await client.delete(f"{VIEWS}/{view['id']}")
    entries = await installation.parts.storage.audit_entries(
        installation.membership.workspace.id, AuditQuery(action="saved_view"), 10
    )
    told = [(entry.action, entry.before, entry.after) for entry in reversed(entries)]
    assert [action for action, _, _ in told] == [
        "saved_view.created",
        "saved_view.changed",
        "saved_view.changed",
        "saved_view.removed",
    ]
    assert "hush" not in repr(told[:2])
    assert "hush hush" in repr(told[2])
