"""Features, models, users and tenants: ranked, searched, sorted, and one by one."""

from __future__ import annotations

from urllib.parse import quote, unquote_plus

import pytest

from farthing.rules.periods import DAY_MS, HOUR_MS
from farthing.web.values import asked, one
from tests.installations import Installed, a_call
from tests.web.browsing import Browser
from tests.web.reader import Node

ODD_NAMES = ("a/b/../c", "100% \U0001f680?&#", "\u05e9\u05dc\u05d5\u05dd", "!not <b>", "n" * 200, "..")


def names(page: Node) -> list[str]:
    """The names of the table, in order."""
    tables = page.all("table", class_="values")
    return [row.one("th").text for row in tables[0].one("tbody").all("tr")] if tables else []


async def test_values_are_ranked_by_spend_with_their_change(installation: Installed, owner: Browser) -> None:
    await installation.record(
        *(a_call(endpoint_tag="dear", input_tokens=9_000) for _ in range(3)),
        a_call(endpoint_tag="cheap", status="error", error_code="timeout"),
        a_call(8 * DAY_MS, endpoint_tag="dear", input_tokens=9_000),
        a_call(8 * DAY_MS, endpoint_tag="gone"),
    )
    page = await owner.open("/features")
    assert names(page) == ["dear", "cheap"]
    dear, cheap = ([cell.text for cell in row.all("td")] for row in page.one("tbody").all("tr"))
    assert (dear[1], dear[3], dear[6]) == ("\u25b2200 %up 200 %", "3", "0 %")
    assert (cheap[1], cheap[6]) == ("newnew in this period", "100 %")
    spark = page.one("tbody").all("svg", role="img")[0]
    assert spark.attributes["aria-label"].startswith("Spend over time: most on ")
    await owner.open("/features?compare=none")
    assert "new in this period" not in owner.answer.text


@pytest.mark.parametrize(
    ("sort", "first"),
    [("requests", "many"), ("costPerRequest", "dear"), ("errorRate", "broken"), ("latencyP95", "slow")],
)
async def test_values_are_sorted_by_any_column(
    installation: Installed, owner: Browser, sort: str, first: str
) -> None:
    await installation.record(
        *(a_call(model="gpt-4o-mini", endpoint_tag="many") for _ in range(3)),
        a_call(endpoint_tag="dear", input_tokens=90_000),
        a_call(endpoint_tag="broken", status="error"),
        a_call(endpoint_tag="slow", latency_ms=60_000),
    )
    page = await owner.open("/features")
    link = next(each for each in page.all("a", class_="sort") if f"sort={sort}" in each.attributes["href"])
    page = await owner.open(link.attributes["href"])
    assert names(page)[0] == first
    assert len(page.all("th", **{"aria-sort": "descending"})) == 1


async def test_pages_say_honestly_how_many_are_left(installation: Installed, owner: Browser) -> None:
    await installation.record(*(a_call(user_id=f"user {n:03}", input_tokens=n + 1) for n in range(120)))
    page = await owner.open("/users")
    assert (len(names(page)), names(page)[0]) == (50, "user 119")
    pager = page.one("nav", class_="pager")
    assert pager.text.startswith("1 to 50, 70 more")
    page = await owner.open(pager.one("a").attributes["href"])
    last = await owner.open(page.one("nav", class_="pager").all("a")[1].attributes["href"])
    assert last.one("nav", class_="pager").text == "101 to 120 Before"
    assert names(last)[-1] == "user 000"
    back = last.one("nav", class_="pager").one("a").attributes["href"]
    assert names(await owner.open(back)) == names(page)


async def test_a_search_finds_names_by_a_part_of_them(installation: Installed, owner: Browser) -> None:
    await installation.record(
        *(a_call(user_id=name) for name in ("Ann Smith", "joanna", "bob")), a_call(user_id=None)
    )
    assert sorted(names(await owner.open("/users?search=ANN"))) == ["Ann Smith", "joanna"]
    assert names(await owner.open("/users?search=ann&userId=joanna")) == ["joanna"]
    assert names(await owner.open("/users?search=ann&userId=bob")) == []
    assert names(await owner.open("/users?search=unkno")) == ["unknown"]
    page = await owner.open("/users?search=nobody&range=30d")
    assert page.one("div", class_="nothing-here").one("a").attributes["href"] == "/users?range=30d"


