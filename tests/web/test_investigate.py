"""Why spend changed, as a page: its figures are those of the API, and every way on from it is one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from farthing.rules.periods import DAY_MS, HOUR_MS
from tests.installations import EMAIL, PASSWORD, Installed, a_call
from tests.web.browsing import Browser
from tests.web.reader import Node

RIGHT_TO_LEFT = "\u0646\u0638\u0627\u0645"
MODELS = ("gpt-4o", "gpt-4o-mini", "foo-2")
ENDPOINTS = ("chat", "search", "<b>mail</b>", "x" * 200, None)


async def traffic(installation: Installed, seed: int = 1) -> None:
    """Three weeks: some features and users come, others go; some fail, some have no price."""
    random = Random(seed)
    calls = []
    for number in range(240):
        days_ago = random.randrange(1, 21)
        is_late = days_ago < 7
        calls.append(
            a_call(
                ago_ms=days_ago * DAY_MS + random.randrange(HOUR_MS),
                model=random.choice(MODELS[: 3 if is_late else 2]),
                endpoint_tag=random.choice(ENDPOINTS[0 if is_late else 1 :]),
                prompt_version=random.choice(("v1", "v2" if is_late else "v1")),
                user_id=random.choice(("ada", "bob", RIGHT_TO_LEFT if is_late else "cy", None)),
                tenant_id=random.choice(("acme", "finch")),
                status=random.choice(("success", "success", "success", "error")),
                is_batch=random.choice((None, None, True)),
                attempt=random.choice((None, 1, 2)),
                input_tokens=random.randrange(100, 4_000 if is_late else 2_000),
                cached_input_tokens=random.choice((None, 90)),
                output_tokens=random.randrange(10, 400),
                external_request_id=f"call_{seed}_{number}",
            )
        )
    await installation.record(*calls)


async def api(browser: Browser, path: str, params: dict[str, Any]) -> dict[str, Any]:
    sent = {"email": EMAIL, "password": PASSWORD}
    token = (await browser.client.post("/v1/auth/login", json=sent)).json()["accessToken"]
    answer = await browser.client.get(path, params=params, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def amounts(node: Node) -> Iterator[Decimal]:
    """The exact amounts inside, signed as they are read."""
    for each in node.all("data", class_="money"):
        yield Decimal(each.attributes["value"])


def query(params: dict[str, Any]) -> str:
    return "&".join(f"{name}={value}" for name, value in params.items())


def random_view(random: Random) -> dict[str, str]:
    """A view as people make them: a range, perhaps other days to compare with, perhaps a filter or two."""
    view = {"range": random.choice(("7d", "24h", "mtd", "last_month", "7d"))}
    if random.random() < 0.3:
        view |= {"compareFrom": "2026-02-10", "compareTo": random.choice(("2026-02-12", "2026-02-20"))}
    for name, values in (
        ("endpointTag", ("chat", "search", "!chat", "unknown")),
        ("model", ("gpt-4o", "!foo-2")),
        ("userId", ("ada", "!bob")),
        ("status", ("success", "!error")),
        ("timezone", ("Europe/Berlin", "Asia/Kathmandu")),
    ):
        if random.random() < 0.3:
            view[name] = random.choice(values)
    return view


@pytest.mark.parametrize("seed", range(12))
async def test_its_figures_are_those_of_the_api(installation: Installed, owner: Browser, seed: int) -> None:
    await traffic(installation, seed)
    view = random_view(Random(seed))
    page = await owner.open(f"/investigate?{query(view)}")
    assert owner.status == 200, page.text
    told = await api(owner, "/v1/changes", {**view, "limit": "6"})
    assert page.one("p", id="summary").text == told["summary"]
    falls = page.all("table", class_="falls")
    if not told["parts"]:
        assert not falls
        return
    shown = [next(amounts(row)) for row in falls[0].one("tbody").all("tr")]
    parts = [Decimal(each["amountUsd"]) for each in told["parts"] if Decimal(each["amountUsd"])]
    before, after = Decimal(told["before"]["amountUsd"]), Decimal(told["after"]["amountUsd"])
    assert shown == [before, *parts, after]
    assert before + sum(parts) == after
    causes = [Decimal(each["change"]["amountUsd"]) for each in told["causes"]]
    assert [
        next(amounts(each)) for each in page.all("li") if each.all("span", class_="cause-amount")
    ] == causes
    lists = {each.attributes["aria-label"]: each for each in page.all("section", class_="ranking")}
    for each in told["drivers"]:
        listed = lists.get(_PLURALS[each["by"]])
        items = [
            i for i in each["items"] if i["change"]["costUsd"] or i["requestsBefore"] != i["requestsAfter"]
        ]
        assert (listed is not None) == bool(items)
        if listed is not None:
            rows = listed.all("li", class_="rank")
            assert [next(amounts(row)) for row in rows] == [Decimal(i["change"]["amountUsd"]) for i in items]
            if each["by"] != "apiKey":
                assert [row.one("a", class_="rank-name").text for row in rows] == [i["key"] for i in items]


_PLURALS = {
    "endpointTag": "Endpoints",
    "promptVersion": "Prompt versions",
    "model": "Models",
    "userId": "Users",
    "tenantId": "Tenants",
    "featureTag": "Feature tags",
    "apiKey": "API keys",
    "provider": "Providers",
    "environment": "Environments",
}


async def test_every_way_on_from_it_leads_somewhere(installation: Installed, owner: Browser) -> None:
    await traffic(installation)
    page = await owner.open("/investigate?compareFrom=2026-02-15&compareTo=2026-02-20")
    places = {each.attributes["href"] for each in page.all("a") if each.attributes["href"].startswith("/")}
    own = [place for place in places if place.startswith(("/investigate?", "/requests?"))]
    assert len(own) > 40
    for place in own:
        await owner.open(place)
        assert owner.status == 200, place
        if "/investigate?" in place and "compareFrom" in place:
            assert "compareTo=2026-02-20" in place or "T12%3A15" in place or "12%3A" in place


async def test_the_requests_behind_a_part_are_those_it_is_made_of(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(
        a_call(ago_ms=DAY_MS), a_call(ago_ms=9 * DAY_MS), a_call(ago_ms=9 * DAY_MS, endpoint_tag="old")
    )
    await installation.record(*(a_call(ago_ms=DAY_MS + n, endpoint_tag="new") for n in range(3)))
    page = await owner.open("/investigate")
    rows = {
        row.one("th").text.split()[0]: row for row in page.one("table", class_="falls").one("tbody").all("tr")
    }
    for part, count in (("New", 3), ("Gone", 1), ("Before", 2), ("Now", 4)):
        listed = await owner.open(rows[part].one("a", class_="rank-rows").attributes["href"])
        assert len(listed.all("a", class_="row-link")) == count, part


async def test_what_there_is_to_say_without_a_time_to_compare_with(
    installation: Installed, owner: Browser
) -> None:
    empty = await owner.open("/investigate")
    assert "There were no calls in either time." in empty.text
    assert "Nothing was called in either time." in empty.text
    await installation.record(a_call(ago_ms=DAY_MS))
    new = await owner.open("/investigate")
    assert "All of the $0.000045 is new: there were no calls in the time before." in new.text
    assert not new.all("ol", class_="causes")
    gone = await owner.open("/investigate?from=2026-03-01T00:00:00Z")
    assert "Spend fell by all of the $0.000045: there were no calls." in gone.text
    assert "\u2212$0.000 045" in gone.text.replace("\u202f", " ")


async def test_a_form_for_other_days_leads_to_the_plain_address(owner: Browser) -> None:
    await owner.open("/investigate?compareFrom=2026-02-01&compareThrough=2026-02-03&range=24h")
    assert owner.status == 303
    assert owner.headers["location"] == "/investigate?compareFrom=2026-02-01&range=24h&compareTo=2026-02-04"
    page = await owner.open(owner.headers["location"])
    assert "1 Feb \u2013 3 Feb 2026" in page.text
    assert "not equally long" in page.text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("compareTo=2026-02-01", "compareFrom"),
        ("compareFrom=2026-02-03&compareTo=2026-02-01", "compareFrom"),
        ("compareFrom=yesterday", "compareFrom"),
        ("compareThrough=soon", "compareThrough"),
        ("compare=none", "compare"),
    ],
)
async def test_what_makes_no_sense_is_refused(owner: Browser, query: str, field: str) -> None:
    page = await owner.open(f"/investigate?{query}")
    assert owner.status == 400
    assert field in page.text


async def test_the_overview_leads_here(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call(ago_ms=DAY_MS), a_call(ago_ms=9 * DAY_MS))
    page = await owner.open("/?model=gpt-4o-mini")
    (link,) = [each for each in page.all("a") if each.text == "Why it changed"]
    assert link.attributes["href"] == "/investigate?model=gpt-4o-mini"
