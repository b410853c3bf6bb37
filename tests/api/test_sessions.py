"""Where one is signed in, and ending that."""

from __future__ import annotations

import httpx
import pytest

from farthing.actions.asker import Origin
from farthing.actions.entry.sign_in import session_of, sign_in_token, sign_in_web
from farthing.rules.ids import session_id_text
from farthing.rules.periods import DAY_MS
from farthing.storage.contract import AuditQuery
from tests.installations import EMAIL, PASSWORD, Installed

MINE = "/v1/me/sessions"
BROWSER = Origin("page", "192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64; rv:151.0) Firefox/151.0")


async def test_sign_ins_are_listed_with_what_they_were_made_with(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    installation.clock.forward(3_600_000)
    await sign_in_web(installation.parts, EMAIL, PASSWORD, BROWSER)
    client.headers.update(await bearer(installation))
    this, web, first = (await client.get(MINE)).json()["items"]
    assert this["isCurrent"]
    assert [each["isCurrent"] for each in (web, first)] == [False, False]
    assert {name: value for name, value in web.items() if name != "id"} == {
        "kind": "web",
        "program": "Firefox on Linux",
        "address": "192.0.2.7",
        "createdAt": "2026-03-01T13:00:00Z",
        "lastSeenAt": "2026-03-01T13:00:00Z",
        "endsAt": "2026-03-31T13:00:00Z",
        "isCurrent": False,
    }
    assert (first["kind"], first["createdAt"]) == ("token", "2026-03-01T12:00:00Z")
    assert first["program"].startswith("python-httpx ")


async def bearer(installation: Installed) -> dict[str, str]:
    """The header of a fresh sign-in."""
    pair = await sign_in_token(installation.parts, EMAIL, PASSWORD, Origin("api", "127.0.0.1"))
    return {"Authorization": f"Bearer {pair.access_token}"}


async def test_one_is_ended_and_the_others_go_on(client: httpx.AsyncClient, installation: Installed) -> None:
    web = await sign_in_web(installation.parts, EMAIL, PASSWORD, BROWSER)
    asker = await session_of(installation.parts, web.cookie, BROWSER)
    assert asker is not None
    assert asker.session_id is not None
    wire = session_id_text(asker.session_id)
    answer = await client.delete(f"{MINE}/{wire}")
    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert await session_of(installation.parts, web.cookie, BROWSER) is None
    assert [each["isCurrent"] for each in (await client.get(MINE)).json()["items"]] == [True]
    assert (await client.delete(f"{MINE}/{wire}")).status_code == 404


async def test_ending_the_one_that_asks_is_signing_out(client: httpx.AsyncClient) -> None:
    (this,) = (await client.get(MINE)).json()["items"]
    assert (await client.delete(f"{MINE}/{this['id']}")).status_code == 200
    assert (await client.get(MINE)).status_code == 401


async def test_all_others_are_ended_at_once(client: httpx.AsyncClient, installation: Installed) -> None:
    others = [await bearer(installation) for _ in range(3)]
    answer = await client.delete(MINE)
    assert (answer.status_code, answer.json()["ended"]) == (200, 3)
    for headers in others:
        assert (await client.get(MINE, headers=headers)).status_code == 401
    assert len((await client.get(MINE)).json()["items"]) == 1
    assert (await client.delete(MINE)).json()["ended"] == 0
    log = await installation.parts.storage.audit_entries(
        installation.membership.workspace.id, AuditQuery(action="session.ended"), 10
    )
    assert [each.after for each in log] == [{"reason": "ended by its person"}] * 3


async def test_what_has_run_out_is_not_listed(client: httpx.AsyncClient, installation: Installed) -> None:
    installation.clock.forward(30 * DAY_MS)
    (this,) = (await client.get(MINE, headers=await bearer(installation))).json()["items"]
    assert this["isCurrent"]


@pytest.mark.parametrize("wire", ["ses_zzzzzzzzzz", "ses_", "key_1", "x"])
async def test_a_sign_in_that_is_not_there_is_404(client: httpx.AsyncClient, wire: str) -> None:
    assert (await client.delete(f"{MINE}/{wire}")).status_code == 404
