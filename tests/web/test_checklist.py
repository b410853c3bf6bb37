"""The checklist of a first day: on the overview until complete or put away, and on a page of its own."""

from __future__ import annotations

from typing import Any

from tests.installations import NOW, Installed, a_call
from tests.web.browsing import Browser

PATH = "/getting-started"
CARD = "checklist-title"
WHOLE: dict[str, Any] = {"data_mode": "real", "environment": "prod", "tenant_id": "acme"}


async def has_card(owner: Browser) -> bool:
    page = await owner.open("/")
    return bool(page.all("h2", id=CARD))


async def test_the_overview_says_what_is_missing_and_how_to_mend_it(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(a_call(endpoint_tag=None, external_request_id="a"))
    page = await owner.open("/")
    card = page.one("section", aria_labelledby=CARD)
    assert "4 of 6 in order" in card.text
    assert "1 of 1 calls do not say which feature made them." in card.text
    assert "Send endpointTag" in card.text
    assert "Prompt version" not in card.text


async def test_a_complete_checklist_ends_by_itself_and_stays_ended(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(a_call(external_request_id="a", **WHOLE))
    assert not await has_card(owner)
    asker = installation.asker
    ended = await installation.parts.storage.checklist_ended_at(asker.workspace.id, asker.user.id)
    assert ended == NOW
    await installation.record(*(a_call(user_id=None, external_request_id=f"b{n}") for n in range(9)))
    assert not await has_card(owner)


async def test_what_is_put_away_can_be_taken_out_again(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call(external_request_id="a", model="no-such-model"))
    assert await has_card(owner)
    await owner.send(f"{PATH}/end", {})
    assert (owner.status, owner.headers["location"]) == (303, PATH)
    page = await owner.open(PATH)
    assert "Your overview shows this no more" in page.text
    assert "openai/no-such-model" in page.text
    assert not await has_card(owner)
    await owner.open(PATH)
    await owner.send(f"{PATH}/resume", {})
    assert await has_card(owner)


async def test_one_call_in_twenty_may_lack_something(installation: Installed, owner: Browser) -> None:
    calls = [a_call(external_request_id=f"a{n}", **WHOLE) for n in range(19)]
    await installation.record(*calls, a_call(external_request_id="b", **(WHOLE | {"endpoint_tag": None})))
    page = await owner.open(PATH)
    assert "All six are in order." in page.text
    assert "1 of 20 calls do not say which feature made them." in page.text


async def test_demo_calls_prove_nothing(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call(external_request_id="a", **(WHOLE | {"data_mode": "demo"})))
    page = await owner.open("/?dataMode=demo")
    assert "no real or test call yet" in page.one("section", aria_labelledby=CARD).text


async def test_an_empty_workspace_has_a_page_that_says_what_will_count(owner: Browser) -> None:
    page = await owner.open(PATH)
    assert len(page.one("ul", class_="checklist").all("li")) == 6
    assert "No call has come yet." in page.text
