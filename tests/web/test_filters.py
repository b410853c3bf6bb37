"""The filter bar: every choice is an address, every form works without a script, nonsense is refused."""

from __future__ import annotations

from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from farthing.rules.ids import key_id_text
from tests.installations import Installed, a_call
from tests.web.browsing import Browser
from tests.web.reader import Node


@pytest.fixture(autouse=True)
async def _one_call(installation: Installed) -> None:
    await installation.record(a_call())


def choice(page: Node, menu: str, label: str) -> str:
    links = page.one("details", id=menu).all("a", class_="menu-item")
    return next(link.attributes["href"] for link in links if link.text == label)


@pytest.mark.parametrize("path", ["/requests", "/explore", "/features", "/users", "/prompts", "/investigate"])
async def test_a_page_without_calls_says_where_there_may_be_some(owner: Browser, path: str) -> None:
    asked = "measure=cost&by=model&step=none&" if path == "/explore" else ""
    page = await owner.open(f"{path}?{asked}model=nothing&range=24h")
    ways = {each.text: each.attributes["href"] for each in page.one("p", class_="ways-on").all("a")}
    assert list(ways) == [
        "Clear the filters",
        "Look at all data modes",
        "Look at the last 90 days",
        "Send a first call",
    ]
    bare = await owner.open(ways["Clear the filters"])
    assert not bare.all("span", class_="chip")
    assert not bare.all("p", class_="ways-on")  # there is a call


async def test_each_menu_marks_what_is_chosen(owner: Browser) -> None:
    page = await owner.open("/?range=mtd&environment=prod&dataMode=all&compare=none")
    labels = {
        menu: page.one("details", id=menu).one("summary").text
        for menu in ("range", "environments", "modes", "compare")
    }
    assert labels == {
        "range": "Month to date",
        "environments": "Prod",
        "modes": "All data modes",
        "compare": "No comparison",
    }
    for menu in labels:
        marked = page.one("details", id=menu).all("a", aria_current="true")
        assert len(marked) == 1


async def test_a_choice_keeps_everything_else(owner: Browser) -> None:
    page = await owner.open("/?range=30d&model=gpt-4o-mini&by=userId")
    assert (
        choice(page, "environments", "Staging")
        == "/?range=30d&model=gpt-4o-mini&by=userId&environment=staging"
    )
    assert choice(page, "range", "Today") == "/?model=gpt-4o-mini&by=userId&range=today"
    assert choice(page, "modes", "Real calls") == "/?range=30d&model=gpt-4o-mini&by=userId"


async def test_the_form_for_a_filter_leads_to_the_plain_address(owner: Browser) -> None:
    await owner.open("/?range=30d&model=a&add=model&value=b+c")
    assert (owner.status, owner.headers["location"]) == (303, "/?range=30d&model=a&model=b+c")


async def test_the_form_for_days_takes_the_last_day_in(owner: Browser) -> None:
    await owner.open("/requests?dataMode=all&from=2026-02-01&through=2026-02-28")
    assert owner.headers["location"] == "/requests?dataMode=all&from=2026-02-01&to=2026-03-01"
    page = await owner.open(owner.headers["location"])
    days = page.one("details", id="range")
    assert days.one("summary").text == "1 Feb \u2013 28 Feb 2026"
    assert days.one("input", name="from").attributes["value"] == "2026-02-01"
    assert days.one("input", name="through").attributes["value"] == "2026-02-28"


async def test_a_filter_is_a_chip_that_can_be_taken_off(owner: Browser) -> None:
    page = await owner.open("/?model=a&model=b&userId=%D7%A9%D7%9C%D7%95%D7%9D")
    chips = page.all("span", class_="chip")
    assert [chip.one("bdi").text for chip in chips] == ["a", "b", "\u05e9\u05dc\u05d5\u05dd"]
    gone = chips[0].one("a", class_="chip-remove").attributes["href"]
    assert gone == "/?model=b&userId=%D7%A9%D7%9C%D7%95%D7%9D"


