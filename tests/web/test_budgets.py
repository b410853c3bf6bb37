"""Budgets as pages: made with all their fields, tried on the past, and told as the API tells them."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from farthing.rules.periods import DAY_MS, HOUR_MS
from tests.installations import EMAIL, PASSWORD, Installed, a_call
from tests.web.browsing import Browser
from tests.web.reader import Node

NEW = "/budgets/new"
HOSTILE = '<b>"\u0646\u0638\u0627\u0645'
FILLED = {
    "name": "All calls",
    "limit": "0.05",
    "unit": "usd",
    "kind": "month",
    "count": "",
    "anchor": "",
    "week_start": "monday",
    "timezone": "UTC",
    "env_prod": "on",
    "env_staging": "on",
    "env_dev": "on",
    "per": "",
    "thresholds": "50, 80",
    "unpriced": "ignore",
    "enforcement": "none",
    "start": "",
    "end": "",
    "slot": "",
    "act": "save",
}


async def api(browser: Browser, path: str) -> Any:
    login = await browser.client.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
    headers = {"Authorization": f"Bearer {login.json()['accessToken']}"}
    return (await browser.client.get(path, headers=headers)).json()


def exact(node: Node) -> list[str]:
    """The exact amounts inside, in their order."""
    return [each.attributes["value"] for each in node.all("data")]


def told(value: str | int) -> str:
    """An amount of the API as pages write it."""
    if isinstance(value, int):
        return str(value)
    whole, _, places = value.partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


def wrong(page: Node) -> dict[str, str]:
    problems = page.all("p", class_="field-error")
    return {each.attributes["id"].removesuffix("-problem"): each.text for each in problems}


async def test_an_empty_page_explains_and_offers_the_first(owner: Browser) -> None:
    page = await owner.open("/budgets")
    assert "No budget yet" in page.text
    page = await owner.open("/budgets/new?slot=monthly")
    assert page.one("input", id="name").attributes["value"] == "Monthly budget"
    page = await owner.send(NEW, FILLED | {"name": "Monthly budget", "slot": "monthly"})
    assert (owner.status, owner.headers["location"]) == (303, "/budgets/bud_1")
    page = await owner.open("/budgets")
    assert "monthly budget" in page.one("li", id="bud_1").text
    assert [each.text for each in page.one("p", class_="budget-missing").all("a")] == ["set the daily one"]


async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(owner: Browser) -> None:
    await owner.open(NEW)
    given = FILLED | {
        "name": "",
        "limit": "much",
        "kind": "days",
        "count": "0",
        "timezone": "Mars",
        "thresholds": "80, 50",
        "start": "2026-03-01T00:07",
        "slot": "daily",
    }
    page = await owner.send(NEW, given)
    assert owner.status == 400
    assert set(wrong(page)) == {
        "name",
        "limit",
        "count",
        "anchor",
        "timezone",
        "thresholds",
        "start",
        "slot",
    }
    assert page.one("input", id="limit").attributes["value"] == "much"
    assert page.one("input", id="start").attributes["value"] == "2026-03-01T00:07"
    await owner.send(NEW, FILLED)
    await owner.open(NEW)
    page = await owner.send(NEW, FILLED | {"name": "all CALLS"})
    assert (owner.status, set(wrong(page))) == (400, {"name"})
    page = await owner.send(NEW, {name: each for name, each in FILLED.items() if not name.startswith("env_")})
    assert set(wrong(page)) == {"environments"}


async def test_filters_are_added_turned_and_dropped_by_buttons_of_the_form(owner: Browser) -> None:
    await owner.open(NEW)
    given = {name: each for name, each in FILLED.items() if name != "act"}
    add = {"add": "tags", "value": f"team:{HOSTILE}", "act": "only"}
    page = await owner.send(NEW, given | add)
    (chip,) = page.all("span", class_="chip")
    assert HOSTILE in chip.text
    written = chip.one("input").attributes["value"]
    page = await owner.send(NEW, given | {"filter": written, "turn": written})
    written = page.one("span", class_="chip-not").one("input").attributes["value"]
    # What was typed and not added is not forgotten by saving.
    page = await owner.send(
        NEW, given | {"filter": written, "add": "model", "value": "gpt-4o", "act": "save"}
    )
    assert len(page.all("span", class_="chip")) == 2
    assert "is added now" in page.one("p", role="status").text
    page = await owner.send(NEW, given | {"filter": written, "act": "not_key", "key": "key_1"})
    assert len(page.all("span", class_="chip-not")) == 2
    page = await owner.send(NEW, given | {"filter": written, "drop": written})
    assert not page.all("span", class_="chip")
    await owner.send(NEW, given | {"filter": written, "act": "save", "env_dev": ""})
    (budget,) = (await api(owner, "/v1/settings/budgets"))["items"]
    assert budget["filters"]["tags"] == [f"!team:{HOSTILE}"]
    page = await owner.open("/budgets/bud_1")
    assert HOSTILE in page.one("p", class_="budget-about").text
    page = await owner.send("/budgets/bud_1/edit", given | {"filter": "colour=red", "act": "save"})
    assert (owner.status, set(wrong(page))) == (400, {"filters"})


async def test_every_field_is_kept_and_shown_again(owner: Browser) -> None:
    await owner.open(NEW)
    given = FILLED | {
        "limit": "1,200",
        "unit": "usd",
        "kind": "days",
        "count": "14",
        "anchor": "2026-01-05",
        "timezone": "Australia/Lord_Howe",
        "per": "userId",
        "thresholds": "50, 80.5 %, 120",
        "unpriced": "highest_known",
        "enforcement": "strict",
        "is_observed": "on",
        "start": "2026-02-01T00:00",
        "end": "2026-12-01T06:30",
    }
    del given["env_dev"]
    await owner.send(NEW, given)
    assert owner.status == 303, owner.answer.text
    (budget,) = (await api(owner, "/v1/settings/budgets"))["items"]
    assert (budget["limitUsd"], budget["thresholds"]) == ("1200.000000000000", [0.5, 0.805, 1.2])
    assert budget["start"] == "2026-01-31T13:00:00Z"
    assert budget["filters"]["environment"] == ["prod", "staging"]
    page = await owner.open("/budgets/bud_1/edit")
    shown = {name: page.one("input", id=name).attributes["value"] for name in ("count", "start", "end")}
    assert shown == {"count": "14", "start": "2026-02-01T00:00", "end": "2026-12-01T06:30"}
    again = form_values(page)
    await owner.send("/budgets/bud_1/edit", again | {"act": "save"})
    assert owner.status == 303
    (after,) = (await api(owner, "/v1/settings/budgets"))["items"]
    assert after == budget


def form_values(page: Node) -> dict[str, str]:
    """What a browser would send of the form as it is shown."""
    form = page.one("form", class_="budget-form")
    values = {}
    for each in form.all("input"):
        is_box = each.attributes.get("type") in ("checkbox", "radio")
        if not is_box or "checked" in each.attributes:
            values[each.attributes["name"]] = each.attributes.get("value", "on" if is_box else "")
    for each in form.all("select"):
        chosen = [one for one in each.all("option") if "selected" in one.attributes] or each.all("option")
        values[each.attributes["name"]] = chosen[0].attributes["value"]
    return values


async def test_the_preview_keeps_nothing(installation: Installed, owner: Browser) -> None:
    ago = (0, HOUR_MS, DAY_MS, 40 * DAY_MS)
    await installation.record(*(a_call(each, external_request_id=str(each)) for each in ago))
    await owner.open(NEW)
    given = FILLED | {"limit": "1", "unit": "requests", "kind": "day", "act": "preview"}
    page = await owner.send(NEW, given)
    assert owner.status == 200
    preview = page.one("section", id="preview")
    summary = preview.one("p", role="status").text
    assert summary == "Exceeded in 1 of the last 92 periods, and near the limit in 2 more."
    assert len(preview.one("tbody").all("tr")) == 92
    assert page.one("input", id="limit").attributes["value"] == "1"
    assert (await api(owner, "/v1/settings/budgets"))["items"] == []


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_figures_of_the_pages_are_those_of_the_api(
    installation: Installed, owner: Browser, seed: int
) -> None:
    random = Random(seed)
    await installation.record(
        *(
            a_call(
                n * 5 * HOUR_MS + 60_000,
                external_request_id=str(n),
                user_id=random.choice(["u", HOSTILE, "w", None]),
                model=random.choice(["gpt-4o", "gpt-4o-mini", "nobody-knows-it"]),
                input_tokens=random.randrange(100_000),
            )
            for n in range(60)
        )
    )
    for number in range(5):
        unit = random.choice(["usd", "requests", "tokens"])
        fields = {
            "name": f"b{number}",
            "unit": unit,
            "limit": random.choice(["0", "1", "7", "300000"]),
            "kind": random.choice(["hour", "day", "week", "month", "rolling_days"]),
            "count": "9",
            "per": random.choice(["", "userId"]),
        }
        await owner.open(NEW)
        await owner.send(NEW, FILLED | fields)
        assert owner.status == 303
    page = await owner.open("/budgets")
    for budget in (await api(owner, "/v1/settings/budgets"))["items"]:
        shown = page.one("li", id=budget["id"])
        detail = await owner.open(f"/budgets/{budget['id']}")
        lines = shown.all("p", class_="budget-sums")
        assert len(lines) == min(len(budget["standings"]), 3)
        for line, standing in zip(lines, budget["standings"], strict=False):
            assert exact(line) == [told(standing["spent"]), told(standing["limit"])]
        ahead = [
            each for each in shown.all("p", class_="budget-ahead") if "warn" not in each.attributes["class"]
        ]
        for line, standing in zip(ahead, budget["standings"], strict=False):
            wanted = [standing[name] for name in ("forecast", "forecastLow", "forecastHigh")]
            assert exact(line) == [told(each) for each in wanted if each is not None]
        history = await api(owner, f"/v1/settings/budgets/{budget['id']}/history?values=3")
        cells = [
            each.all("td", class_="number")[0] for each in detail.one("tbody").all("tr") if each.all("data")
        ]
        past = [one for each in history["items"] for one in each["standings"]]
        assert [exact(each)[0] for each in cells] == [told(each["spent"]) for each in past]


async def test_a_removed_budget_can_be_made_again_at_once(owner: Browser) -> None:
    await owner.open(NEW)
    await owner.send(NEW, FILLED | {"filter": "model=gpt-4o", "per": "userId"})
    (before,) = (await api(owner, "/v1/settings/budgets"))["items"]
    page = await owner.open("/budgets/bud_1/remove")
    assert "What is lost" in page.text
    page = await owner.send("/budgets/bud_1/remove", {})
    assert (await api(owner, "/v1/settings/budgets"))["items"] == []
    form = page.one("form", action=NEW)
    fields = {
        each.attributes["name"]: each.attributes["value"]
        for each in form.all("input")
        if each.attributes["name"] != "form_token"
    }
    await owner.send(NEW, fields | {"act": "save"})
    (after,) = (await api(owner, "/v1/settings/budgets"))["items"]
    assert after | {"id": ""} == before | {"id": ""}


async def test_one_that_ends_this_month_is_set_up_and_one_call_is_one(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(a_call(model="nobody-knows"))
    await owner.open(NEW)
    await owner.send(NEW, FILLED | {"end": "2026-03-20T12:00"})
    page = await owner.open("/budgets/bud_1")
    assert page.one("div", data_measure="unpriced").one("dd", class_="change").text == "call"


async def test_a_viewer_sees_no_button_and_values_are_paged(installation: Installed, owner: Browser) -> None:
    await installation.join("vi@example.com", "viewer")
    await installation.record(
        *(a_call(60_000 + n, external_request_id=str(n), user_id=f"u{n:02}") for n in range(25))
    )
    await owner.open(NEW)
    await owner.send(NEW, FILLED | {"per": "userId", "limit": "1", "unit": "requests"})
    viewer = Browser(installation.parts)
    await viewer.open("/signin")
    await viewer.send("/signin", {"email": "vi@example.com", "password": PASSWORD, "next": "/"})
    for path in ("/budgets", "/budgets/bud_1"):
        page = await viewer.open(path)
        assert not [
            each for each in page.all("a") if each.attributes["href"].endswith(("/new", "/edit", "/remove"))
        ]
    page = await viewer.open("/budgets/bud_1")
    assert len(page.one("ol", class_="budget-values").all("li")) == 20
    page = await viewer.open("/budgets/bud_1?page=2")
    assert len(page.one("ol", class_="budget-values").all("li")) == 5
    page = await viewer.open("/budgets/bud_1?colour=red")
    assert viewer.status == 400
    await viewer.client.aclose()


async def test_the_overview_shows_the_few_that_are_used_most(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call())
    assert not (await owner.open("/")).all("section", class_="budgets-few")
    for number in range(4):
        await owner.open(NEW)
        await owner.send(NEW, FILLED | {"name": f"b{number}", "unit": "requests", "limit": str(number)})
    few = (await owner.open("/")).one("section", class_="budgets-few")
    assert [each.one("a").text for each in few.all("li")] == ["b0", "b1", "b2"]
    assert few.all("li")[0].one("span", class_="badge-bad").text == "exceeded"
    assert "All 4 budgets" in few.text
    assert Decimal(few.all("li")[1].all("data")[0].attributes["value"]) == 1
