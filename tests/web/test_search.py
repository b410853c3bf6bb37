"""Searching: what is found, where it leads, and that nobody is led where they may not go."""

from __future__ import annotations

from farthing.rules.ids import request_id_text
from farthing.web.search.places import PLACES
from tests.installations import PASSWORD, Installed, a_call
from tests.web.browsing import Browser
from tests.web.reader import Node


def links(page: Node) -> dict[str, str]:
    """Of what was found: where it leads, by its words."""
    found = [each for each in page.all("div", class_="found") if each.attributes.get("id") != "found"]
    return {a.text: a.attributes["href"] for each in found for a in each.all("a")}


async def test_names_of_calls_lead_to_the_page_of_each(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call(user_id="!odd & user", external_request_id="a"))
    found = links(await owner.open("/search?q=checkout"))
    assert found == {"checkout.ai_summary": "/features/one?endpointTag=checkout.ai_summary"}
    (place,) = links(await owner.open("/search?q=odd")).values()
    page = await owner.open(place)
    assert owner.status == 200
    assert "!odd & user" in page.text


async def test_what_is_found_keeps_the_range_and_the_data_mode_it_was_looked_for_in(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(a_call(data_mode="demo", prompt_version="v9", environment="dev"))
    kept = "range=30d&dataMode=demo"
    page = await owner.open(f"/features?{kept}&userId=ada")
    rail = page.one("form", class_="rail-search")
    carried = {each.attributes["name"]: each.attributes["value"] for each in rail.all("input", type="hidden")}
    assert carried == {"range": "30d", "dataMode": "demo"}
    found = links(await owner.open(f"/search?q=checkout&{kept}"))
    assert found == {"checkout.ai_summary": f"/features/one?{kept}&endpointTag=checkout.ai_summary"}
    assert "No calls" not in (await owner.open(found["checkout.ai_summary"])).text
    assert links(await owner.open(f"/search?q=v9&{kept}")) == {"v9": f"/?{kept}&promptVersion=v9"}
    pages = links(await owner.open(f"/search?{kept}"))
    assert pages["Users"] == f"/users?{kept}"
    assert pages["Budgets"] == "/budgets"
    box = owner.answer.text
    assert box.count('name="dataMode" value="demo"') == 2  # that of the page, and that of the rail


async def test_a_request_is_found_by_both_its_ids(installation: Installed, owner: Browser) -> None:
    (number,) = await installation.record(a_call(external_request_id="order-17"))
    place = f"/requests/{request_id_text(number)}"
    assert place in links(await owner.open("/search?q=order-17")).values()
    assert place in links(await owner.open(f"/search?q={request_id_text(number)}")).values()


async def test_every_page_that_is_found_is_there(owner: Browser) -> None:
    found = links(await owner.open("/search"))
    assert set(found.values()) == {place.path for place in PLACES}
    for path in found.values():
        await owner.open(path)
        if path == "/prompts/impact":  # without an endpoint back to the list
            assert owner.headers["location"] == "/prompts"
        elif path in ("/explore", "/prices/unknown"):  # on to a question, which then stands in the address
            assert owner.headers["location"].startswith(f"{path}?")
        else:
            assert owner.status == 200, path


async def test_a_viewer_finds_no_page_that_is_not_for_them(
    installation: Installed, stranger: Browser
) -> None:
    await installation.join("viewer@example.com", "viewer")
    await stranger.open("/signin")
    await stranger.send("/signin", {"email": "viewer@example.com", "password": PASSWORD, "next": "/"})
    found = links(await stranger.open("/search?q=audit"))
    assert found == {}
    for path in links(await stranger.open("/search")).values():
        await stranger.open(path)
        assert stranger.status in (200, 303), path


async def test_the_list_under_the_field_is_the_list_of_the_page(owner: Browser) -> None:
    page = await owner.open("/search/found?q=alert")
    assert [a.attributes["href"] for a in page.all("a")] == [
        "/alerts",
        "/settings/alerts",
        "/settings/channels",
    ]
    assert "3 found" in page.text
    assert (await owner.open("/search/found?q=")).text == ""
    assert "Nothing has xyzzy in its name." in (await owner.open("/search/found?q=xyzzy")).text


async def test_what_is_typed_is_text_and_has_bounds(owner: Browser) -> None:
    page = await owner.open("/search?q=%3Cb%3E%25")
    assert "Nothing found" in page.text
    await owner.open("/search?q=" + "x" * 500)
    assert owner.status == 400
