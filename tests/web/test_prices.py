"""Prices as pages: the catalogue, a model, the queue of unknown ones, own prices, and re-pricing."""

from __future__ import annotations

from typing import Any, Final

import pytest

from farthing.jobs.runner import next_job, run_job
from farthing.rules.ids import request_id_text
from tests.installations import PASSWORD, Installed, a_call
from tests.web.browsing import Browser
from tests.web.reader import Node

DAY_MS: Final = 24 * 3_600_000
UNKNOWN: Final[dict[str, Any]] = {"provider": "openai", "model": "gpt-4o-nano", "input_tokens": 1_000}
ALIAS: Final = {
    "provider": "openai",
    "name": "gpt-4o-nano",
    "target_provider": "openai",
    "target_model": "gpt-4o-mini",
}


async def do_jobs(installation: Installed) -> None:
    while (job := await next_job(installation.parts)) is not None:
        assert (await run_job(installation.parts, job)).state == "succeeded"


async def viewer_of(installation: Installed) -> Browser:
    await installation.join("vi@example.com", "viewer")
    viewer = Browser(installation.parts)
    await viewer.open("/signin")
    await viewer.send("/signin", {"email": "vi@example.com", "password": PASSWORD, "next": "/"})
    return viewer


def wrong(page: Node) -> dict[str, str]:
    problems = page.all("p", class_="field-error")
    return {each.attributes["id"].removesuffix("-problem"): each.text for each in problems}


def forms(page: Node, action: str) -> list[dict[str, str]]:
    """The hidden fields of each form that goes there."""
    return [
        {each.attributes["name"]: each.attributes["value"] for each in form.all("input", type="hidden")}
        for form in page.all("form", action=action)
    ]


def suggested(page: Node) -> list[dict[str, str]]:
    """What each button of the queue says that a model is."""
    return [each for each in forms(page, "/prices/unknown") if "target_model" in each]


async def test_what_was_used_stands_before_the_list_and_leads_to_its_requests(
    installation: Installed, owner: Browser
) -> None:
    assert not (await owner.open("/prices")).all("section", aria_labelledby="used-title")
    await installation.record(a_call(), a_call(ago_ms=2), a_call(**UNKNOWN), a_call(ago_ms=40 * DAY_MS))
    page = await owner.open("/prices")
    used = page.one("section", aria_labelledby="used-title")
    known, unknown = used.one("tbody").all("tr")
    assert known.one("a", class_="price-name").text == "gpt-4o-mini"
    rows, requests = known.all("td")[:2]
    assert (rows.one("data").attributes["value"], requests.text) == ("0.00009", "2")
    assert rows.one("a").attributes["href"] == "/requests?range=30d&provider=openai&model=gpt-4o-mini"
    assert [each.text for each in known.all("td")[2:5]] == ["$0.15", "$0.60", "$0.075"]
    assert unknown.one("a", class_="badge").attributes["href"] == "/prices/unknown"
    every = page.one("section", aria_labelledby="all-title")
    assert len(every.one("tbody").all("tr")) == 50
    page = await owner.open("/prices?page=2")
    assert not page.all("section", aria_labelledby="used-title")
    page = await owner.open("/prices?q=GPT-4O-MINI&provider=openai")
    assert {"gpt-4o-mini", "gpt-4o-mini-tts"} <= {each.text for each in page.all("a", class_="price-name")}
    page = await owner.open("/prices?q=nobody-has-this")
    assert "No listed model or alias has nobody-has-this in its name" in page.text
    await owner.open("/prices?colour=red")
    assert owner.status == 400


