"""Erasing a user or tenant on pages: a second look, the id typed, progress, certificate, refusals."""

from __future__ import annotations

import pytest

from farthing.jobs.runner import next_job, run_job
from tests.installations import Installed, a_call
from tests.web.browsing import Browser

PATH = "/settings/erasures"
ALICE = "alice@example.com"


async def sent(installation: Installed) -> None:
    await installation.record(
        a_call(user_id=ALICE, tenant_id="acme"),
        a_call(user_id=ALICE, tags={"by": ALICE}),
        a_call(user_id="bob", tags={"for": ALICE}),
    )


async def done(installation: Installed) -> None:
    job = await next_job(installation.parts)
    assert job is not None
    await run_job(installation.parts, job)


async def test_from_the_page_of_a_user_to_the_certificate(installation: Installed, owner: Browser) -> None:
    await sent(installation)
    page = await owner.open(f"/users/one?userId={ALICE}")
    form = next(each for each in page.all("form") if each.attributes["action"] == f"{PATH}/confirm")
    fields = {each.attributes["name"]: each.attributes["value"] for each in form.all("input")}
    page = await owner.send(f"{PATH}/confirm", fields)
    assert "2 requests of all data modes are of this user" in page.text
    page = await owner.send(PATH, {**fields, "typed": "Alice@example.com", "in_others": "on"})
    assert (owner.status, page.one("p", id="typed-problem").text) == (400, "This is another id.")
    assert not await installation.parts.storage.unfinished_jobs()
    await owner.send(PATH, {**fields, "typed": f" {ALICE} ", "in_others": "on", "note": "case 12"})
    assert (owner.status, owner.headers["location"]) == (303, f"{PATH}/era_1")
    page = await owner.open(f"{PATH}/era_1")
    assert page.all("progress")
    assert "hx-get" in page.one("div", id="erasure").attributes
    assert ALICE not in owner.answer.text
    await done(installation)
    page = await owner.open(f"{PATH}/era_1")
    assert not page.all("progress")
    assert "In 2 requests, such as their tags or metadata" in page.text
    assert "case 12" in page.text
    alias = page.one("div", class_="note").one("a")
    assert "2" in (await owner.open(alias.attributes["href"])).one("dl", class_="figures").text
    assert (await owner.open("/settings/audit?target=era_1")).text.count("Erasure ") >= 2
    for path in (PATH, "/users", "/requests", "/settings/audit", "/settings/jobs"):
        await owner.open(path)
        assert (owner.status, ALICE in owner.answer.text) == (200, False)
    page = await owner.send_from(f"{PATH}/new", f"{PATH}/confirm", {"kind": "user", "value": ALICE})
    assert "it was erased before" in page.text


async def test_a_tenant_by_the_form(installation: Installed, owner: Browser) -> None:
    await sent(installation)
    page = await owner.send_from(f"{PATH}/new", f"{PATH}/confirm", {"kind": "tenant", "value": "acme"})
    assert "1 request of all data modes is of this tenant" in page.text
    await owner.send(PATH, {"kind": "tenant", "value": "acme", "typed": "acme"})
    await done(installation)
    page = await owner.open(f"{PATH}/era_1")
    assert "Not looked through" in page.text
    assert "Erased a tenant" in page.text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "user", "value": " "}, "value"),
        ({"kind": "user", "value": "unknown"}, "value"),
        ({"kind": "model", "value": "x"}, "kind"),
        ({}, "kind"),
    ],
)
async def test_what_makes_no_sense_is_said_beside_its_field(
    owner: Browser, fields: dict[str, str], field: str
) -> None:
    page = await owner.send_from(f"{PATH}/new", f"{PATH}/confirm", fields)
    assert owner.status == 400
    assert page.one("p", id=f"{field}-problem").text


async def test_a_note_that_names_them_is_refused(installation: Installed, owner: Browser) -> None:
    await sent(installation)
    fields = {"kind": "user", "value": ALICE, "typed": ALICE, "note": f"{ALICE} asked"}
    page = await owner.send_from(f"{PATH}/new", PATH, fields)
    assert owner.status == 400
    assert "must not name" in page.one("p", id="note-problem").text
    assert "in_others" in [each.attributes.get("name") for each in page.all("input")]
    assert not page.all("input", checked="")


async def test_under_a_legal_hold_nothing_is_erased(installation: Installed, owner: Browser) -> None:
    await sent(installation)
    await owner.send_from("/settings/retention", "/settings/retention/hold", {"reason": "lawsuit 17"})
    page = await owner.send_from(f"{PATH}/new", f"{PATH}/confirm", {"kind": "user", "value": ALICE})
    assert "A legal hold is on (lawsuit 17)" in page.text
    assert not page.all("button", class_="btn-danger")
    fields = {"kind": "user", "value": ALICE, "typed": ALICE}
    page = await owner.send_from(f"{PATH}/new", PATH, fields)
    assert (owner.status, "lawsuit 17" in page.text) == (409, True)


async def test_one_at_a_time(installation: Installed, owner: Browser) -> None:
    await sent(installation)
    for value, status in ((ALICE, 303), ("bob", 409)):
        fields = {"kind": "user", "value": value, "typed": value}
        await owner.send_from(f"{PATH}/new", PATH, fields)
        assert owner.status == status


async def test_only_identities_are_offered_and_only_to_who_may(
    installation: Installed, owner: Browser
) -> None:
    await sent(installation)
    await installation.join("eve@example.com", "viewer")
    viewer = Browser(installation.parts)
    await viewer.sign_in("eve@example.com")
    for path in (f"/users/one?userId={ALICE}", "/tenants/one?tenantId=acme"):
        assert "Erase this" in (await owner.open(path)).text
        assert "Erase this" not in (await viewer.open(path)).text
    for path in ("/models/one?model=gpt-4o-mini", "/users/one?userId=unknown"):
        assert "Erase this" not in (await owner.open(path)).text
    fields = {"kind": "user", "value": ALICE, "typed": ALICE}
    for path in (f"{PATH}/confirm", PATH):
        await viewer.send_from("/account", path, fields)
        assert viewer.status == 403
    for path in (PATH, f"{PATH}/new"):
        await viewer.open(path)
        assert viewer.status == 403
    for wrong in ("era_zzzzzzzz", "del_1", "era_9"):
        await owner.open(f"{PATH}/{wrong}")
        assert owner.status == 404
    await viewer.client.aclose()
