"""Every page with figures, read off its HTML: it says what plain Python and the API say of the calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlencode

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from farthing.rules.events import UsageEvent
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS
from tests.installations import EMAIL, NOW, PASSWORD, Installed
from tests.oracle.plain import text
from tests.web.browsing import Browser
from tests.web.explored import CALLS, Asked, figure
from tests.web.reader import Node

_START: Final = NOW - 2 * DAY_MS
_END: Final = NOW + 1
_RANKINGS: Final = {
    "Endpoints": "endpoint_tag",
    "Models": "model",
    "Users": "user_id",
    "Tenants": "tenant_id",
    "Prompt versions": "prompt_version",
    "Providers": "provider",
}
_LISTS: Final = {
    "/features": "endpoint_tag",
    "/models": "model",
    "/users": "user_id",
    "/tenants": "tenant_id",
}
_FILTERS: Final = st.lists(
    st.sampled_from(
        [("userId", "a"), ("userId", "!a"), ("model", "mini"), ("status", "error"), ("dataMode", "all")]
    ),
    max_size=3,
    unique=True,
)
Calls = Sequence[UsageEvent]
Open = Callable[[str], Any]


def amount(node: Node) -> Decimal:
    """The first exact amount inside; without one nothing is known to have been spent."""
    found = node.all("data", class_="money")
    return Decimal(found[0].attributes["value"]) if found else Decimal(0)


def is_bound(node: Node) -> bool:
    """Whether more may be missing of an amount: "at least so much", or nothing known at all."""
    return bool(node.all("span", class_="at-least")) or node.one("data", class_="money").text == "unpriced"


def number(node: Node) -> int:
    return int(node.text.replace(",", ""))


def cost(calls: Calls) -> Decimal:
    return figure(calls, "cost") or Decimal(0)


def by(calls: Calls, dimension: str) -> dict[str, list[UsageEvent]]:
    """The calls by their value of a dimension."""
    groups: dict[str, list[UsageEvent]] = {}
    for each in calls:
        groups.setdefault(text(each, dimension), []).append(each)
    return groups


def costs(calls: Calls, dimension: str) -> dict[str, Decimal]:
    return {name: cost(found) for name, found in by(calls, dimension).items()}


def unpriced(calls: Calls) -> int:
    return sum(each.cost_picousd is None for each in calls)


def check_figures(page: Node, calls: Calls) -> None:
    """The row of figures that leads a page."""
    facts = {each.attributes["data-measure"]: each for each in page.all("div", class_="fact")}
    value = {name: each.one("dd", class_="value") for name, each in facts.items()}
    assert amount(value["cost"]) == cost(calls)
    assert is_bound(value["cost"]) == bool(unpriced(calls))
    assert number(value["requests"]) == len(calls)
    assert amount(value["cost_per_request"]) == (figure(calls, "cost_per_request") or 0)
    assert number(value["unpriced_requests"]) == unpriced(calls)


async def check_overview(open_page: Open, calls: Calls) -> None:
    page = await open_page("/")
    check_figures(page, calls)
    table = page.one("details", id="spend-numbers").one("table")
    names = [each.text for each in table.one("thead").all("th")[1:-1]]
    sums = [amount(each) for each in table.one("tfoot").all("td")]
    assert dict(zip(names, sums, strict=False)) == costs(calls, "model")
    assert sums[-1] == cost(calls)
    for row in table.one("tbody").all("tr"):
        cells = [amount(each) for each in row.all("td")]
        assert sum(cells[:-1]) == cells[-1]
    assert sum(amount(row.all("td")[-1]) for row in table.one("tbody").all("tr")) == cost(calls)
    for title, dimension in _RANKINGS.items():
        ranking = page.one("section", class_="ranking", aria_label=title)
        ranks = {
            rank.one("a", class_="rank-name").text: amount(rank) for rank in ranking.all("li", class_="rank")
        }
        assert ranks == costs(calls, dimension)


async def check_lists(open_page: Open, calls: Calls) -> None:
    for path, dimension in _LISTS.items():
        page = await open_page(path)
        rows = page.one("table", class_="values").one("tbody").all("tr")
        shown = {row.one("th").text: (amount(row.all("td")[0]), number(row.all("td")[3])) for row in rows}
        assert shown == {name: (cost(found), len(found)) for name, found in by(calls, dimension).items()}


async def check_one(open_page: Open, calls: Calls) -> None:
    model, found = max(by(calls, "model").items())
    page = await open_page(f"/models/one?model={quote(model)}")
    check_figures(page, found)
    moments = page.one("details", id="value-numbers").one("tbody").all("tr")
    assert sum(amount(row.all("td")[0]) for row in moments) == cost(found)
    assert sum(number(row.all("td")[1]) for row in moments) == len(found)


async def check_requests(open_page: Open, calls: Calls) -> None:
    page = await open_page("/requests")
    head = page.one("p", class_="when")
    assert f"{len(calls)} request" in head.text
    assert amount(head) == cost(calls)
    rows = page.one("table", class_="table-rows").one("tbody").all("tr")
    shown = sorted(amount(row.all("td")[-1]) for row in rows)
    assert shown == sorted(cost([each]) for each in calls)


async def check_prompts(open_page: Open, calls: Calls) -> None:
    page = await open_page("/prompts")
    shown = {}
    for group in page.one("table").all("tbody"):
        head, *rows = group.all("tr")
        endpoint = head.one("bdi").text
        for row in rows:
            version = row.one("bdi").attributes["title"]
            cells = row.all("td")
            shown[endpoint, version] = number(cells[1]), amount(cells[3])
    told = {
        (endpoint, version): (len(found), cost(found))
        for endpoint, of_it in by(calls, "endpoint_tag").items()
        for version, found in by(of_it, "prompt_version").items()
    }
    assert shown == told


async def check_investigate(open_page: Open, calls: Calls, before: Calls) -> None:
    page = await open_page("/investigate")
    falls = page.all("table", class_="falls")
    if not falls:  # as there is nothing to compare with
        assert not before
        return
    first, *parts, last = [amount(row) for row in falls[0].one("tbody").all("tr")]
    assert (first, last) == (cost(before), cost(calls))
    assert first + sum(parts) == last


async def check_quality(open_page: Open, calls: Calls) -> None:
    page = await open_page("/data-quality")
    assert f"over {len(calls)} calls" in page.one("div", data_measure="score").text


@settings(
    max_examples=20,
    phases=(Phase.reuse, Phase.generate),  # making an example smaller takes minutes, and it is small
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(events=CALLS, filters=_FILTERS)
async def test_every_page_says_what_plain_python_and_the_api_say_of_the_calls(
    installation: Installed, owner: Browser, events: list[UsageEvent], filters: list[tuple[str, str]]
) -> None:
    asked = Asked("cost", (), "none", 1, tuple(filters))
    if asked.contradicts:
        return
    storage = installation.parts.storage
    before = deepcopy(vars(storage))
    workspace_id = installation.membership.workspace.id
    sent = [
        replace(each, workspace_id=workspace_id, external_request_id=str(place))
        for place, each in enumerate(events)
    ]
    window = {"from": instant(_START), "to": instant(_END)}
    view = urlencode([*window.items(), *filters])

    async def open_page(path: str) -> Node:
        page = await owner.open(f"{path}{'&' if '?' in path else '?'}{_without(view, path)}")
        assert owner.status == 200, page.text
        return page

    try:
        await storage.record(sent)
        passing = [each for each in sent if asked.passes(each)]
        calls = [each for each in passing if each.occurred_at >= _START]
        earlier = [each for each in passing if 2 * _START - _END <= each.occurred_at < _START]
        if calls:
            for check in (check_overview, check_lists, check_one, check_requests, check_prompts):
                await check(open_page, calls)
            await check_quality(open_page, calls)
            await check_investigate(open_page, calls, earlier)
        await check_api(owner, view, calls)
    finally:
        vars(storage).clear()
        vars(storage).update(before)


def _without(view: str, path: str) -> str:
    """The parameters without the filter of a page that is about one model."""
    return view.replace("&model=mini", "") if path.startswith("/models/one") else view


async def check_api(owner: Browser, view: str, calls: Calls) -> None:
    sent = {"email": EMAIL, "password": PASSWORD}
    token = (await owner.client.post("/v1/auth/login", json=sent)).json()["accessToken"]
    answer = await owner.client.get(
        f"/v1/dashboard/overview?{view}", headers={"Authorization": f"Bearer {token}"}
    )
    total = answer.json()["total"]
    assert (Decimal(total["amountUsd"]), total["requests"]) == (cost(calls), len(calls))
