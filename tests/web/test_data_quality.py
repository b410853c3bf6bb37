"""The page of data quality: what it says, and that a cure and its undoing change the key and nothing else."""

from __future__ import annotations

import pytest

from farthing.rules.ids import key_id_text
from farthing.rules.periods import HOUR_MS
from farthing.web.quality import page as page_of
from tests.installations import Installed, a_call
from tests.web.browsing import Browser
from tests.web.reader import Node

PATH = "/data-quality"


def fields_of(page: Node, button: str) -> dict[str, str]:
    """What the form around the button with these words sends."""
    form = next(form for form in page.all("form") if any(button in each.text for each in form.all("button")))
    return {each.attributes["name"]: each.attributes.get("value", "") for each in form.all("input")}


async def test_an_empty_workspace_is_told_that_there_is_nothing_to_score(owner: Browser) -> None:
    page = await owner.open(PATH)
    assert owner.status == 200
    assert "No calls to look at" in page.text


async def test_the_page_says_what_the_api_says(installation: Installed, owner: Browser) -> None:
    await installation.record(
        a_call(external_request_id="a", model="no-such-model"),
        a_call(external_request_id="b", endpoint_tag="unknown", user_id="ci-runner"),
    )
    page = await owner.open(PATH)
    assert page.one("div", data_measure="score").one("dd", class_="value").text == "63.0"
    assert "have no price, or not for all they used" in page.text
    assert "Set a price or an alias for the models that have none" in page.text
    assert "without an endpoint tag" in page.text


async def test_the_overview_has_the_score_of_its_newest_calls(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(
        a_call(external_request_id="a"), a_call(external_request_id="b", data_mode="test")
    )
    page = await owner.open("/?range=24h&by=userId")
    part = page.one("section", aria_labelledby="quality-title").one("div")
    assert part.one("a").attributes["href"] == f"{PATH}?range=24h"
    told = await owner.open(part.attributes["hx-get"])
    assert "88.0 of 100 over 1 call" in told.text
    assert "Bind the key to prod" in told.text


async def test_a_key_is_cured_in_one_click_and_as_it_was_before_with_another(
    installation: Installed, owner: Browser
) -> None:
    await installation.record(a_call())
    page = await owner.open(f"{PATH}?range=24h")
    fields = fields_of(page, "Set this on the key")
    assert fields["allowedEnvironments"] == "prod"
    page = await owner.send(f"{PATH}/cure", fields)
    assert "It may send prod and nothing else" in page.text
    (key,) = await installation.parts.storage.api_keys(installation.membership.workspace.id)
    assert key.rules.says_environment
    undoing = fields_of(page, "Undo")
    page = await owner.open(f"{PATH}?range=24h")
    assert "Set this on the key" not in page.text
    await owner.send(f"{PATH}/cure", undoing | {"undo": "1"})
    assert (owner.status, owner.headers["location"]) == (303, f"{PATH}?range=24h")
    (key,) = await installation.parts.storage.api_keys(installation.membership.workspace.id)
    assert not key.rules.says_environment


async def test_a_cure_of_no_key_or_of_no_sense_is_refused(installation: Installed, owner: Browser) -> None:
    await owner.open(PATH)
    await owner.send(f"{PATH}/cure", {"key": "key_99", "defaultDataMode": "test"})
    assert owner.status == 404
    (key,) = await installation.parts.storage.api_keys(installation.membership.workspace.id)
    await owner.open(PATH)
    page = await owner.send(f"{PATH}/cure", {"key": key_id_text(key.id), "defaultDataMode": "tset"})
    assert owner.status == 400
    assert "defaultDataMode" in page.text


async def test_of_many_calls_the_newest_are_told_of_first(
    installation: Installed, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_of, "_ROWS_MAX", 2)
    await installation.record(
        *(a_call(hours * HOUR_MS) for hours in (1, 2)), a_call(3 * HOUR_MS, model="no-such-model")
    )
    page = await owner.open(f"{PATH}?range=24h")
    note = page.one("p", class_="kept")
    assert note.text.startswith("This is about the newest 2 calls, since ")
    assert "of 100, over 2 calls" in page.text
    assert "Set a price" not in page.text
    whole = await owner.open(note.one("a").attributes["href"])
    assert "of 100, over 3 calls" in whole.text
    assert "Set a price" in whole.text
    assert not whole.all("p", class_="kept")
    await owner.open(f"{PATH}?calls=few")
    assert owner.status == 400