@pytest.mark.parametrize(
    ("name", "value", "of", "shown", "turned"),
    [
        ("model", "gpt-4o", "Model", "gpt-4o", "!gpt-4o"),
        ("model", "!gpt-4o", "Model", "gpt-4o", "gpt-4o"),
        ("userId", "\\!bob", "User", "!bob", "!\\!bob"),
        ("userId", "!\\!bob", "User", "!bob", "\\!bob"),
        ("userId", "!!bob", "User", "!bob", "\\!bob"),
        ("tags", "team:search", "Tag team", "search", "!team:search"),
        ("tags", "!a\\:b:c d", "Tag a:b", "c d", "a\\:b:c d"),
        ("apiKey", "!unknown", "API key", "unknown", "unknown"),
        ("errorCode", "!timeout", "Error code", "timeout", "timeout"),
    ],
)
async def test_a_chip_turns_round_in_its_place(
    owner: Browser, name: str, value: str, of: str, shown: str, turned: str
) -> None:
    page = await owner.open(
        "/requests?" + urlencode([("range", "30d"), (name, value), ("endpointTag", "!e")])
    )
    assert owner.status == 200
    chip = page.all("span", class_="chip")[0]
    assert (chip.one("span", class_="of").text, chip.one("bdi").text) == (of, shown)
    assert bool(chip.all("span", class_="not")) == value.startswith("!")
    address = chip.one("a", class_="chip-turn").attributes["href"]
    assert parse_qsl(urlsplit(address).query) == [("range", "30d"), (name, turned), ("endpointTag", "!e")]
    assert owner.status == 200


@pytest.mark.parametrize(
    ("add", "value", "written"),
    [
        ("userId", "!bob", "\\!bob"),
        ("model", "gpt-4o", "gpt-4o"),
        ("tags", "team:search", "team:search"),
        ("tags", "!team:search", "\\!team:search"),
        ("apiKey", "key_1", "key_1"),
    ],
)
async def test_the_form_for_a_filter_leaves_a_value_out_too(
    owner: Browser, add: str, value: str, written: str
) -> None:
    given = urlencode([("range", "30d"), ("add", add), ("value", value)])
    await owner.open(f"/requests?{given}")
    assert parse_qsl(urlsplit(owner.headers["location"]).query) == [("range", "30d"), (add, written)]
    await owner.open(f"/requests?{given}&not=1")
    assert parse_qsl(urlsplit(owner.headers["location"]).query) == [("range", "30d"), (add, f"!{written}")]


async def key_of(installation: Installed) -> tuple[str, str]:
    """The id and the name of the key that calls come with."""
    (key,) = await installation.parts.storage.api_keys(installation.membership.workspace.id)
    return key_id_text(key.id), key.name


async def test_keys_are_filtered_by_id_and_called_by_name(owner: Browser, installation: Installed) -> None:
    wire, name = await key_of(installation)
    page = await owner.open(f"/?apiKey=!{wire}&dataMode=all&by=apiKey")
    chip = page.one("span", class_="chip")
    assert chip.one("bdi").text == name
    assert (
        chip.one("a", class_="chip-turn").attributes["href"].endswith(f"apiKey={wire}&dataMode=all&by=apiKey")
    )
    offered = page.one("details", id="add-filter").all("option", value=wire)
    assert [option.text for option in offered] == [name]
    page = await owner.open("/?by=apiKey")
    (line,) = page.one("ul", class_="keys-of-chart").all("a")
    assert (line.text, line.attributes["href"]) == (name, f"/?by=apiKey&apiKey={wire}")


async def test_several_modes_are_named_and_marked(owner: Browser) -> None:
    page = await owner.open("/requests?dataMode=!demo&environment=prod&environment=dev")
    assert page.one("details", id="modes").one("summary").text == "Real calls + Test calls"
    assert len(page.one("details", id="environments").all("a", aria_current="true")) == 2
    banner = page.one("div", class_="banner").text
    assert "real and test calls are added together; only prod and dev are included" in banner


async def test_a_ranking_leads_to_its_name_and_keeps_all_filters(
    owner: Browser, installation: Installed
) -> None:
    await installation.record(a_call(user_id="!bob", tags={"team": "search"}))
    page = await owner.open("/?tags=team%3Asearch&model=%21gpt-4o&by=status")
    (link,) = [each for each in page.all("a", class_="rank-rows") if "!bob" in each.attributes["aria-label"]]
    asked = parse_qsl(urlsplit(link.attributes["href"]).query)
    assert asked == [("tags", "team:search"), ("model", "!gpt-4o"), ("userId", "\\!bob")]
    assert "1 request" in (await owner.open(link.attributes["href"])).one("p", class_="when").text


