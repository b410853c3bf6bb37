"""API keys: made, shown once, revoked after a second look."""

from __future__ import annotations

from farthing.rules.ids import key_id_text
from tests.installations import Installed
from tests.storages import Changed
from tests.web.browsing import Browser

PATH = "/settings/api-keys"


async def test_a_key_is_shown_once_and_works(owner: Browser) -> None:
    await owner.open(PATH)
    page = await owner.send(PATH, {"name": " checkout "})
    key = page.one("code", id="key").text
    answer = await owner.client.post("/v1/ingest/demo", headers={"X-API-Key": key})
    assert answer.status_code == 200
    listed = await owner.open(PATH)
    assert key not in owner.answer.text
    names = [row.one("th").text for row in listed.one("tbody").all("tr")]
    assert names == ["checkout", "First key"]


async def test_a_key_needs_a_name(owner: Browser) -> None:
    await owner.open(PATH)
    page = await owner.send(PATH, {"name": "  "})
    assert owner.status == 400
    assert page.one("p", id="name-problem").text == "This is empty."


async def test_a_revoked_key_is_refused_from_then_on(installation: Installed, owner: Browser) -> None:
    (key,) = await installation.parts.storage.api_keys(installation.membership.workspace.id)
    address = f"{PATH}/{key_id_text(key.id)}/revoke"
    page = await owner.open(address)
    assert key.prefix in page.text
    assert "be undone" in page.text
    await owner.send(address, {})
    assert (owner.status, owner.headers["location"]) == (303, PATH)
    answer = await owner.client.post("/v1/ingest/demo", headers={"X-API-Key": installation.key})
    assert answer.status_code == 401
    listed = await owner.open(PATH)
    assert "no key that works" in listed.text
    assert "revoked" in listed.one("tbody").text


async def test_a_key_that_is_not_there_or_revoked_is_404(installation: Installed, owner: Browser) -> None:
    workspace = installation.membership.workspace.id
    (key,) = await installation.parts.storage.api_keys(workspace)
    await Changed(installation.parts.storage).revoke_api_key(workspace, key.id, installation.clock.now())
    for wire in (key_id_text(key.id), "key_zz", "nonsense"):
        await owner.open(f"{PATH}/{wire}/revoke")
        assert owner.status == 404


async def test_names_of_keys_are_shown_as_they_are(owner: Browser) -> None:
    name = "<b>\u05e9\u05dc\u05d5\u05dd</b>" + "x" * 150
    await owner.open(PATH)
    await owner.send(PATH, {"name": name})
    listed = await owner.open(PATH)
    assert listed.one("tbody").all("bdi")[0].text == name
    assert not listed.all("b")
