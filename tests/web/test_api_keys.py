"""API keys: made, shown once, revoked after a second look."""

from __future__ import annotations

from typing import Any

import pytest

from farthing.actions.keys.key_settings import KeySettings
from farthing.actions.keys.manage_api_keys import NewKey, create_api_key, revoke_api_key, rotate_api_key
from farthing.rules.api_key import UNUSED_MS, KeyRules
from farthing.rules.ids import key_id_text
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS, HOUR_MS
from farthing.storage.contract import ApiKey
from tests.installations import NOW, PASSWORD, Installed
from tests.storages import Changed
from tests.web.browsing import Browser
from tests.web.reader import Node

PATH = "/settings/api-keys"
ALL = {"allow_prod": "on", "allow_staging": "on", "allow_dev": "on"}


async def make(installation: Installed, **settings: Any) -> NewKey:
    """A key of the first person's."""
    given = KeySettings(**({"name": "ci"} | settings))
    return await create_api_key(installation.parts, installation.asker, given)


async def stored(installation: Installed, name: str) -> ApiKey:
    """The newest key of this name."""
    keys = await installation.parts.storage.api_keys(installation.asker.workspace.id)
    return next(key for key in keys if key.name == name)


def filled_in(page: Node) -> dict[str, str]:
    """What the form with a key's settings says, as a browser would send it unchanged."""
    form = page.one("form", class_="settings-form")
    inputs = [each for each in form.all("input") if each.attributes.get("name") != "form_token"]
    told = {
        each.attributes["name"]: each.attributes.get("value", "on")
        for each in inputs
        if each.attributes.get("type") not in ("checkbox", "radio") or "checked" in each.attributes
    }
    for select in form.all("select"):
        chosen = [each for each in select.all("option") if "selected" in each.attributes]
        told[select.attributes["name"]] = chosen[0].attributes["value"]
    for area in form.all("textarea"):
        told[area.attributes["name"]] = area.text
    return told


async def test_a_key_is_shown_once_and_works(owner: Browser) -> None:
    await owner.open(PATH)
    page = await owner.send(PATH, {"name": " checkout "})
    key = page.one("code", id="key").text
    answer = await owner.client.post("/v1/ingest/demo", headers={"X-API-Key": key})
    assert answer.status_code == 200
    listed = await owner.open(PATH)
    assert key not in owner.answer.text
    names = [row.one("th").one("bdi").text for row in listed.one("tbody").all("tr")]
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


async def test_a_key_is_made_with_everything_on_a_page_of_its_own(
    installation: Installed, owner: Browser
) -> None:
    joined = (await installation.join("bob@example.com", "viewer")).user
    page = await owner.open(f"{PATH}/new")
    said = filled_in(page)
    assert said == ALL | {
        "name": "",
        "owner": installation.asker.user.public_id,
        "note": "",
        "data_mode": "real",
        "environment": "prod",
        "attributes": "",
        "expires": "",
    }
    del said["allow_prod"]
    wanted = {"name": "ci", "owner": joined.public_id, "environment": "dev", "expires": "2026-03-02T10:30"}
    page = await owner.send(f"{PATH}/new", said | wanted | {"attributes": "user = app.customer"})
    assert "is no field that can be mapped" in page.text
    wanted["attributes"] = "userId = app.customer\n"
    page = await owner.send(f"{PATH}/new", said | wanted)
    assert owner.status == 200
    assert page.one("code", id="key").text.startswith("fk_live_")
    key = await stored(installation, "ci")
    assert (key.owner_id, key.rules) == (
        joined.id,
        KeyRules("real", "dev", ("staging", "dev"), (("user_id", "app.customer"),)),
    )
    assert key.expires_at == NOW + 22 * HOUR_MS + HOUR_MS // 2
    listed = await owner.open(PATH)
    assert "staging, dev only" in listed.text
    assert "bob@example.com" in listed.text
    assert "2 Mar 2026, 10:30" in listed.text


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(owner: Browser) -> None:
    page = await owner.open(f"{PATH}/new")
    wrong = filled_in(page) | {"name": "", "note": "kept", "expires": "2026-01-01T00:00", "owner": "gone"}
    page = await owner.send(f"{PATH}/new", {**wrong, "environment": "moon"})
    assert owner.status == 400
    assert "is empty" in page.one("p", id="name-problem").text
    assert "is not after now" in page.one("p", id="expires-problem").text
    assert "is no member" in page.one("p", id="owner-problem").text
    assert "must be one of prod" in page.one("p", id="environment-problem").text
    assert page.one("textarea", id="note").text == "kept"
    assert page.one("input", id="expires").attributes["value"] == "2026-01-01T00:00"
    for each in ALL:
        wrong.pop(each, None)
    page = await owner.send(f"{PATH}/new", wrong | {"name": "x"})
    assert "must name some of" in page.one("p", id="allowed-problem").text