async def test_a_key_that_there_is_not_is_refused(owner: Browser, installation: Installed) -> None:
    page = await owner.open("/?apiKey=key_zz")
    assert owner.status == 400
    assert f"it has {(await key_of(installation))[0]}" in page.one("ul", class_="problems").text


async def test_what_has_a_few_values_is_chosen_from_them(owner: Browser) -> None:
    page = await owner.open("/requests?range=30d")
    menu = page.one("details", id="add-filter")
    (form,) = [
        each
        for each in menu.all("form")
        if {"status"} == {field.attributes["value"] for field in each.all("input", name="add")}
    ]
    assert [each.attributes["value"] for each in form.all("option")] == ["success", "error", "cache_hit"]
    typed = menu.one("select", name="add").all("option")
    assert not {"status", "pricingStatus"} & {each.attributes["value"] for each in typed}


async def test_a_wrong_filter_is_left_out_with_one_click_and_the_others_stay(owner: Browser) -> None:
    page = await owner.open("/requests?range=30d&status=failed&model=gpt-4o")
    assert owner.status == 400
    (way_on,) = [each for each in page.all("a") if each.text == "Show the page without status"]
    assert way_on.attributes["href"] == "/requests?range=30d&model=gpt-4o"
    await owner.open(way_on.attributes["href"])
    assert owner.status == 200


async def test_forms_carry_the_rest_of_the_view(owner: Browser) -> None:
    page = await owner.open("/?range=30d&model=a%22%3E&by=userId")
    form = page.one("details", id="zone").one("form")
    carried = {node.attributes["name"]: node.attributes["value"] for node in form.all("input", type="hidden")}
    assert carried == {"range": "30d", "model": 'a">', "by": "userId"}
    assert form.attributes["method"] == "get"


async def test_the_time_zone_is_printed_and_cuts_the_days(owner: Browser) -> None:
    page = await owner.open("/?range=today&timezone=Asia/Kolkata")
    assert page.one("details", id="zone").one("summary").text == "Asia/Kolkata"
    assert page.one("p", class_="when").text.startswith("1 Mar, 00:00 ")


@pytest.mark.parametrize(
    ("query", "warning"),
    [
        ("", None),
        ("model=gpt-4o-mini&range=30d", None),
        ("dataMode=demo", "only demo calls are shown"),
        ("dataMode=all", "real, test and demo calls are added together"),
        ("environment=dev", "only dev is included"),
        ("dataMode=test&environment=prod", "only test calls are shown; only prod is included"),
    ],
)
async def test_anything_but_the_real_bill_has_a_banner(
    owner: Browser, query: str, warning: str | None
) -> None:
    page = await owner.open(f"/requests?{query}")
    banners = page.all("div", class_="banner")
    if warning is None:
        assert not banners
    else:
        assert warning in banners[0].text
        assert "dataMode" not in banners[0].one("a").attributes["href"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("range=fortnight", "range"),
        ("from=2026-13-01", "from"),
        ("from=2026-02-02&to=2026-02-01", "from"),
        ("through=soon", "through"),
        ("timezone=Mars/Base", "timezone"),
        ("dataMode=fake", "dataMode"),
        ("compare=everything", "compare"),
        ("by=nothing", "by"),
        ("step=fortnight", "step"),
        ("add=nothing&value=x", "add"),
        ("model=" + "x" * 201, "model"),
        ("surprise=1", "surprise"),
        ("model=%00", "model"),
        ("model=a&model=!a", "model"),
        ("tags=team", "tags"),
        ("add=dataMode&value=x", "add"),
        ("apiKey=1", "apiKey"),
        ("range=7d&range=30d", "range"),
    ],
)
async def test_nonsense_is_refused_by_name(owner: Browser, query: str, field: str) -> None:
    page = await owner.open(f"/?{query}")
    assert owner.status == 400
    assert [item.one("code").text for item in page.one("ul", class_="problems").all("li")] == [field]


async def test_a_step_that_makes_too_many_bars_is_refused(owner: Browser) -> None:
    await owner.open("/?from=2020-01-01&to=2026-01-01&step=15m")
    assert owner.status == 400
    assert "too fine for this range" in unescape(owner.answer.text)


async def test_bytes_that_are_no_text_are_answered(owner: Browser) -> None:
    await owner.open("/?model=%ff%fe")
    assert owner.status in (200, 400)
