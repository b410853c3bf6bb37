"""Amending, voiding, restoring and bringing back on pages: forms, previews, refusals, history."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from farthing.rules.correction import StoredCall
from farthing.rules.ids import request_id_text
from farthing.rules.periods import DAY_MS
from tests.installations import Installed, a_call
from tests.web.browsing import Browser
from tests.web.reader import Node


async def one(installation: Installed, **fields: Any) -> str:
    (number,) = await installation.record(a_call(external_request_id="mine", **fields))
    return f"/requests/{request_id_text(number)}"


async def stored(installation: Installed, place: str) -> StoredCall:
    call = await installation.parts.storage.call_by_external_id(installation.membership.workspace.id, "mine")
    assert call is not None
    assert place.endswith(request_id_text(call.request_id))
    return call


def typed(page: Node) -> dict[str, str]:
    """What the form holds, as a browser would send it untouched."""
    form = page.one("form", class_="settings-form")
    fields = {each.attributes["name"]: each.attributes.get("value", "") for each in form.all("input")}
    fields |= {each.attributes["name"]: each.text for each in form.all("textarea")}
    for select in form.all("select"):
        options = select.all("option")
        chosen = next((each for each in options if "selected" in each.attributes), options[0])
        fields[select.attributes["name"]] = chosen.attributes["value"]
    return fields


def problem(page: Node, name: str) -> str:
    return page.one("p", id=f"{name}-problem").text


async def test_a_form_that_was_left_alone_changes_nothing(installation: Installed, owner: Browser) -> None:
    place = await one(
        installation,
        user_id="a\nb  c",
        cached_input_tokens=20,
        reported_cost_usd=None,
        is_batch=True,
        attempt=2,
        tags={"team": "search"},
        metadata={"n": 1, "is": None},
        region="eu",
    )
    form = typed(await owner.open(f"{place}/amend"))
    assert (form["usage.input_uncached"], form["usage.cache_read"], form["isBatch"]) == ("100", "20", "true")
    page = await owner.send(f"{place}/amend", {**form, "userId": "ab  c", "reason": "why not"})
    assert owner.status == 400
    assert "Nothing was changed: Nothing here is other than what is stored." in page.text
    assert (await stored(installation, place)).version == 1


async def test_what_was_typed_is_shown_first_then_done_and_told(
    installation: Installed, owner: Browser
) -> None:
    place = await one(installation, cached_input_tokens=20, reported_cost_usd=Decimal("0.25"))
    form = typed(await owner.open(f"{place}/amend"))
    form |= {"usage.input_uncached": "1,000", "userId": "", "tenantId": "acme", "reason": "miscounted"}
    page = await owner.send(f"{place}/amend", {**form, "act": "preview"})
    shown = page.one("section", id="preview").text
    assert "Input100 \u2192 1,000" in shown.replace("\n", "")
    assert "afterwards" in shown
    assert (await stored(installation, place)).version == 1
    assert typed(page)["usage.input_uncached"] == "1,000"
    await owner.send(f"{place}/amend", {**typed(page), "act": "save"})
    assert (owner.status, owner.headers["location"]) == (303, f"{place}#history")
    call = await stored(installation, place)
    assert call.event.usage.units == {"input_uncached": 1_000, "cache_read": 20, "output_visible": 45}
    assert (call.event.user_id, call.event.tenant_id) == (None, "acme")
    assert call.event.reported_cost_picousd == 250_000_000_000
    page = await owner.open(place)
    history = page.one("section", id="history").text
    assert "by ada@example.com: miscounted" in history
    assert "Useruser_7f3a \u2192 nothing" in history.replace("\n", "")


async def test_fields_of_every_kind_are_amended_and_the_rest_stays(
    installation: Installed, owner: Browser
) -> None:
    place = await one(installation, total_tokens=165, tags={"team": "search"}, trace_id="t1")
    form = typed(await owner.open(f"{place}/amend"))
    form |= {"latencyMs": "99", "isBatch": "true", "attempt": "3", "dataMode": "test", "model": "gpt-4o"}
    form |= {"tags": '{"team": "ads"}', "metadata": '{"n": 1}'}
    await owner.send(f"{place}/amend", form)
    assert owner.status == 303
    event = (await stored(installation, place)).event
    assert (event.latency_ms, event.data_mode, event.model, event.total_tokens_sent) == (
        *(99, "test", "gpt-4o"),
        165,
    )
    assert event.extra == {
        "traceId": "t1",
        "isBatch": True,
        "attempt": 3,
        "tags": {"team": "ads"},
        "metadata": {"n": 1},
    }


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"provider": " "}, "provider", "This is required."),
        ({"latencyMs": "soon"}, "latencyMs", "must be a whole number from 0"),
        ({"usage.input_uncached": "lots"}, "usage.input_uncached", "must be a whole number"),
        ({"usage.pages": "-1"}, "usage.pages", "must be a whole number"),
        ({"tags": "{"}, "tags", "is no JSON object"),
        ({"tags": "[]"}, "tags", "must be an object"),
        ({"tags": '{"a": 1}'}, "tags", "tags.a must be a text"),
        ({"metadata": '{"a": []}'}, "metadata", "metadata.a must be a text"),
        ({"reportedCostUsd": "free"}, "reportedCostUsd", "must be a number"),
        ({"userId": "x" * 201}, "userId", "at most 200"),
        ({"userId": "x", "reason": "y" * 501}, "reason", "at most 500"),
        ({"environment": "moon"}, "environment", "must be one of"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field(
    installation: Installed, owner: Browser, wrong: dict[str, str], field: str, said: str
) -> None:
    place = await one(installation)
    form = typed(await owner.open(f"{place}/amend")) | wrong
    page = await owner.send(f"{place}/amend", form)
    assert owner.status == 400
    assert said in problem(page, field)
    kept = page.all("input", id=field) or page.all("textarea", id=field)
    assert not kept or kept[0].attributes["aria-invalid"] == "true"
    assert (await stored(installation, place)).version == 1


async def test_who_looked_at_an_older_version_is_told_so(installation: Installed, owner: Browser) -> None:
    place = await one(installation)
    form = typed(await owner.open(f"{place}/amend"))
    await owner.send(f"{place}/amend", {**form, "userId": "first"})
    page = await owner.send(f"{place}/amend", {**form, "tags": "{"})
    assert page.one("input", name="version").attributes["value"] == "1"
    page = await owner.send(f"{place}/amend", {**form, "userId": "second"})
    assert (owner.status, "is at version 2, not 1" in page.text) == (409, True)


async def test_a_voided_request_says_so_and_comes_back(installation: Installed, owner: Browser) -> None:
    place = await one(installation)
    page = await owner.open(f"{place}/void")
    assert "It can be undone" in page.text
    page = await owner.send(f"{place}/void", {"version": "1", "reason": " "})
    assert (owner.status, problem(page, "reason").startswith("This is required")) == (400, True)
    await owner.send(f"{place}/void", {"version": "1", "reason": "sent twice"})
    assert owner.status == 303
    assert (await stored(installation, place)).is_voided
    page = await owner.open(place)
    links = [link.attributes["href"] for link in page.one("div", class_="actions").all("a")]
    assert links == [f"{place}/restore"]
    for path in ("amend", "void", "revert?to=1"):
        await owner.open(f"{place}/{path}")
        assert owner.status == 409
    await owner.open(f"{place}/restore")
    await owner.send(f"{place}/restore", {"version": "2"})
    assert owner.status == 303
    assert not (await stored(installation, place)).is_voided


async def test_an_earlier_version_comes_back_with_its_cost(installation: Installed, owner: Browser) -> None:
    place = await one(installation)
    before = (await stored(installation, place)).event
    form = typed(await owner.open(f"{place}/amend"))
    await owner.send(f"{place}/amend", {**form, "usage.input_uncached": "9000"})
    page = await owner.open(place)
    href = next(each.attributes["href"] for each in page.all("a") if "Bring back" in each.text)
    page = await owner.open(href)
    assert "Input9,000 \u2192 120" in page.text.replace("\n", "")
    await owner.send(f"{place}/revert", {"to": "1", "version": "2", "reason": ""})
    assert owner.status == 303
    call = await stored(installation, place)
    assert (call.event, call.version) == (before, 3)
    for wrong in ("", "0", "7", "x"):
        await owner.open(f"{place}/revert?to={wrong}")
        assert owner.status == 400


async def test_a_legal_hold_forbids_to_void_and_not_to_amend(installation: Installed, owner: Browser) -> None:
    place = await one(installation)
    await owner.open("/settings/retention")
    await owner.send("/settings/retention/hold", {"reason": "lawsuit 17"})
    page = await owner.open(f"{place}/void")
    assert "A legal hold is on (lawsuit 17)" in page.text
    assert not page.all("textarea")
    await owner.open(f"{place}/amend")
    page = await owner.send(f"{place}/void", {"version": "1", "reason": "no"})
    assert (owner.status, "lawsuit 17" in page.text) == (409, True)
    form = typed(await owner.open(f"{place}/amend"))
    await owner.send(f"{place}/amend", {**form, "userId": "x"})
    assert owner.status == 303


async def test_a_month_that_is_over_is_named(installation: Installed, owner: Browser) -> None:
    place = await one(installation, ago_ms=40 * DAY_MS)
    for path in ("amend", "void"):
        assert "Jan 2026 is over: its totals change" in (await owner.open(f"{place}/{path}")).text
    installation.clock.at += 1
    now = f"/requests/{request_id_text((await installation.record(a_call()))[0])}"
    assert "is over" not in (await owner.open(f"{now}/amend")).text


async def test_a_viewer_is_offered_nothing_and_refused(installation: Installed) -> None:
    place = await one(installation)
    await installation.join("eve@example.com", "viewer")
    viewer = Browser(installation.parts)
    await viewer.sign_in("eve@example.com")
    page = await viewer.open(place)
    assert not page.all("div", class_="actions")
    for path in ("amend", "void", "restore", "revert?to=1"):
        await viewer.open(f"{place}/{path}")
        assert viewer.status == 403
    await viewer.open("/account")
    await viewer.send(f"{place}/void", {"reason": "for fun"})
    assert viewer.status == 403
    await viewer.client.aclose()
