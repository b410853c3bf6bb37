"""Several workspaces in a browser: the switcher, another one, name and zone, deleting."""

from __future__ import annotations

from farthing.storage.contract import Changes
from tests.installations import Installed, a_call
from tests.web.browsing import Browser

PATH = "/settings/workspace"


async def second(owner: Browser) -> None:
    """Another workspace, made on its page."""
    await owner.open("/workspaces/new")
    await owner.send("/workspaces/new", {"name": "Second", "timezone": "Asia/Tokyo"})
    assert (owner.status, owner.headers["location"]) == (303, "/")


async def test_a_new_workspace_is_gone_on_in_and_the_old_one_switched_back_to(owner: Browser) -> None:
    page = await owner.open(PATH)
    assert not page.all("details", id="workspaces")
    await second(owner)
    page = await owner.open(PATH)
    assert page.one("input", id="name").attributes["value"] == "Second"
    switcher = page.one("details", id="workspaces")
    places = {button.one("bdi").text: button.attributes["value"] for button in switcher.all("button")}
    assert list(places) == ["Analytical", "Second"]
    await owner.send("/workspaces/switch", {"workspace": places["Analytical"]})
    assert (owner.status, owner.headers["location"]) == (303, "/")
    page = await owner.open(PATH)
    assert page.one("input", id="name").attributes["value"] == "Analytical"
    await owner.send("/workspaces/switch", {"workspace": "nowhere"})
    assert owner.status == 404


async def test_a_workspace_shows_nothing_of_another(installation: Installed, owner: Browser) -> None:
    (request_id,) = await installation.record(a_call())
    await owner.open(f"/requests/req_{request_id}")
    assert owner.status == 200
    await second(owner)
    await owner.open(f"/requests/req_{request_id}")
    assert owner.status == 404
    page = await owner.open("/settings/api-keys")
    assert "First key" not in page.text
    await owner.open("/")
    assert owner.status == 200


async def test_name_and_zone_are_saved_or_what_is_wrong_is_told(
    installation: Installed, owner: Browser
) -> None:
    await owner.open(PATH)
    await owner.send(PATH, {"name": "Engines", "timezone": "Europe/Vienna"})
    assert owner.status == 303
    page = await owner.open(PATH)
    assert page.one("input", id="timezone").attributes["value"] == "Europe/Vienna"
    page = await owner.send(PATH, {"name": " ", "timezone": "Mars"})
    assert owner.status == 400
    assert page.one("p", id="name-problem").text == "This is empty."
    assert "not an IANA time zone" in page.one("p", id="timezone-problem").text
    await installation.record(a_call())
    page = await owner.send(PATH, {"name": "Engines", "timezone": "UTC"})
    assert "once calls are recorded" in page.one("p", id="timezone-problem").text


async def test_a_workspace_is_deleted_only_by_its_name(owner: Browser) -> None:
    await second(owner)
    await owner.open(f"{PATH}/delete")
    page = await owner.send(f"{PATH}/delete", {"name": "Analytical"})
    assert owner.status == 400
    assert "is not that of the workspace" in page.text
    await owner.send(f"{PATH}/delete", {"name": "Second"})
    assert (owner.status, owner.headers["location"]) == (303, "/")
    page = await owner.open(PATH)
    assert page.one("input", id="name").attributes["value"] == "Analytical"
    await owner.open(f"{PATH}/delete")
    await owner.send(f"{PATH}/delete", {"name": "Analytical"})
    await owner.open("/")
    assert owner.headers["location"] == "/signin?next=%2F"


async def test_a_workspace_that_is_left_gives_way_to_another(installation: Installed, owner: Browser) -> None:
    await second(owner)
    storage, first = installation.parts.storage, installation.membership
    (_, there) = await storage.memberships(first.user.id)
    await storage.change(lambda changes: changes.set_role(there.workspace.id, first.user.id, "viewer"))
    await storage.change(lambda changes: _other_owner(changes, there.workspace.id))
    await owner.open(PATH)
    assert owner.status == 403
    await owner.open("/settings/members/leave")
    await owner.send("/settings/members/leave", {})
    assert (owner.status, owner.headers["location"]) == (303, "/")
    page = await owner.open(PATH)
    assert page.one("input", id="name").attributes["value"] == "Analytical"


async def _other_owner(changes: Changes, workspace_id: int) -> None:
    user = await changes.create_user("bob@example.com", "", 0)
    await changes.add_member(workspace_id, user.id, "owner", 0)
