"""The list of requests and one request with its receipt."""

from __future__ import annotations

from decimal import Decimal

import pytest

from farthing.rules.ids import request_id_text
from farthing.rules.periods import HOUR_MS
from farthing.web.requests import listing
from tests.installations import Installed, a_call
from tests.web.browsing import Browser
from tests.web.reader import Node


def rows(page: Node) -> list[Node]:
    return page.one("table", class_="table-rows").one("tbody").all("tr")


def path_of(row: Node) -> str:
    return row.one("a", class_="row-link").attributes["href"].partition("?")[0]


async def test_requests_come_newest_first_and_every_page_goes_on(
    installation: Installed, owner: Browser
) -> None:
    ids = await installation.record(*(a_call(ago_ms=60_000 + n * 1_000) for n in range(120)))
    seen: list[str] = []
    address = "/requests?model=gpt-4o-mini"
    while True:
        page = await owner.open(address)
        seen += [path_of(row) for row in rows(page)]
        older = [link for link in page.all("a", class_="btn") if link.text == "Older"]
        if not older:
            break
        address = older[0].attributes["href"]
    assert seen == [f"/requests/{request_id_text(number)}" for number in ids]
    assert "120 requests, $0.0054" in page.one("p", class_="when").text
    newest = next(link for link in page.all("a", class_="btn") if link.text == "Newest")
    assert newest.attributes["href"] == "/requests?model=gpt-4o-mini"


async def test_a_row_shows_what_happened(installation: Installed, owner: Browser) -> None:
    await installation.record(
        a_call(ago_ms=60_000, latency_ms=2_310),
        a_call(ago_ms=70_000, status="error", error_code="timeout", input_tokens=0, output_tokens=0),
        a_call(ago_ms=80_000, provider="nobody", model="foo-2", user_id=None),
        a_call(ago_ms=90_000, status="cache_hit"),
    )
    page = await owner.open("/requests")
    shown = [[cell.text for cell in row.all("td")] for row in rows(page)]
    assert shown[0][2:] == ["gpt-4o-mini", "user_7f3a", "success", "120", "45", "2.31 s", "$0.000 045"]
    assert shown[1][4] == "error timeout"
    assert (shown[2][3], shown[2][-1]) == ("unknown", "unpriced")
    assert (shown[3][4], shown[3][-1]) == ("cache hit", "$0.000 000")


async def test_a_receipt_can_be_redone_by_hand(installation: Installed, owner: Browser) -> None:
    (number,) = await installation.record(
        a_call(model="gpt-4o", input_tokens=1_200, cached_input_tokens=1_000, output_tokens=77)
    )
    page = await owner.open(f"/requests/{request_id_text(number)}")
    receipt = page.one("section", class_="receipt")
    lines = receipt.one("tbody").all("tr")
    amounts = []
    for line in lines:
        count, rate, amount = line.all("td")
        assert rate.text.endswith("per 1M tokens")
        dollars = Decimal(rate.text.removesuffix(" per 1M tokens").removeprefix("$")) / 1_000_000
        redone = Decimal(count.text.replace(",", "")) * dollars
        assert Decimal(amount.one("data").attributes["value"]) == redone
        assert Decimal(amount.text.removeprefix("$").replace(" ", "")) == redone
        amounts.append(redone)
    assert [line.one("th").text.split(" listed")[0] for line in lines] == [
        "Input",
        "Cached input, read",
        "Output",
    ]
    total = receipt.one("tfoot").one("data").attributes["value"]
    assert Decimal(total) == sum(amounts) == Decimal("0.00252")
    assert "flat_fields" in receipt.text
    assert "price book as sent" in receipt.text


async def test_what_has_no_price_is_unknown_and_says_why(installation: Installed, owner: Browser) -> None:
    (number,) = await installation.record(a_call(provider="nobody", model="foo-2"))
    page = await owner.open(f"/requests/{request_id_text(number)}")
    receipt = page.one("section", class_="receipt")
    assert receipt.one("tfoot").one("td").text == "unknown"
    assert "not in the price book" in receipt.one("tbody").text
    assert "$0" not in receipt.text


async def test_a_hit_of_the_own_cache_costs_nothing_and_shows_what_it_spared(
    installation: Installed, owner: Browser
) -> None:
    (number,) = await installation.record(a_call(status="cache_hit"))
    page = await owner.open(f"/requests/{request_id_text(number)}")
    bottom = page.one("section", class_="receipt").one("tfoot").all("tr")
    assert [Decimal(row.one("data").attributes["value"]) for row in bottom] == [Decimal("0.000045"), 0]