async def test_a_model_tells_what_it_costs_since_when_and_what_others_say(owner: Browser) -> None:
    page = await owner.open("/prices/model?provider=OpenAI&model=gpt-4o-2024-11-20")
    assert page.one("h1").text == "gpt-4o"
    assert "Not called here in the last 30 days" in page.text
    now = page.one("section", aria_labelledby="now-title")
    assert now.one("tbody").text.startswith("Input$2.501M tokenslisted")
    assert "batch" in page.one("section", aria_labelledby="listed-title").text
    page = await owner.open("/prices/model?provider=openai&model=o3")
    assert page.one("svg", role="img").all("polyline")
    steps = page.one("section", aria_labelledby="history-title").one("tbody")
    assert "Input $10.00 → $2.00" in steps.text
    page = await owner.open("/prices/disagreements?kind=price")
    first = page.one("section", aria_label="Disagreements").one("tbody").all("tr")[0]
    page = await owner.open(first.one("th").one("a").attributes["href"])
    assert "Where the sources differ" in page.text
    await owner.open("/prices/model?provider=openai&model=gpt-4o-nano")
    assert (owner.status, "close to it" in owner.answer.text) == (404, True)
    await owner.open("/prices/model?model=gpt-4o")
    assert owner.status == 400


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("model=gpt-4o&provider=openai&inputTokens=1&cachedInputTokens=2", "cachedInputTokens"),
        ("model=gpt-4o&provider=openai&inputTokens=many", "inputTokens"),
        ("inputTokens=1", "model"),
        ("model=gpt-4o&provider=openai&at=yesterday", "at"),
    ],
)
async def test_what_is_wrong_with_a_quote_stands_at_its_field(owner: Browser, query: str, field: str) -> None:
    page = await owner.open(f"/prices/cost?{query}")
    assert (owner.status, set(wrong(page))) == (400, {field})
    assert "Tokens" not in wrong(page)[field]
    assert not page.all("section", class_="receipt")


async def test_a_quote_is_the_receipt_that_the_call_would_have(owner: Browser) -> None:
    page = await owner.open(
        "/prices/cost?provider=openai&model=gpt-4o&inputTokens=1200&cachedInputTokens=1000&outputTokens=77"
    )
    receipt = page.one("section", class_="receipt")
    assert receipt.one("tfoot").one("data").attributes["value"] == "0.00252"
    line = receipt.one("tbody").all("tr")[0]
    assert line.one("a").attributes["href"] == "/prices/model?provider=openai&model=gpt-4o"
    assert page.one("input", id="inputTokens").attributes["value"] == "1200"
    page = await owner.open("/prices/cost?model=gpt-4o&inputTokens=1")
    assert (owner.status, "Several providers list" in page.text) == (404, True)


async def test_an_unknown_model_is_mended_in_one_click_and_its_calls_are_offered_to_be_priced(
    installation: Installed, owner: Browser
) -> None:
    assert "Nothing is unknown" in (await owner.open("/prices/unknown?range=90d")).text
    await installation.record(a_call(**UNKNOWN), a_call(ago_ms=3_600_000, **UNKNOWN))
    await owner.open("/prices/unknown")
    assert owner.headers["location"] == "/prices/unknown?range=90d"
    page = await owner.open("/prices/unknown?range=90d")
    assert "2 of 2 requests without a full price" in page.one("p", class_="when").text
    first = suggested(page)[0]
    assert (first["name"], first["target_provider"]) == ("gpt-4o-nano", "openai")
    await owner.send("/prices/unknown", first | {"view": "range=30d&dataMode=all"})
    assert owner.headers["location"] == "/prices/unknown?range=30d&dataMode=all&alias=1"
    page = await owner.open(owner.headers["location"])
    told = page.one("div", class_="mended")
    assert "2 calls that were stored before have no full price yet" in told.text
    (scope,) = forms(told, "/prices/repricings")
    assert (scope["models"], scope["only_unpriced"]) == ("gpt-4o-nano", "on")
    await owner.send("/prices/repricings", scope)
    place = owner.headers["location"]
    page = await owner.open(place)
    assert "Waits for its turn" in page.one("div", id="progress").text
    assert not [each for each in page.all("a") if each.attributes["href"].endswith("/apply")]
    await do_jobs(installation)
    await owner.open(place, **{"hx-request": "true"})
    assert owner.headers["hx-redirect"] == place
    page = await owner.open(place)
    assert page.one("div", data_measure="changed").one("dd", class_="value").text == "2"
    assert page.one("div", data_measure="difference").one("dd", class_="value").text.startswith("+$0.000")
    assert "2026-03-01" in page.one("section", aria_labelledby="days-title").text
    assert (
        f"gpt-4o-nano → {first['target_model']}" in page.one("section", aria_labelledby="models-title").text
    )
    for title in ("models-title", "months-title"):
        before, after, _ = page.one("section", aria_labelledby=title).one("tbody").all("td")[-3:]
        assert ["unpriced" in each.text for each in (before, after)] == [True, False]
    page = await owner.open(f"{place}/apply")
    assert "known costs go from unpriced to $" in page.one("main").text
    assert "2 calls have no full price now, 0 afterwards." in page.one("main").text