@pytest.mark.parametrize("name", ODD_NAMES)
async def test_any_name_has_a_page_of_its_own(installation: Installed, owner: Browser, name: str) -> None:
    await installation.record(a_call(user_id=name), a_call(user_id="other"))
    listed = await owner.open("/users?range=24h")
    link = next(row.one("th").one("a") for row in listed.one("tbody").all("tr") if row.one("th").text == name)
    page = await owner.open(link.attributes["href"])
    assert owner.status == 200
    assert page.one("h1").text == name
    assert page.one("dl", class_="figures").all("dd", class_="value")[1].text == "1"
    assert [each.attributes["aria-label"] for each in page.all("section", class_="ranking")] == [
        "Endpoints",
        "Models",
        "Tenants",
    ]
    assert len(page.one("table", class_="table-rows").one("tbody").all("tr")) == 1
    assert page.one("a", class_="crumb").attributes["href"] == "/users?range=24h"
    (all_rows, *_) = [a for a in page.all("a", class_="btn") if a.text == "Requests"]
    rows = await owner.open(all_rows.attributes["href"])
    assert len(rows.one("table", class_="table-rows").one("tbody").all("tr")) == 1
    assert name in unquote_plus(all_rows.attributes["href"]).replace("\\!", "!")


async def test_one_value_shows_its_time_and_what_it_is_made_of(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(a_call(endpoint_tag="x"), a_call(DAY_MS, endpoint_tag="x", model="gpt-4o"))
    page = await owner.open("/features/one?endpointTag=x")
    numbers = page.one("details", class_="numbers").one("tbody").all("tr")
    assert sum(int(row.all("td")[1].text) for row in numbers) == 2
    models = page.all("section", class_="ranking")[0]
    assert [each.text for each in models.all("a", class_="rank-name")] == ["gpt-4o", "gpt-4o-mini"]
    nothing = await owner.open("/features/one?endpointTag=nothing")
    assert "No calls of nothing in this time" in nothing.text


@pytest.mark.parametrize("path", ["/features", "/models", "/users", "/tenants"])
async def test_nothing_yet_says_where_names_come_from(owner: Browser, path: str) -> None:
    page = await owner.open(path)
    assert "are what applications send as" in page.one("div", class_="nothing-here").text
    await owner.open(f"{path}/one")
    assert (owner.status, owner.headers["location"]) == (303, path)
    await owner.open(f"{path}?sort=name")
    assert owner.status == 400
    await owner.open(f"{path}?search={quote('x' * 201)}")
    assert owner.status == 400


async def test_the_overview_leads_to_the_pages_of_all_names(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call())
    page = await owner.open("/?range=30d")
    heads = [each.all("a") for each in page.all("div", class_="ranking-head")]
    leads = [link.attributes["href"] for links in heads for link in links]
    assert leads[:5] == [
        "/features?range=30d",
        "/models?range=30d",
        "/users?range=30d",
        "/tenants?range=30d",
        "/prompts?range=30d",
    ]
    assert all(each.startswith("/explore?") for each in leads[5:])  # they have no page of their own


async def test_splits_that_rows_alone_tell_are_of_the_newest(
    installation: Installed, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await installation.record(
        *(a_call(hours * HOUR_MS, endpoint_tag="x", prompt_version=f"v{hours}") for hours in (1, 2, 3)),
        a_call(4 * HOUR_MS, endpoint_tag="x", model="gpt-4o", prompt_version="v4", user_id="early"),
    )
    whole = await owner.open("/features/one?endpointTag=x")
    assert not whole.all("p", class_="kept")
    monkeypatch.setattr(one, "_ROWS_MAX", 3)
    page = await owner.open("/features/one?endpointTag=x")
    models, prompts, users = page.all("section", class_="ranking")
    assert [each.text for each in models.all("a", class_="rank-name")] == ["gpt-4o-mini"]
    assert len(prompts.all("a", class_="rank-name")) == 4
    assert "early" not in users.text
    note = page.one("p", class_="kept").text
    assert note.startswith("Models and users are those of the newest 3 requests, since ")
    assert page.one("dl", class_="figures").text == whole.one("dl", class_="figures").text


async def test_lists_that_rows_alone_tell_are_of_the_newest(
    installation: Installed, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await installation.record(
        *(a_call(hours * HOUR_MS, endpoint_tag="x") for hours in (1, 2)),
        a_call(3 * HOUR_MS, endpoint_tag="x", model="gpt-4o"),
    )
    assert names(await owner.open("/models?endpointTag=x")) == ["gpt-4o", "gpt-4o-mini"]
    monkeypatch.setattr(asked, "ROWS_MAX", 2)
    page = await owner.open("/models?endpointTag=x")
    assert names(page) == ["gpt-4o-mini"]
    assert page.one("p", class_="kept").text.startswith("Models are those of the newest 2 requests, since ")
    assert names(await owner.open("/models")) == ["gpt-4o", "gpt-4o-mini"]
