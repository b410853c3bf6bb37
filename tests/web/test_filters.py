"""The filter bar: every choice is an address, every form works without a script, nonsense is refused."""

from __future__ import annotations

from html import unescape

import pytest

from tests.installations import Installed, a_call
from tests.web.browsing import Browser
from tests.web.reader import Node


@pytest.fixture(autouse=True)
async def _one_call(installation: Installed) -> None:
    await installation.record(a_call())


def choice(page: Node, menu: str, label: str) -> str:
    links = page.one("details", id=menu).all("a", class_="menu-item")
    return next(link.attributes["href"] for link in links if link.text == label)


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
    assert chips[0].one("a").attributes["href"] == "/?model=b&userId=%D7%A9%D7%9C%D7%95%D7%9D"


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
