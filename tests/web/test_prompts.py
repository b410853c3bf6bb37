"""Versions of prompts, and one against another: the page says what the API says."""

from __future__ import annotations

from decimal import Decimal

from farthing.rules.periods import DAY_MS, HOUR_MS
from tests.installations import Installed, a_call
from tests.web.browsing import Browser
from tests.web.test_investigate import amounts, api


async def versions(installation: Installed, count: int = 40, longer: int = 3) -> None:
    """v2 took over from v1 three days ago, with longer calls; one call has no version."""
    for version, days, times in (("v1", 6, 1), ("v2", 3, longer)):
        await installation.record(
            *(
                a_call(
                    ago_ms=days * DAY_MS - number * HOUR_MS,
                    prompt_version=version,
                    input_tokens=times * (1_000 + 10 * (number % 7)),
                    status="error" if number == 3 else "success",
                    attempt=2 if number == 4 else None,
                    latency_ms=100 * times,
                )
                for number in range(count)
            )
        )
    await installation.record(a_call(prompt_version=None))


async def test_the_page_says_what_the_api_says(installation: Installed, owner: Browser) -> None:
    await versions(installation)
    asked = {"endpointTag": "checkout.ai_summary"}
    told = await api(owner, "/v1/prompt-impact", asked)
    page = await owner.open("/prompts/impact?endpointTag=checkout.ai_summary")
    verdict = page.one("p", id="verdict")
    assert (told["verdict"], verdict.attributes["data-verdict"]) == ("dearer", "dearer")
    assert verdict.text == told["summary"]
    rows = {row.one("th").text: row for row in page.one("table").all("tr") if row.all("td")}
    assert list(amounts(rows["Spend"])) == [Decimal(told[side]["amountUsd"]) for side in ("a", "b")]
    month = [Decimal(told["month"][name]) for name in ("amountUsd", "lowUsd", "highUsd")]
    assert list(amounts(rows["A month at the present volume"])) == month
    assert rows["Requests"].text == "Requests4040"
    assert "1,029" in rows["Input tokens per request"].text
    assert rows["Errors"].text.startswith("Errors2.5")
    assert rows["Retries"].text.startswith("Retries2.5")
    assert told["a"]["latencyMsP95"] < told["b"]["latencyMsP95"]
    assert "were not called at the same time" in page.text
    assert [each["promptVersion"] for each in (told["a"], told["b"])] == ["v1", "v2"]
    assert told["versions"] == ["v2", "v1", "unknown"]


async def test_the_other_way_round_is_the_opposite(installation: Installed, owner: Browser) -> None:
    await versions(installation)
    asked = {"endpointTag": "checkout.ai_summary"}
    one = await api(owner, "/v1/prompt-impact", asked)
    other = await api(owner, "/v1/prompt-impact", {**asked, "a": "v2", "b": "v1"})
    assert (one["verdict"], other["verdict"]) == ("dearer", "cheaper")
    assert Decimal(one["month"]["amountUsd"]) == -Decimal(other["month"]["amountUsd"])
    assert Decimal(one["difference"]["lowUsd"]) == -Decimal(other["difference"]["highUsd"])


async def test_few_calls_and_none_are_no_verdict(installation: Installed, owner: Browser) -> None:
    await versions(installation, count=12)
    few = await owner.open("/prompts/impact?endpointTag=checkout.ai_summary")
    assert "Not enough calls to say: v1 has 12 and v2 12." in few.text
    none = await owner.open("/prompts/impact?endpointTag=checkout.ai_summary&a=v1&b=v9")
    assert "v9 has no calls in this time." in none.text
    alone = await owner.open("/prompts/impact?endpointTag=checkout.ai_summary&promptVersion=v1")
    assert owner.status == 400
    assert "a and b name the versions" in alone.text
    lonely = await owner.open("/prompts/impact?endpointTag=nobody")
    assert (owner.status, "it has none" in lonely.text) == (200, True)
    await owner.open("/prompts/impact?range=24h")
    assert (owner.status, owner.headers["location"]) == (303, "/prompts?range=24h")


async def test_alike_calls_are_no_difference(installation: Installed, owner: Browser) -> None:
    await versions(installation, longer=1)
    told = await api(owner, "/v1/prompt-impact", {"endpointTag": "checkout.ai_summary"})
    assert told["verdict"] == "noDifference"
    assert told["summary"].startswith("No difference shown")


async def test_the_list_has_each_version_and_leads_to_its_impact(
    installation: Installed, owner: Browser
) -> None:
    await versions(installation)
    await installation.record(a_call(endpoint_tag="search", prompt_version="only"))
    page = await owner.open("/prompts")
    bodies = page.one("table").all("tbody")
    assert [body.all("th")[0].text.split("$")[0].strip("\u2265 ") for body in bodies] == [
        "checkout.ai_summary",
        "search",
    ]
    names = [row.all("th")[0].text for row in bodies[0].all("tr")[1:]]
    assert names == ["v2", "v1", "without a version"]
    (link,) = [each for each in page.one("table").all("a") if "/prompts/impact" in each.attributes["href"]]
    impact = await owner.open(link.attributes["href"])
    assert impact.one("p", id="verdict").attributes["data-verdict"] == "dearer"
    for each in page.all("a", class_="rank-rows"):
        await owner.open(each.attributes["href"])
        assert owner.status == 200


async def test_without_calls_it_says_what_versions_are(owner: Browser) -> None:
    assert "Versions are what applications send as promptVersion" in (await owner.open("/prompts")).text


async def test_what_became_dearer_is_said_before_the_list(installation: Installed, owner: Browser) -> None:
    await versions(installation)
    for number in range(40):  # a version after another that hardly differs, and one after two calls
        await installation.record(
            a_call(5 * DAY_MS + number, endpoint_tag="alike", prompt_version="a1", input_tokens=1_000),
            a_call(2 * DAY_MS + number, endpoint_tag="alike", prompt_version="a2", input_tokens=1_010),
            a_call(2 * DAY_MS + number, endpoint_tag="few", prompt_version="f2", input_tokens=9_000),
        )
    await installation.record(a_call(5 * DAY_MS, endpoint_tag="few", prompt_version="f1"))
    told = (await owner.open("/prompts")).one("p", id="dearer")
    (link,) = told.all("a")
    assert link.text == "v2 of checkout.ai_summary"
    verdict = (await owner.open(link.attributes["href"])).one("p", id="verdict")
    assert verdict.attributes["data-verdict"] == "dearer"
    (same,) = (await owner.open("/overview/ahead")).one("p", id="dearer").all("a")
    assert (same.text, same.attributes["href"]) == (link.text, link.attributes["href"])
    assert not (await owner.open("/overview/ahead?userId=user_7f3a")).all("p", id="dearer")  # of rows alone