async def test_what_was_previewed_is_applied_and_reverted_after_a_second_look(
    installation: Installed, owner: Browser
) -> None:
    (number,) = await installation.record(a_call(**UNKNOWN))
    await owner.open("/prices/aliases/new")
    await owner.send("/prices/aliases/new", ALIAS)
    assert owner.headers["location"] == "/prices/unknown?range=90d&alias=1"
    await owner.open("/prices/repricings")
    await owner.send("/prices/repricings", {"models": "gpt-4o-nano, other"})
    await do_jobs(installation)
    place = owner.headers["location"]
    page = await owner.open(f"{place}/apply")
    assert "Change 1 call?" in page.text
    await owner.send(f"{place}/apply", {})
    await do_jobs(installation)
    request = f"/requests/{request_id_text(number)}"
    assert "openai · gpt-4o-mini" in (await owner.open(request)).one("section", class_="receipt").text
    page = await owner.open("/prices/unknown?range=90d&alias=1")
    assert not page.all("form", action="/prices/repricings")
    await owner.open("/prices/repricings")
    await owner.send(f"{place}/apply", {})
    assert owner.status == 409
    page = await owner.open(f"{place}/revert")
    assert "Give back to 1 call what they had?" in page.text
    await owner.send(f"{place}/revert", {})
    await do_jobs(installation)
    page = await owner.open("/prices/repricings")
    assert "reverted" in page.one("tbody").text
    assert "taken back" in (await owner.open(place)).one("div", data_measure="difference").text
    page = await owner.open("/prices/unknown?range=90d&alias=1")
    await owner.send("/prices/aliases/1/remove", {"back": "unknown"})
    page = await owner.open("/prices/unknown?range=90d&alias=1")
    assert not page.all("div", class_="mended")
    assert suggested(page)


async def test_what_is_wrong_with_an_own_price_stands_at_its_field_and_nothing_typed_is_lost(
    owner: Browser,
) -> None:
    await owner.open("/prices/own/new?provider=openai&model=gpt-4o")
    page = await owner.open("/prices/own/new?provider=openai&model=gpt-4o")
    assert "listed $2.5" in page.one("p", id="rate_input_uncached-hint").text
    given = {
        "provider": "openai",
        "model": "gpt-4o",
        "rate_input_uncached": "cheap",
        "rate_pages": "-1",
        "discount": "120",
        "discount_units": "reasoning",
        "start": "2026-03-01T00:00",
        "end": "2026-02-01T00:00",
        "note": "x" * 1_001,
    }
    page = await owner.send("/prices/own/new", given)
    assert owner.status == 400
    assert set(wrong(page)) == {"rate_input_uncached", "rate_pages", "discount", "end", "note"}
    assert page.one("input", id="rate_input_uncached").attributes["value"] == "cheap"
    page = await owner.send("/prices/own/new", {"provider": "openai"})
    assert set(wrong(page)) == {"rates"}
    page = await owner.send("/prices/own/new", {"provider": " ", "discount": "5"})
    assert set(wrong(page)) == {"provider"}
    await owner.open("/prices/aliases/new")
    page = await owner.send("/prices/aliases/new", ALIAS | {"target_model": "gpt-9"})
    assert (owner.status, set(wrong(page))) == (400, {"target_model"})
    assert "is no model of openai with a price; close to it: gpt-" in wrong(page)["target_model"]
    assert page.one("input", id="name").attributes["value"] == "gpt-4o-nano"