async def test_saving_a_key_as_it_is_changes_nothing(installation: Installed, owner: Browser) -> None:
    made = await make(installation, expires_at=instant(NOW + DAY_MS + 12_345), note="a 'note'")
    before = await stored(installation, "ci")
    address = f"{PATH}/{key_id_text(made.api_key.id)}"
    page = await owner.open(address)
    await owner.send(address, filled_in(page))
    assert (owner.status, owner.headers["location"]) == (303, PATH)
    assert await stored(installation, "ci") == before


async def test_a_key_is_given_other_settings(installation: Installed, owner: Browser) -> None:
    made = await make(installation, expires_at=instant(NOW + DAY_MS))
    address = f"{PATH}/{key_id_text(made.api_key.id)}"
    page = await owner.open(address)
    await owner.send(address, filled_in(page) | {"name": "cd", "data_mode": "test", "expires": ""})
    key = await stored(installation, "cd")
    assert (key.rules, key.expires_at) == (KeyRules("test"), None)
    page = await owner.open(address)
    page = await owner.send(address, filled_in(page) | {"name": ""})
    assert owner.status == 400
    assert "is empty" in page.one("p", id="name-problem").text


@pytest.mark.parametrize(
    ("overlap", "told"), [("0", "is refused from now on"), ("60", "works until 1 Mar 2026, 13:00")]
)
async def test_a_rotated_key_is_shown_once_and_the_old_one_goes_on_as_chosen(
    installation: Installed, owner: Browser, overlap: str, told: str
) -> None:
    made = await make(installation)
    address = f"{PATH}/{key_id_text(made.api_key.id)}/rotate"
    page = await owner.open(address)
    assert filled_in(page) == {"overlap": "1440"}
    page = await owner.send(address, {"overlap": overlap})
    key = page.one("code", id="key").text
    assert told in page.text
    assert key in page.one("code", id="call").text
    assert await installation.parts.keys.find(key.encode()) is not None
    is_old_let_in = await installation.parts.keys.find(made.key.encode()) is not None
    assert is_old_let_in == (overlap != "0")
    await owner.open(address)
    assert owner.status == (409 if is_old_let_in else 404)
    page = await owner.open(address.removesuffix("/rotate"))
    assert not page.all("a", href=address)
    assert "Replaced by" in page.text


async def test_the_page_of_a_key_that_has_ended_offers_nothing(
    installation: Installed, owner: Browser
) -> None:
    made = await make(installation, note="why it was there")
    await revoke_api_key(installation.parts, installation.asker, made.api_key.id)
    address = f"{PATH}/{key_id_text(made.api_key.id)}"
    page = await owner.open(address)
    assert "why it was there" in page.text
    assert not page.all("form", class_="settings-form")
    await owner.send(address, ALL | {"name": "x", "data_mode": "real", "environment": "prod"})
    assert owner.status == 404
    for act in ("rotate", "revoke"):
        await owner.open(f"{address}/{act}")
        assert owner.status == 404


async def test_the_list_says_what_is_used_and_what_ends(installation: Installed, owner: Browser) -> None:
    made = await make(installation, default_data_mode="test")
    await rotate_api_key(installation.parts, installation.asker, made.api_key.id, DAY_MS)
    page = await owner.open(PATH)
    rows = page.one("tbody").all("tr")
    assert [row.text.count("never") for row in rows] == [1, 1, 1]
    assert "replaced" in rows[1].text
    assert "test" in rows[0].text
    assert "have not been used" not in page.text
    installation.clock.forward(UNUSED_MS)
    await owner.sign_in()
    await installation.parts.keys.find(installation.key.encode())
    await installation.parts.keys.uses.write()
    page = await owner.open(PATH)
    assert "One key has not been used for 90 days" in page.text
    assert "1 key that has ended" in page.text
    live, ended = page.all("tbody")
    assert len(live.all("tr")) == 2
    assert "30 May 2026, 12:00" in live.all("tr")[1].text
    assert "expired 2 Mar 2026, 12:00" in ended.text


async def test_who_may_not_manage_keys_sees_the_list_alone(
    installation: Installed, stranger: Browser
) -> None:
    await installation.join("eve@example.com", "member")
    await stranger.open("/signin")
    await stranger.send("/signin", {"email": "eve@example.com", "password": PASSWORD, "next": "/"})
    page = await stranger.open(PATH)
    main = page.one("main")
    assert "First key" in main.text
    assert not main.all("form")
    assert not main.all("a")
    (key,) = await installation.parts.storage.api_keys(installation.asker.workspace.id)
    address = f"{PATH}/{key_id_text(key.id)}"
    for path in (f"{PATH}/new", address, f"{address}/rotate", f"{address}/revoke"):
        await stranger.open(path)
        assert stranger.status == 403
    for path in (PATH, f"{PATH}/new", address, f"{address}/rotate", f"{address}/revoke"):
        await stranger.open("/")
        await stranger.send(path, ALL | {"name": "x"})
        assert stranger.status == 403
