"""How long calls are kept, on its page; and what other pages say where they begin later than their range."""

from __future__ import annotations

from farthing.jobs.runner import next_job, run_job
from farthing.rules.periods import HOUR_MS
from tests.installations import Installed, a_call
from tests.web.browsing import Browser

PATH = "/settings/retention"
EMPTY = {f"{mode}.{name}": "" for mode in ("real", "test", "demo") for name in ("rawDays", "summaryDays")}


async def fill(installation: Installed) -> None:
    await installation.record(
        *(a_call(ago_ms=number * 12 * HOUR_MS + 1, external_request_id=f"c{number}") for number in range(120))
    )


async def run_now(installation: Installed, owner: Browser) -> None:
    await owner.open(PATH)
    await owner.send(f"{PATH}/run", {})
    assert owner.status == 303
    job = await next_job(installation.parts)
    assert job is not None
    assert (await run_job(installation.parts, job)).state == "succeeded"


async def test_a_shorter_time_takes_a_second_look_and_a_longer_one_does_not(
    installation: Installed, owner: Browser
) -> None:
    await fill(installation)
    page = await owner.open(PATH)
    assert "for ever" in page.one("tbody").text
    page = await owner.send(PATH, EMPTY | {"real.rawDays": "20"})
    assert owner.status == 200
    assert "Keep calls for a shorter time?" in page.text
    assert "79 calls from the lists, from before 9 Feb 2026, 00:00" in page.text
    assert await installation.parts.storage.raw_starts() == {}
    await owner.open(PATH)
    await owner.send(PATH, EMPTY | {"real.rawDays": "20", "confirmed": "yes"})
    assert owner.status == 303
    page = await owner.open(PATH)
    assert "79 calls from the lists" in page.one("tbody").text
    await run_now(installation, owner)
    page = await owner.open(PATH)
    assert "9 Feb 2026, 00:00" in page.all("tbody")[0].text
    assert "79 calls" in page.text
    assert "unchanged" in page.text
    await owner.send(PATH, EMPTY | {"real.rawDays": "50"})
    assert owner.status == 303


async def test_for_ever_is_typed_as_the_page_writes_it(owner: Browser) -> None:
    for text in ("for ever", "Forever", " FOR  EVER "):
        await owner.open(PATH)
        await owner.send(PATH, EMPTY | {"real.rawDays": text})
        assert owner.status == 303
        page = await owner.open(PATH)
        assert page.one("input", id="real.rawDays").attributes["value"] == "for ever"


async def test_what_is_wrong_is_told_beside_its_field(installation: Installed, owner: Browser) -> None:
    await fill(installation)
    await owner.open(PATH)
    for text in ("0", "-1", "ten", "99999", "1.5"):
        await owner.open(PATH)
        page = await owner.send(PATH, EMPTY | {"real.rawDays": text})
        assert owner.status == 400
        assert "neither a number of days" in page.one("p", id="real.rawDays-problem").text
    page = await owner.send(PATH, EMPTY | {"test.rawDays": "30", "test.summaryDays": "7", "confirmed": "yes"})
    assert "less than rawDays" in page.one("p", id="test.summaryDays-problem").text


async def test_a_hold_is_put_on_and_lifted(installation: Installed, owner: Browser) -> None:
    await fill(installation)
    await owner.open(PATH)
    page = await owner.send(f"{PATH}/hold", {"reason": " "})
    assert owner.status == 400
    await owner.open(PATH)
    await owner.send(f"{PATH}/hold", {"reason": "lawsuit 17"})
    page = await owner.open(PATH)
    assert "A legal hold is on" in page.text
    assert "lawsuit 17" in page.text
    await owner.send(f"{PATH}/run", {})
    assert owner.status == 409
    await owner.open(PATH)
    await owner.send(f"{PATH}/hold/lift", {})
    page = await owner.open(PATH)
    assert "A legal hold is on" not in page.text


async def test_pages_say_in_line_from_when_on_calls_are_there(
    installation: Installed, owner: Browser
) -> None:
    await fill(installation)
    await owner.open(PATH)
    await owner.send(PATH, EMPTY | {"real.rawDays": "20", "confirmed": "yes"})
    await run_now(installation, owner)
    page = await owner.open("/requests?range=90d")
    assert "Calls before 9 Feb 2026, 00:00 are kept as summaries only" in page.text
    assert "41 requests" in page.text
    assert "kept as summaries" not in (await owner.open("/requests?range=7d")).text
    assert "kept as summaries" not in (await owner.open("/?range=90d")).text
    assert "known from 9 Feb 2026, 00:00 on" in (await owner.open("/?range=90d&status=success")).text
    assert owner.status == 200


async def test_where_only_summaries_are_left_nobody_is_told_to_send_a_first_call(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(a_call(ago_ms=40 * 24 * HOUR_MS))
    await owner.open(PATH)
    await owner.send(PATH, EMPTY | {"real.rawDays": "20", "confirmed": "yes"})
    await run_now(installation, owner)
    page = await owner.open("/?range=7d")
    assert "Earlier ones are kept as summaries only" in page.text
    assert (await owner.open("/?range=90d")).one("h1").text == "Overview"