async def test_an_own_price_is_set_ended_and_removed_and_calls_are_offered_to_be_priced_anew(
    installation: Installed, owner: Browser
) -> None:
    await owner.open("/prices/own/new")
    given = {"provider": "openai", "model": "gpt-4o-mini", "rate_input_uncached": "$0.10"}
    await owner.send("/prices/own/new", given | {"start": "2026-02-01T00:00", "note": "contract 4711"})
    assert owner.headers["location"] == "/prices/own?made=1"
    page = await owner.open("/prices/own?made=1")
    assert "Input $0.10 for 1M tokens, in force" in page.one("div", class_="mended").text
    row = page.one("tr", id="own-1")
    assert "contract 4711" in row.text
    assert "from 1 Feb 2026, 00:00" in row.text
    page = await owner.send("/prices/own/new", given)
    assert set(wrong(page)) == {"start"}
    await installation.record(a_call())
    page = await owner.open("/requests")
    (row,) = page.one("table", class_="table-rows").one("tbody").all("tr")
    page = await owner.open(row.one("a", class_="row-link").attributes["href"])
    line = page.one("section", class_="receipt").one("tbody").all("tr")[0]
    assert line.one("a").attributes["href"] == "/prices/own#own-1"
    page = await owner.open("/prices/own/1/end")
    page = await owner.send("/prices/own/1/end", {"end": "2026-01-01T00:00"})
    assert (owner.status, set(wrong(page))) == (400, {"end"})
    await owner.send("/prices/own/1/end", {"end": "2026-02-20T00:00"})
    assert owner.headers["location"] == "/prices/own?made=2#own-2"
    page = await owner.open("/prices/own")
    assert "over" in page.one("tr", id="own-2", class_="revoked").text
    page = await owner.open("/prices/own/2/remove")
    await owner.send("/prices/own/2/remove", {})
    assert "No price of your own" in (await owner.open("/prices/own")).text
    await owner.open("/prices/own/2/remove")
    assert owner.status == 404


async def test_a_model_that_costs_nothing_is_said_to_cost_nothing(
    installation: Installed, owner: Browser
) -> None:
    page = await owner.open("/prices/own/new?provider=inhouse&model=llama&free=on")
    shown = {
        each.attributes["name"]: each.attributes["value"]
        for each in page.one("main").all("input")
        if "id" in each.attributes
    }
    assert (shown["rate_input_uncached"], shown["rate_output_visible"], shown["rate_reasoning"]) == (
        "0",
        "0",
        "",
    )
    await owner.send("/prices/own/new", shown)
    await installation.record(a_call(provider="inhouse", model="llama"))
    used = (await owner.open("/prices")).one("section", aria_labelledby="used-title").one("tbody")
    assert used.one("data").attributes["value"] == "0.00"
    assert "without a price" not in used.text


async def test_what_is_wrong_with_a_re_pricing_stands_at_its_field(owner: Browser) -> None:
    page = await owner.open("/prices/repricings?models=gpt-4o&only_unpriced=on")
    assert page.one("input", id="models").attributes["value"] == "gpt-4o"
    assert "checked" in page.one("input", name="only_unpriced").attributes
    page = await owner.send("/prices/repricings", {"start": "soon", "data_mode": "odd", "note": "x" * 2_000})
    assert (owner.status, set(wrong(page))) == (400, {"start", "data_mode", "note"})
    assert page.one("input", id="start").attributes["value"] == "soon"
    page = await owner.send("/prices/repricings", {"start": "2026-02-01", "end": "2026-01-01"})
    assert set(wrong(page)) == {"end"}
    await owner.open("/prices/repricings/rep_9")
    assert owner.status == 404


