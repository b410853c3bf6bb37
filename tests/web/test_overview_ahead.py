"""What stands beside the figures of the overview: reasons, the month, what is open; as the API has them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from farthing.rules.message import NewMessage
from farthing.rules.periods import DAY_MS, HOUR_MS
from farthing.web.overview import ahead
from tests.installations import Installed, a_call
from tests.storages import Changed
from tests.web.browsing import Browser
from tests.web.test_investigate import amounts, api, traffic


async def test_reasons_are_those_of_the_investigation(installation: Installed, owner: Browser) -> None:
    await traffic(installation)
    page = await owner.open("/overview/ahead?range=7d")
    told = await api(owner, "/v1/changes", {"range": "7d"})
    (reasons,) = page.all("ol", class_="reasons")
    assert list(amounts(reasons)) == [Decimal(each["change"]["amountUsd"]) for each in told["causes"]][:3]
    (link,) = [each for each in page.all("a") if each.text.startswith("All of the")]
    assert list(amounts(link)) == [Decimal(told["change"]["amountUsd"])]
    assert link.attributes["href"] == "/investigate?range=7d"
    of_each = [each.one("a").attributes["href"] for each in reasons.all("li")]
    assert of_each
    for place in of_each:
        assert place.startswith("/investigate?range=7d&")
        assert (await owner.open(place)).all("h1"), place  # a page, no part of one


async def test_the_month_is_what_the_month_to_date_says(installation: Installed, owner: Browser) -> None:
    await traffic(installation)
    page = await owner.open("/overview/ahead?range=24h&model=gpt-4o")
    told = await api(owner, "/v1/dashboard/overview", {"range": "mtd", "model": "gpt-4o"})
    (month,) = [each for each in page.all("section") if "so far" in each.text]
    assert Decimal(told["total"]["amountUsd"]) in set(amounts(month))


async def test_a_month_that_would_take_too_many_rows_is_not_asked_for(
    installation: Installed, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await traffic(installation)
    of_rows = "/overview/ahead?userId=ada&endpointTag=chat"
    assert "so far" in (await owner.open(of_rows)).text  # so few can be read
    monkeypatch.setattr(ahead, "_ROWS_MAX", 100)
    assert "Not told with these filters" in (await owner.open(of_rows)).text
    assert "so far" in (await owner.open("/overview/ahead?userId=ada")).text  # of which sums are kept


async def test_without_a_time_before_or_a_rhythm_it_says_so(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call(ago_ms=HOUR_MS))
    page = await owner.open("/overview/ahead")
    assert "There is no time before to compare with." in page.text
    assert "No forecast: it takes" in page.text
    assert "None." in page.text


async def test_the_newest_open_alerts_stand_there(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call(ago_ms=DAY_MS))
    for number in range(4):
        new = NewMessage(
            workspace_id=installation.membership.workspace.id,
            kind="budget.exceeded",
            severity="critical",
            title=f"Alert <{number}>",
            text="",
            path="/budgets",
            dedupe_key=f"alert {number}",
            created_at=installation.clock.now() + number,
        )
        await Changed(installation.parts.storage).send(new)
    page = await owner.open("/overview/ahead")
    assert [name in page.text for name in ("Alert <3>", "Alert <1>", "Alert <0>")] == [True, True, False]
    assert "All alerts" in page.text
    assert "of all real calls, now" not in page.text
    assert "of all real calls, now" in (await owner.open("/overview/ahead?dataMode=demo")).text
