"""The page of demo and test data: counts, a second look, progress, certificates."""

from __future__ import annotations

import pytest

from farthing.actions.events import delete_data
from farthing.jobs.runner import next_job, run_job
from tests.installations import Installed, a_call
from tests.web.browsing import Browser

PATH = "/settings/data"
DELETE = "/settings/data/delete"


async def record(installation: Installed, mode: str, count: int) -> None:
    calls = [
        a_call(ago_ms=60_000 * n, external_request_id=f"{mode}{n}", data_mode=mode) for n in range(count)
    ]
    await installation.record(*calls)


async def test_the_address_of_the_followed_api_leads_here(owner: Browser) -> None:
    await owner.open("/settings")
    assert (owner.status, owner.headers["location"]) == (303, PATH)
    page = await owner.open(PATH)
    assert page.one("h1", id="data-hygiene").text == "Data"


async def test_ones_own_test_data_go_after_a_second_look(installation: Installed, owner: Browser) -> None:
    await record(installation, "test", 3)
    await record(installation, "real", 2)
    page = await owner.open(f"{DELETE}?dataMode=test&scope=mine")
    assert "3 test calls go" in page.text
    await owner.send(DELETE, {"dataMode": "test", "scope": "mine"})
    assert (owner.status, owner.headers["location"]) == (303, f"{PATH}/deletions/del_1")
    page = await owner.open(f"{PATH}/deletions/del_1")
    assert "3 test calls are gone" in page.text
    assert "Unchanged" in page.text
    page = await owner.open(f"{DELETE}?dataMode=test&scope=mine")
    assert "There are none of yours" in page.text


async def test_under_a_legal_hold_no_deletion_is_offered(installation: Installed, owner: Browser) -> None:
    await record(installation, "test", 3)
    await owner.open("/settings/retention")
    await owner.send("/settings/retention/hold", {"reason": "lawsuit 17"})
    page = await owner.open(f"{DELETE}?dataMode=test&scope=mine")
    assert "A legal hold is on (lawsuit 17)" in page.text
    assert not page.all("button", class_="btn-danger")


async def test_everybodys_data_take_a_word(installation: Installed, owner: Browser) -> None:
    await record(installation, "demo", 2)
    await owner.open(f"{DELETE}?dataMode=demo&scope=workspace")
    page = await owner.send(DELETE, {"dataMode": "demo", "scope": "workspace", "word": "test"})
    assert (owner.status, page.one("p", id="word-problem").text) == (400, "This must be demo.")
    await owner.send(DELETE, {"dataMode": "demo", "scope": "workspace", "word": "Demo "})
    assert owner.status == 303
    page = await owner.open(PATH)
    assert "Deletions, newest first" in page.text


@pytest.mark.parametrize(
    "query", ["", "?dataMode=real&scope=mine", "?dataMode=demo", "?dataMode=demo&scope=all"]
)
async def test_what_makes_no_sense_is_said(owner: Browser, query: str) -> None:
    await owner.open(DELETE + query)
    assert owner.status == 400


async def test_a_job_is_followed_and_stopped(
    installation: Installed, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delete_data, "AT_ONCE_MAX", 1)
    await record(installation, "test", 4)
    for number, word in ((1, "Stop"), (2, "")):
        await owner.open(f"{DELETE}?dataMode=test&scope=mine")
        await owner.send(DELETE, {"dataMode": "test", "scope": "mine"})
        address = f"{PATH}/deletions/del_{number}"
        page = await owner.open(address)
        assert page.one("progress").attributes["max"] == "4"
        if word:
            await owner.send(f"{address}/stop", {})
            assert "stopped before it was done" in (await owner.open(address)).text
    job = await next_job(installation.parts)
    assert job is not None
    await run_job(installation.parts, job)
    assert "4 test calls are gone" in (await owner.open(f"{PATH}/deletions/del_2")).text


async def test_the_overview_offers_what_can_be_done(installation: Installed, owner: Browser) -> None:
    await record(installation, "real", 1)
    page = await owner.open("/")
    links = [link.attributes["href"] for link in page.all("a")]
    assert f"{DELETE}?dataMode=test&scope=mine" in links
    assert "/settings#data-hygiene" in links
    assert "Try demo data" in page.text
