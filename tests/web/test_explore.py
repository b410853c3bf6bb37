"""Explore: what its tables say is what plain Python says of the calls; its links lead to what they name."""

from __future__ import annotations

import json
from copy import deepcopy
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from farthing.actions.keys.key_settings import KeySettings
from farthing.actions.keys.manage_api_keys import create_api_key
from farthing.actions.views.manage_views import add_view
from farthing.actions.views.view_fields import NewView
from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.events import UsageEvent
from farthing.rules.periods import DAY_MS, HOUR_MS
from tests.installations import NOW, Installed, a_call
from tests.storages import Changed
from tests.web.browsing import Browser
from tests.web.explored import CALLS, Asked, shown_buckets, shown_groups, told_buckets, told_groups
from tests.web.reader import Node

CHART = {"measure": "cost", "by": "model", "step": "day", "limit": "10"}


def rows(page: Node) -> list[Node]:
    return page.one("table", id="explore-groups").one("tbody").all("tr")


def path(address: str, **params: str) -> str:
    return f"{address}?{'&'.join(f'{name}={value}' for name, value in params.items())}"


def following(link: Node) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link.attributes["href"]).query))


async def traffic(installation: Installed) -> None:
    await installation.record(
        *(a_call(n * DAY_MS + HOUR_MS, user_id=f"u{n}", input_tokens=1_000 * n + 100) for n in range(6)),
        a_call(HOUR_MS, model="gpt-4o", user_id="u1", endpoint_tag="</script>"),
        a_call(HOUR_MS, provider="nobody", model="foo-2", user_id="u0"),
    )


_asked = st.builds(
    Asked,
    measure=st.sampled_from(
        [
            *("cost", "requests", "errors", "error_rate", "retries", "retry_rate"),
            *("cost_per_request", "latency_mean", "latency_p95"),
        ]
    ),
    dimensions=st.sampled_from([(), ("user_id",), ("model", "user_id"), ("status",), ("data_mode", "model")]),
    step=st.sampled_from(["none", "day"]),
    limit=st.integers(1, 4),
    filters=st.lists(
        st.sampled_from(
            [("userId", "a"), ("userId", "!a"), ("model", "mini"), ("status", "error"), ("dataMode", "all")]
        ),
        max_size=3,
        unique=True,
    ).map(tuple),
)