async def test_pricing_stored_calls_by_an_own_price_asks_for_them_by_the_names_that_they_have(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(a_call(provider="mistral", model="open-house-7", input_tokens=1_000))
    await owner.open("/prices/own/new")
    page = await owner.send("/prices/own/new", {"provider": "mistral", "model": "Open-House-7"})
    assert wrong(page) == {"rates": "There is neither a rate nor a discount: give at least one."}
    given = {"provider": "mistral", "model": "Open-House-7", "rate_input_uncached": "1"}
    await owner.send("/prices/own/new", given)
    told = (await owner.open(owner.headers["location"])).one("div", class_="mended")
    (scope,) = forms(told, "/prices/repricings")
    assert (scope["providers"], scope["models"]) == ("mistral", "open-house-7")
    assert "Price stored calls by it" in told.text


async def test_an_alias_made_from_a_view_goes_back_to_it_and_offers_the_calls_of_every_view(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(a_call(data_mode="demo", **UNKNOWN))
    page = await owner.open("/prices/unknown?range=7d&dataMode=demo")
    (other,) = [each for each in page.all("a") if "It is another model" in each.text]
    page = await owner.open(other.attributes["href"])
    (carried,) = [each for each in forms(page, "/prices/aliases/new") if "view" in each]
    await owner.send("/prices/aliases/new", ALIAS | {"view": carried["view"]})
    assert owner.headers["location"] == "/prices/unknown?range=7d&dataMode=demo&alias=1"
    for place in (owner.headers["location"], "/prices/unknown?range=90d&alias=1"):
        told = (await owner.open(place)).one("div", class_="mended")
        assert "1 call that was stored before has no full price yet" in told.text
        assert forms(told, "/prices/repricings")[0]["models"] == "gpt-4o-nano"


async def test_a_viewer_sees_prices_and_no_button(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call(**UNKNOWN))
    await owner.open("/prices/aliases/new")
    await owner.send("/prices/aliases/new", ALIAS)
    await owner.open("/prices/own/new")
    await owner.send("/prices/own/new", {"provider": "openai", "discount": "5"})
    await owner.open("/prices/repricings")
    await owner.send("/prices/repricings", {})
    await do_jobs(installation)
    viewer = await viewer_of(installation)
    for path in (
        "/prices",
        "/prices/model?provider=openai&model=gpt-4o-mini",
        "/prices/unknown?range=90d&alias=1",
        "/prices/own?made=1",
        "/prices/repricings",
        "/prices/repricings/rep_1",
    ):
        page = await viewer.open(path)
        assert viewer.status == 200, path
        assert not [
            each.attributes["action"]
            for each in page.one("main").all("form")
            if each.attributes.get("method") == "post"
        ]
        changing = ("/new", "/end", "/remove", "/apply", "/revert")
        assert not [
            each
            for each in page.one("main").all("a")
            if each.attributes["href"].partition("?")[0].endswith(changing)
        ], path
    await viewer.client.aclose()


async def test_a_lower_bound_leads_to_what_is_missing_of_it(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call())
    assert not (await owner.open("/")).all("a", class_="value-link")
    await installation.record(a_call(**UNKNOWN))
    page = await owner.open("/?range=30d&environment=prod&compare=none")
    links = {each.attributes["href"] for each in page.all("a", class_="value-link")}
    assert links == {"/prices/unknown?range=30d&environment=prod"}
    assert (await owner.open("/")).all("a", class_="value-link")[0].attributes["href"].endswith("?range=7d")
    page = await owner.open("/requests")
    told = page.one("p", class_="when").one("a")
    assert (told.text, told.attributes["href"]) == ("1 without a full price", "/prices/unknown?range=7d")
    page = await owner.open(told.attributes["href"])
    assert (owner.status, "1 of 2 requests" in page.text) == (200, True)
    (row,) = page.all("li", class_="channel")
    page = await owner.open(row.one("a", class_="channel-name").attributes["href"])
    assert len(page.one("table", class_="table-rows").one("tbody").all("tr")) == 1
    page = await owner.open(page.one("a", class_="row-link").attributes["href"])
    assert page.one("div", class_="receipt-notes").all("a", href="/prices/unknown")
