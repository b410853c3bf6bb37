"""The overview: its figures are the answers of the reports, whatever the names look like."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from farthing.actions.reads.ask_question import ask_question
from farthing.reports.question import Answer, Question
from farthing.rules.filters import Filters
from farthing.rules.periods import DAY_MS, HOUR_MS, Window, preset
from farthing.web.overview import questions
from tests.installations import NOW, Installed, a_call
from tests.storages import Changed
from tests.web.browsing import Browser
from tests.web.reader import Node

WEEK = preset("7d", NOW, ZoneInfo("UTC"))
LONG = "x" * 200
RIGHT_TO_LEFT = "\u0646\u0638\u0627\u0645-\u0627\u0644\u062f\u0641\u0639"
HOSTILE = "</script><script>alert('1')</script>\"'>"


async def total(installation: Installed, window: Window = WEEK, filters: Filters | None = None) -> Answer:
    question = Question(
        workspace_id=installation.membership.workspace.id,
        window=window,
        measures=("cost", "requests", "errors", "cost_per_request", "latency_p95", "cached_share"),
    )
    return await ask_question(installation.parts, replace(question, filters=filters or question.filters))


def figure(page: Node, measure: str) -> Node:
    return page.one("div", data_measure=measure)


def amount(node: Node) -> Decimal:
    """The first exact amount inside."""
    return Decimal(node.all("data", class_="money")[0].attributes["value"])


async def traffic(installation: Installed) -> None:
    """Two weeks: dearer calls in the second, some that fail, some without a price."""
    await installation.record(
        *(a_call(ago_ms=9 * DAY_MS + n, input_tokens=1_000) for n in range(3)),
        *(a_call(ago_ms=n * 7 * HOUR_MS + 60_000, input_tokens=2_000 + n, model="gpt-4o") for n in range(10)),
        *(a_call(ago_ms=n * HOUR_MS + 60_000, endpoint_tag=f"endpoint.{n}") for n in range(9)),
        a_call(ago_ms=HOUR_MS, status="error", error_code="timeout", input_tokens=0, output_tokens=0),
        a_call(ago_ms=HOUR_MS, provider="nobody", model="foo-2", input_tokens=500, output_tokens=20),
    )


async def test_the_figures_are_the_answer_of_the_reports(installation: Installed, owner: Browser) -> None:
    await traffic(installation)
    page = await owner.open("/")
    told = await total(installation)
    assert told.total["requests"] == 21
    assert amount(figure(page, "cost").one("dd", class_="value")) == told.total["cost"]
    assert figure(page, "requests").one("dd", class_="value").text == "21"
    assert "1 of 21" in figure(page, "errors").text
    assert figure(page, "unpriced_requests").one("dd", class_="value").text == "1"
    assert "520 tokens" in figure(page, "unpriced_requests").text


async def test_a_total_with_an_unpriced_call_is_a_lower_bound(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(a_call())
    plain = figure(await owner.open("/"), "cost")
    await installation.record(a_call(provider="nobody", model="foo-2"))
    bounded = figure(await owner.open("/"), "cost")
    assert "\u2265" not in plain.text
    assert bounded.one("dd", class_="value").text == "\u2265$0.000 045"
    assert amount(bounded) == amount(plain) == Decimal("0.000045")


async def test_the_spend_is_compared_with_the_period_before(installation: Installed, owner: Browser) -> None:
    await traffic(installation)
    page = await owner.open("/")
    before = await total(installation, WEEK.previous)
    change = figure(page, "cost").one("dd", class_="change")
    assert amount(change) == before.total["cost"] != 0
    without = await owner.open("/?compare=none")
    assert "from" not in figure(without, "cost").text


async def test_the_table_of_the_chart_adds_up_to_the_total(installation: Installed, owner: Browser) -> None:
    await traffic(installation)
    for address in ("/", "/?by=endpointTag", "/?by=environment&step=hour"):
        page = await owner.open(address)
        table = page.one("details", id="spend-numbers").one("table")
        rows = table.one("tbody").all("tr")
        shown = sum((amount(row.all("td")[-1]) for row in rows if row.all("td")[-1].all("data")), Decimal(0))
        bottom = table.one("tfoot").all("td")
        expected = (await total(installation)).total["cost"]
        assert shown == amount(bottom[-1]) == expected
        assert sum((amount(cell) for cell in bottom[:-1] if cell.all("data")), Decimal(0)) == expected


async def test_the_chart_draws_what_the_table_says(installation: Installed, owner: Browser) -> None:
    await traffic(installation)
    page = await owner.open("/")
    data = json.loads(page.one("div", id="spend-chart").attributes["data-chart"])
    drawn = sum(value or 0 for series in data["series"] for value in series["values"])
    told = (await total(installation)).total["cost"]
    assert abs(Decimal(drawn) - Decimal(str(told))) < Decimal("1e-12")
    assert len(data["buckets"]) == len(data["links"]) == len(data["totals"])
    assert data["buckets"][0].endswith("(from 12:00)")
    legend = [item.text.split()[0] for item in page.one("ul", class_="keys-of-chart").all("li")]
    assert legend == [series["name"] for series in data["series"]]


async def test_each_ranking_adds_up_to_the_total(installation: Installed, owner: Browser) -> None:
    await traffic(installation)
    page = await owner.open("/")
    expected = (await total(installation)).total["cost"]
    rankings = page.all("section", class_="ranking")
    assert len(rankings) == 6
    for ranking in rankings:
        assert (
            sum((Decimal(each.attributes["value"]) for each in ranking.all("data")), Decimal(0)) == expected
        )
    endpoints = page.one("section", class_="ranking", aria_label="Endpoints")
    assert endpoints.one("p", class_="rank-rest").text.startswith("4 more")


async def test_a_name_leads_to_its_view_and_to_its_requests(installation: Installed, owner: Browser) -> None:
    await traffic(installation)
    page = await owner.open("/?range=30d&status=success")
    models = page.one("section", class_="ranking", aria_label="Models")
    link = models.all("a", class_="rank-name")[0].attributes["href"]
    assert link == "/?range=30d&status=success&model=gpt-4o"
    rows = models.all("a", class_="rank-rows")[0].attributes["href"]
    assert rows == "/requests?range=30d&status=success&model=gpt-4o"
    headings = {
        each.text: each.attributes["href"] for each in page.all("a") if "range=30d" in each.attributes["href"]
    }
    assert headings["Prompt versions"] == "/prompts?range=30d&status=success"
    narrowed = await owner.open(link)
    assert figure(narrowed, "requests").one("dd", class_="value").text == "10"
    listed = await owner.open(rows)
    assert len(listed.one("tbody").all("tr")) == 10


async def test_names_of_any_kind_are_shown_as_they_are(installation: Installed, owner: Browser) -> None:
    names = (LONG, RIGHT_TO_LEFT, HOSTILE, "a&b=c;d/e?f#g", " spaced  out ")
    await installation.record(*(a_call(endpoint_tag=name, tenant_id=name, user_id=name) for name in names))
    page = await owner.open("/?by=endpointTag")
    assert not [node for node in page.all("script") if node.text]
    data = json.loads(page.one("div", id="spend-chart").attributes["data-chart"])
    assert {series["name"] for series in data["series"]} == {name.strip() for name in names}
    tenants = page.one("section", class_="ranking", aria_label="Tenants")
    for link in tenants.all("a", class_="rank-name"):
        narrowed = await owner.open(link.attributes["href"])
        assert figure(narrowed, "requests").one("dd", class_="value").text == "1"


async def test_calls_without_a_name_are_a_group_that_can_be_opened(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(a_call(user_id=None), a_call(user_id="unknown"), a_call(user_id="somebody"))
    page = await owner.open("/")
    users = page.one("section", class_="ranking", aria_label="Users")
    assert [link.text for link in users.all("a", class_="rank-name")] == ["unknown", "somebody"]
    narrowed = await owner.open(users.all("a", class_="rank-name")[0].attributes["href"])
    assert figure(narrowed, "requests").one("dd", class_="value").text == "2"


async def test_a_fresh_workspace_teaches_the_first_call(installation: Installed, owner: Browser) -> None:
    page = await owner.open("/")
    call = page.one("code", id="call").text
    prefix = installation.key.rpartition("_")[0]
    assert call.startswith("curl http://farthing.test/v1/ingest/llm-request")
    assert f"X-API-Key: {prefix}_" in call
    assert installation.key not in owner.answer.text
    waiting = page.one("p", role="status")
    assert waiting.attributes["hx-get"] == "/first-event"


async def test_the_waiting_page_is_told_when_the_first_event_has_come(
    installation: Installed, owner: Browser
) -> None:
    await owner.open("/first-event", **{"HX-Request": "true"})
    assert owner.status == 204
    await installation.record(a_call(data_mode="test"))
    await owner.open("/first-event", **{"HX-Request": "true"})
    assert (owner.status, owner.headers["HX-Redirect"]) == (200, "/?dataMode=test")


async def test_demo_data_comes_at_a_click_and_is_shown_as_such(owner: Browser) -> None:
    await owner.open("/")
    await owner.send("/demo", {})
    assert (owner.status, owner.headers["location"]) == (303, "/?dataMode=demo")
    page = await owner.open("/?dataMode=demo")
    assert int(figure(page, "requests").one("dd", class_="value").text.replace(",", "")) > 1_000
    assert "only demo calls are shown" in page.one("div", class_="banner").text


async def test_a_view_that_hides_everything_says_where_it_is(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call(data_mode="test"), a_call(data_mode="test"))
    page = await owner.open("/?range=24h")
    hidden = page.one("div", class_="nothing-here")
    assert "2 test calls" in hidden.text
    shown = await owner.open(hidden.one("a").attributes["href"])
    assert figure(shown, "requests").one("dd", class_="value").text == "2"


async def test_an_empty_range_leads_to_the_newest_call(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call(ago_ms=20 * DAY_MS, data_mode="demo"))
    page = await owner.open("/?range=24h")
    shown = await owner.open(page.one("div", class_="nothing-here").one("a").attributes["href"])
    assert figure(shown, "requests").one("dd", class_="value").text == "1"


async def test_a_name_is_compared_with_itself_in_the_period_before(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(
        a_call(ago_ms=9 * DAY_MS, user_id="steady"),
        a_call(user_id="steady"),
        a_call(user_id="steady"),
        a_call(user_id="newcomer"),
    )
    page = await owner.open("/")
    users = page.one("section", class_="ranking", aria_label="Users")
    changes = {rank.all("a")[0].text: rank.one("span", class_="rank-change") for rank in users.all("li")}
    assert changes["steady"].one("span", class_="unseen").text == "up 100 %"
    assert changes["newcomer"].text.startswith("new")
    without = await owner.open("/?compare=none")
    assert not any(span.text for span in without.all("span", class_="rank-change"))


async def test_nothing_is_new_when_there_was_nothing_before(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call())
    page = await owner.open("/")
    assert "no calls in the period before" in figure(page, "cost").text
    assert not any(span.text for span in page.all("span", class_="rank-change"))
    assert figure(page, "requests").one("dd", class_="change").text == ""


async def test_first_steps_offer_only_what_the_role_may_do(installation: Installed, owner: Browser) -> None:
    first = installation.membership
    for role, may_demo, may_keys in (
        ("owner", True, True),
        ("member", True, False),
        ("viewer", False, False),
    ):
        await Changed(installation.parts.storage).set_role(first.workspace.id, first.user.id, role)
        installation.parts.forget_people()
        page = await owner.open("/")
        assert ("Try demo data" in page.text) is may_demo
        assert ("Make another" in page.text) is may_keys
        assert ("Owners and admins make them" in page.text) is not may_keys


async def test_what_rows_alone_tell_is_told_of_the_newest(
    installation: Installed, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await installation.record(
        *(a_call(hours * HOUR_MS, endpoint_tag="x", prompt_version=f"v{hours}") for hours in (1, 2, 3)),
        a_call(4 * HOUR_MS, endpoint_tag="x", model="gpt-4o", prompt_version="v4"),
        a_call(9 * DAY_MS, endpoint_tag="x"),
    )
    address = "/?endpointTag=x&range=7d"
    whole = await owner.open(address)
    assert not whole.all("p", class_="kept")
    assert "gpt-4o" in whole.one("ul", class_="keys-of-chart").text
    monkeypatch.setattr(questions, "_ROWS_MAX", 3)
    page = await owner.open(address)
    lists = {each.attributes["aria-label"]: each for each in page.all("section", class_="ranking")}
    assert [each.text for each in lists["Models"].all("a", class_="rank-name")] == ["gpt-4o-mini"]
    assert len(lists["Prompt versions"].all("a", class_="rank-name")) == 4
    assert page.one("p", class_="kept").text.startswith(
        "Models, users, tenants and providers are those of the newest 3 requests, since "
    )
    assert page.one("dl", class_="figures").text == whole.one("dl", class_="figures").text
    assert "v4" in page.one("ul", class_="keys-of-chart").text
    (by_model,) = [each for each in page.one("details", id="by").all("a") if each.text == "Model"]
    chosen = await owner.open(by_model.attributes["href"])
    assert "gpt-4o" in chosen.one("ul", class_="keys-of-chart").text