@settings(
    max_examples=25,
    phases=(Phase.reuse, Phase.generate),  # making an example smaller takes minutes, and it is small
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(events=CALLS, asked=_asked)
async def test_every_figure_on_the_page_is_what_plain_python_says_of_the_calls(
    installation: Installed, owner: Browser, events: list[UsageEvent], asked: Asked
) -> None:
    storage = installation.parts.storage
    before = deepcopy(vars(storage))
    workspace_id = installation.membership.workspace.id
    sent = [
        replace(each, workspace_id=workspace_id, external_request_id=str(number))
        for number, each in enumerate(events)
    ]
    try:
        await storage.record(sent)
        page = await owner.open(asked.address(NOW - 4 * DAY_MS, NOW + 1))
        if asked.contradicts:
            assert owner.status == 400
            return
        assert owner.status == 200, page.text
        passing = [each for each in sent if asked.passes(each)]
        if not passing:
            assert "No call matches" in page.text
            return
        assert shown_groups(page, asked) == told_groups(passing, asked)
        if asked.step == "day":
            assert shown_buckets(page) == told_buckets(passing, asked, NOW - 4 * DAY_MS, NOW + 1)
    finally:
        vars(storage).clear()
        vars(storage).update(before)


async def test_a_fresh_page_shows_something_and_says_so_in_its_address(owner: Browser) -> None:
    await owner.open("/explore?range=30d&model=gpt-4o")
    assert owner.status == 303
    place = dict(parse_qsl(urlsplit(owner.headers["location"]).query))
    assert place == {
        "measure": "cost",
        "by": "model",
        "step": "auto",
        "limit": "10",
        "range": "30d",
        "model": "gpt-4o",
    }


async def test_every_mark_leads_to_the_view_of_it_alone_and_to_its_rows(
    installation: Installed, owner: Browser
) -> None:
    await traffic(installation)
    page = await owner.open(path("/explore", **CHART))
    for row in rows(page):
        name = row.attributes["data-group"]
        alone, behind = row.all("a")
        assert following(alone) | {"model": name} == following(alone)
        assert following(alone)["measure"] == "cost"
        assert urlsplit(behind.attributes["href"]).path == "/requests"
        assert following(behind) == {"model": name}
        listed = await owner.open(behind.attributes["href"])
        assert f"{row.all('td')[-2].text} request" in listed.text
    chart = json.loads(page.one("div", id="explore-chart").attributes["data-chart"])
    assert {series["name"]: series["filters"] for series in chart["series"]} == {
        row.attributes["data-group"]: [["model", row.attributes["data-group"]]] for row in rows(page)
    }
    assert all(urlsplit(link).path == "/explore" and "from=" in link for link in chart["links"])


@pytest.mark.parametrize(
    ("params", "forms"),
    [
        ({"measure": "cost", "step": "day"}, ["Stacked bars", "Lines", "Table"]),
        (
            {"measure": "latency_p95", "by": "model", "step": "day"},
            ["Lines", "Bar list", "Heat map", "Table"],
        ),
        ({"measure": "cost", "by": "model"}, ["Bar list", "Table"]),
        ({"measure": "error_rate", "by": "model&by=userId"}, ["Heat map", "Bar list", "Table"]),
        ({"measure": "requests"}, ["Table"]),
    ],
)
async def test_only_forms_that_suit_the_question_are_offered(
    installation: Installed, owner: Browser, params: dict[str, str], forms: list[str]
) -> None:
    await traffic(installation)
    page = await owner.open(path("/explore", **params))
    links = page.one("nav", aria_label="Form").all("a")
    assert [link.text for link in links] == forms
    for link in links:
        shown = await owner.open(link.attributes["href"])
        assert owner.status == 200
        assert rows(shown) or not params.get("by")


async def test_whatever_is_chosen_next_can_be_shown(installation: Installed, owner: Browser) -> None:
    await traffic(installation)
    page = await owner.open("/explore?measure=cost&by=model&by=userId&step=day&form=bars&limit=5")
    for link in page.one("section", id="question").all("a"):
        await owner.open(link.attributes["href"])
        assert owner.status == 200, link.attributes["href"]


async def test_the_key_of_a_heat_map_says_from_what_to_what(installation: Installed, owner: Browser) -> None:
    await traffic(installation)
    page = await owner.open("/explore?measure=requests&by=model&by=userId&step=none&form=heat&limit=50")
    cells = [int(each.attributes["value"]) for each in page.one("table", class_="heat").all("data")]
    ends = [int(each.attributes["value"]) for each in page.one("p", class_="heat-key").all("data")]
    assert ends == [min(cells), max(cells)]


async def test_what_does_not_suit_is_refused_with_what_would(owner: Browser) -> None:
    page = await owner.open("/explore?measure=latency_p95&by=model&step=day&form=bars")
    assert (owner.status, "line, list, heat, table" in page.text) == (400, True)


async def test_another_range_keeps_whether_it_is_over_time(owner: Browser) -> None:
    page = await owner.open("/explore?measure=cost&by=model&step=day")
    month = next(link for link in page.one("details", id="range").all("a") if "30 days" in link.text)
    assert following(month)["step"] == "auto"
    plain = await owner.open("/explore?measure=cost&by=model&step=none")
    month = next(link for link in plain.one("details", id="range").all("a") if "30 days" in link.text)
    assert following(month)["step"] == "none"


async def test_keys_are_called_by_their_names_and_hostile_names_are_text(
    installation: Installed, owner: Browser
) -> None:
    await create_api_key(installation.parts, installation.asker, KeySettings(name="Checkout"))
    await traffic(installation)
    page = await owner.open("/explore?measure=requests&by=apiKey")
    assert [row.attributes["data-group"] for row in rows(page)] == ["First key"]
    hostile = await owner.open("/explore?measure=cost&by=endpointTag&step=day")
    assert "</script>" in [row.attributes["data-group"] for row in rows(hostile)]


async def test_every_dimension_can_be_split_by(installation: Installed, owner: Browser) -> None:
    await traffic(installation)
    for dimension in DIMENSIONS.values():
        page = await owner.open(f"/explore?measure=requests&by={dimension.wire}&step=none&compare=none")
        shown = sum(int(row.all("td", class_="number")[0].text) for row in rows(page))
        assert (owner.status, shown) == (200, 8)


async def test_a_view_is_saved_changed_pinned_and_removed(installation: Installed, owner: Browser) -> None:
    await traffic(installation)
    page = await owner.open(path("/explore", **CHART))
    await owner.open(next(a for a in page.all("a") if a.text == "Save as…").attributes["href"])
    question = {"question": "measure=cost&by=model&step=day&limit=10"}
    wrong = await owner.send("/explore/views/new", question | {"name": " "})
    assert (owner.status, "must have 1 to" in wrong.text) == (400, True)
    await owner.send("/explore/views/new", question | {"name": "Models", "pinned": "1"})
    assert owner.headers["location"] == f"/explore?{question['question']}&view=viw_1"
    page = await owner.open("/explore?view=viw_1")
    assert owner.headers["location"] == f"/explore?{question['question']}&view=viw_1"
    page = await owner.open(owner.headers["location"])
    assert (page.one("h1").text, "Update the view" in page.text) == ("Models", False)
    page = await owner.open("/explore?measure=requests&by=model&step=day&limit=10&view=viw_1")
    assert "Update the view" in page.text
    await owner.send("/explore/views/viw_1/question", {"question": "measure=requests&by=model&view=viw_1"})
    assert owner.headers["location"] == "/explore?measure=requests&by=model&view=viw_1"
    overview = await owner.open("/")
    pin = overview.one("section", id="pin-1")
    assert (pin.one("h2").text, "Requests by model" in pin.text) == ("Models", True)
    await owner.open("/explore/views")
    await owner.send("/explore/views/viw_1/pin", {})
    assert not (await owner.open("/")).all("section", id="pin-1")
    await owner.open("/explore/views/viw_1")
    await owner.send("/explore/views/viw_1", {"name": "Calls", "shared": "1"})
    assert "everybody here" in (await owner.open("/explore/views")).text
    asked = await owner.open("/explore/views/viw_1/remove")
    assert "Remove Calls?" in asked.text
    await owner.send("/explore/views/viw_1/remove", {})
    assert "No saved views yet" in (await owner.open("/explore/views")).text


async def test_a_pinned_view_has_its_own_filters_and_one_that_makes_no_sense_any_more_says_so(
    installation: Installed, owner: Browser
) -> None:
    await traffic(installation)
    question: dict[str, str | list[str]] = {"measure": "requests", "by": "model", "dataMode": "demo"}
    view = await add_view(
        installation.parts, installation.asker, NewView(name="demo", question=question, is_pinned=True)
    )
    pin = (await owner.open("/")).one("section", id="pin-1")
    assert "No call matches" in pin.text

    spoilt = replace(view, question=(("measure", "cost"), ("apiKey", "key_zz")))
    assert await Changed(installation.parts.storage).change_saved_view(spoilt) is not None
    overview = await owner.open("/")
    assert "can\u2019t be shown any more: apiKey" in overview.one("section", id="pin-1").text
    assert owner.status == 200


async def test_what_is_shown_can_be_taken_out(installation: Installed, owner: Browser) -> None:
    await traffic(installation)
    page = await owner.open("/explore?measure=requests&by=model&by=userId&limit=3&view=viw_9")
    form = page.one("details", id="export").one("form")
    carried = [(each.attributes["name"], each.attributes["value"]) for each in form.all("input")]
    answer = await owner.client.get("/export/report", params=[*carried, ("format", "csv")])
    lines = answer.text.split("\r\n")
    assert lines[0] == "model,userId,requests,requestsBefore,unpricedRequests,unpricedRequestsBefore"
    assert len(lines) == 6
    assert sum(int(line.split(",")[2]) for line in lines[1:-1]) == 8