async def test_every_stored_field_is_shown(installation: Installed, owner: Browser) -> None:
    (number,) = await installation.record(
        a_call(
            external_request_id="ext-1",
            feature_tag="beta",
            tenant_id="\u05e9\u05dc\u05d5\u05dd",
            model="gpt-4o-mini-2024-07-18",
            requested_model="gpt-4o-mini",
            environment="staging",
            data_mode="test",
            trace_id="abc123",
            tags={"team": "core"},
            metadata={"operation": "chat"},
            total_tokens=165,
        )
    )
    page = await owner.open(f"/requests/{request_id_text(number)}")
    fields = {
        field.one("dt").text: field.one("dd").text for field in page.all("div") if len(field.all("dt")) == 1
    }
    expected = {
        "Endpoint": "checkout.ai_summary",
        "Feature tag": "beta",
        "Tenant": "\u05e9\u05dc\u05d5\u05dd",
        "User": "user_7f3a",
        "Model": "gpt-4o-mini",
        "Model as sent": "gpt-4o-mini-2024-07-18",
        "Environment": "staging",
        "Data mode": "test",
        "External request id": "ext-1",
        "Input": "120",
        "Output": "45",
        "Totals are": "inclusive",
        "Latency": "820 ms",
    }
    assert expected.items() <= fields.items()
    assert "abc123" in page.text
    assert "core" in page.text
    assert fields["API key"].startswith("First key (fk_live_")


async def test_a_request_leads_back_to_the_list_it_was_opened_from(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(a_call())
    listed = await owner.open("/requests?range=30d&model=gpt-4o-mini")
    page = await owner.open(rows(listed)[0].one("a", class_="row-link").attributes["href"])
    assert page.one("a", class_="crumb").attributes["href"] == "/requests?range=30d&model=gpt-4o-mini"


@pytest.mark.parametrize("name", ["req_zzzz", "req_", "1", "req_-1", "..%2fsettings", "req_2S"])
async def test_a_request_that_is_not_there_is_404(owner: Browser, name: str) -> None:
    await owner.open(f"/requests/{name}")
    assert owner.status == 404


async def test_a_list_that_is_empty_offers_to_clear_the_filters(owner: Browser) -> None:
    page = await owner.open("/requests?model=none")
    assert page.one("div", class_="nothing-here").all("a")[0].attributes["href"] == "/requests"
    await owner.open("/requests?cursor=not-a-place")
    assert owner.status == 400


async def test_an_error_without_usage_says_so(installation: Installed, owner: Browser) -> None:
    (number,) = await installation.record(a_call(status="error", input_tokens=0, output_tokens=0))
    page = await owner.open(f"/requests/{request_id_text(number)}")
    receipt = page.one("section", class_="receipt")
    assert receipt.one("tbody").text == "No usage was reported."
    assert receipt.one("tfoot").one("data").attributes["value"] == "0.00"


def links(page: Node) -> dict[str, str]:
    """Where the pager leads, by its words."""
    return {link.text: link.attributes["href"] for link in page.one("nav", class_="pager").all("a")}


async def test_newer_leads_back_over_the_pages_that_older_led_to(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(*(a_call(ago_ms=60_000 + n * 1_000) for n in range(120)))
    first = await owner.open("/requests")
    second = await owner.open(links(first)["Older"])
    third = await owner.open(links(second)["Older"])
    assert list(links(third)) == ["Newest", "Newer"]
    back = await owner.open(links(third)["Newer"])
    assert [path_of(row) for row in rows(back)] == [path_of(row) for row in rows(second)]
    front = await owner.open(links(back)["Newer"])
    assert [path_of(row) for row in rows(front)] == [path_of(row) for row in rows(first)]
    assert list(links(front)) == ["Older"]
    await owner.open("/requests?cursor=1-1&newer=1-1")
    assert owner.status == 400


async def test_a_row_can_be_linked_open_and_shows_the_same_as_its_page(
    installation: Installed, owner: Browser
) -> None:
    (number,) = await installation.record(a_call())
    wire = request_id_text(number)
    page = await owner.open("/requests?model=gpt-4o-mini")
    assert "open" not in page.one("dialog", id="drawer").attributes
    row = rows(page)[0].one("a", class_="row-link").attributes
    assert row["hx-push-url"] == f"/requests?model=gpt-4o-mini&open={wire}"
    opened = await owner.open(row["hx-push-url"])
    drawer = opened.one("dialog", id="drawer")
    assert "open" in drawer.attributes
    alone = await owner.open(row["href"])
    assert drawer.one("section", class_="receipt").text == alone.one("section", class_="receipt").text
    assert drawer.attributes["data-list"] == "/requests?model=gpt-4o-mini"
    await owner.open("/requests?open=req_zzz")
    assert owner.status == 404


async def test_flags_and_modes_are_told_beside_the_status(installation: Installed, owner: Browser) -> None:
    await installation.record(
        a_call(data_mode="test", status="error", input_tokens=0, output_tokens=0, total_tokens=None),
        a_call(ago_ms=90_000, total_tokens=999),
    )
    listed = await owner.open("/requests?dataMode=all")
    assert [[mark.text for mark in row.all("span", class_="badge")] for row in rows(listed)] == [
        ["test", "test"],
        ["real", "total differs", "real", "total differs"],
    ]
    assert not rows(await owner.open("/requests"))[0].all("span", class_="badge-warn")


async def test_a_live_list_is_told_each_row_once(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call())
    page = await owner.open("/requests?model=gpt-4o-mini")
    switch = page.one("a", role="switch")
    assert switch.attributes["aria-checked"] == "false"
    live = await owner.open(switch.attributes["href"])
    section = live.one("section", id="rows")
    asked, after = section.attributes["data-live"], section.attributes["data-after"]
    assert asked == "/requests/live?model=gpt-4o-mini"
    assert len(rows(live)) == 1
    await installation.record(
        a_call(ago_ms=3_000_000, user_id="late"), a_call(model="gpt-4o"), a_call(user_id="new")
    )
    table = (await owner.open(f"{asked}&after={after}")).one("table")
    assert [row.all("td")[3].text for row in table.all("tr")] == ["new", "late"]
    again = (await owner.open(f"{asked}&after={table.attributes['data-after']}")).one("table")
    assert (again.all("tr"), again.attributes["data-after"]) == ([], table.attributes["data-after"])
    assert owner.headers["Cache-Control"] == "no-store"


async def test_a_page_that_was_away_for_long_goes_on_from_now(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(*(a_call(external_request_id=str(n)) for n in range(1_150)))
    table = (await owner.open("/requests/live?after=req_1")).one("table")
    assert "data-cut" in table.attributes
    assert not table.all("tr")
    last = await installation.parts.storage.last_request_id()
    assert table.attributes["data-after"] == request_id_text(last)
    near = (await owner.open(f"/requests/live?after={request_id_text(last - 150)}")).one("table")
    assert (len(near.all("tr")), "data-behind" in near.attributes) == (100, True)


async def test_only_a_range_that_goes_on_can_be_live(owner: Browser) -> None:
    over = await owner.open("/requests?from=2026-01-01&to=2026-02-01&live=1")
    assert not over.all("a", role="switch")
    assert not over.all("section", id="rows")
    await owner.open("/requests?live=yes")
    assert owner.status == 400
    await owner.open("/requests/live?after=nothing")
    assert owner.status == 400


async def test_what_failed_is_counted_and_the_newest_of_it_added_up(
    installation: Installed, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_ROWS_MAX", 4)
    await installation.record(
        *(a_call(hours * HOUR_MS, status="error") for hours in (1, 2, 20)),
        *(a_call(hours * HOUR_MS) for hours in (3, 4)),
    )
    page = await owner.open("/requests?status=error&range=24h")
    when = page.one("p", class_="when")
    assert " · 3 requests; the newest 2, since " in when.text
    assert len(page.one("table", class_="table-rows").one("tbody").all("tr")) == 3
    whole = await owner.open(when.one("a").attributes["href"])
    assert owner.status == 200
    assert " · 3 requests, $0." in whole.one("p", class_="when").text
    tagged = await owner.open("/requests?status=error&userId=user_7f3a&status=error&range=24h")
    assert " · 3 requests; the newest 2, since " in tagged.one("p", class_="when").text
    unknown = await owner.open("/requests?status=error&userId=user_7f3a&model=gpt-4o-mini&range=24h")
    assert " · the newest 2, since " in unknown.one("p", class_="when").text
    await owner.open("/requests?calls=some")
    assert owner.status == 400
    assert "must be all, not" in owner.answer.text
