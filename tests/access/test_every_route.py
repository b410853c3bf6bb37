"""Who may use what: every persona on every route and method; each cell is what the table of roles says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from farthing.rules.roles import ANYBODY, KEY, PERSON, ROLES
from farthing.storage.contract import AlertQuery, DeliveryQuery
from tests.access.world import FOREIGNER, OURS, PERSONAS, THEIRS, TOKEN, World, world
from tests.contract.samples import ALL_MODES, EVER
from tools.routes import Route, every_route

IN, UNKNOWN, FORBIDDEN = "let in", "not signed in", "may not"
NARROWER = {
    "POST /v1/jobs/{job_id}/cancel": "manage_prices",
    "POST /settings/jobs/{job_id}/cancel": "manage_prices",
    "DELETE /v1/exports/{export_id}": "manage_settings",
    "POST /settings/exports/{export}/remove": "manage_settings",
    "PATCH /v1/views/{view_id}": "manage_settings",
    "DELETE /v1/views/{view_id}": "manage_settings",
    "POST /explore/views/{view}": "manage_settings",
    "POST /explore/views/{view}/question": "manage_settings",
    "POST /explore/views/{view}/pin": "manage_settings",
    "POST /explore/views/{view}/remove": "manage_settings",
}
"""What is needed beyond the route's own permission, for what there is: a re-pricing, the owner's export, the
view that the owner shares."""


def expected(route: Route, persona: str) -> str:
    """What the table says of the persona on this route."""
    needed = NARROWER.get(str(route), route.needs)
    if route.needs == ANYBODY:
        return IN
    if persona == "key" and not route.is_page and (route.needs == KEY or route.or_key):
        return IN
    if persona == TOKEN and not route.is_page and route.needs != KEY:
        return IN if needed == "read" else FORBIDDEN
    role = "owner" if persona == FOREIGNER else persona
    if role not in ROLES or route.needs == KEY:
        return UNKNOWN
    permissions: frozenset[str] = ROLES[role]
    return IN if needed == PERSON or needed in permissions else FORBIDDEN


def outcome(route: Route, answer: Any) -> str:
    """How an answer treats whoever asked."""
    if not route.is_page:
        return {401: UNKNOWN, 403: FORBIDDEN}.get(answer.status_code, IN)
    is_led_away = answer.status_code == 303 and answer.headers["location"].startswith(("/signin", "/setup"))
    if is_led_away and route.needs != ANYBODY:
        return UNKNOWN
    return FORBIDDEN if answer.status_code == 403 else IN


@pytest.fixture
async def both() -> AsyncIterator[World]:
    async with world() as made:
        yield made


def test_there_are_routes() -> None:
    routes = every_route()
    assert len(routes) > 80
    assert len({str(route) + str(route.is_page) for route in routes}) == len(routes)


@pytest.mark.parametrize("route", every_route(), ids=str)
async def test_everybody_is_let_in_or_refused_as_the_table_says(both: World, route: Route) -> None:
    path = route.path.format_map(both.ours.ids)
    found, told = {}, {}
    before = await state(both)
    for persona in PERSONAS:
        answer = await both.ask(route.method, path, persona, is_page=route.is_page)
        found[persona], told[persona] = outcome(route, answer), expected(route, persona)
        assert answer.status_code < 500, (persona, answer.text)
        is_ours = persona not in (FOREIGNER, "revoked key", "expired token", "nobody")
        assert (THEIRS if is_ours else OURS) not in answer.text, persona
        if persona == FOREIGNER and "{" in route.path and route.needs not in (ANYBODY, PERSON, KEY):
            assert answer.status_code in (400, 404), answer.text
        if persona == FOREIGNER or told[persona] != IN:
            assert await state(both) == before, persona
    assert found == told


async def state(both: World) -> list[object]:
    """What our workspace holds, sessions excepted: signing in changes those."""
    storage, workspace_id = both.parts.storage, both.ours.people["owner"].workspace.id
    entries = await storage.audit_chain(workspace_id, 0, 1_000)
    page = await storage.requests(workspace_id, EVER, ALL_MODES, 100, None)
    members = await storage.roster(workspace_id)
    return [
        await storage.workspace(workspace_id),
        [(member.membership.user.id, member.membership.role) for member in members],
        await storage.open_invitations(workspace_id),
        [(key.id, key.name, key.revoked_at) for key in await storage.api_keys(workspace_id)],
        await storage.own_prices(workspace_id),
        await storage.repricings(workspace_id, 100),
        await storage.channels(workspace_id),
        await storage.alert_settings(workspace_id),
        await storage.workspace_policy(workspace_id),
        await storage.alerts(workspace_id, AlertQuery(now=0), 10),
        await storage.deliveries(workspace_id, DeliveryQuery(), 10),
        await storage.export_schedules(workspace_id),
        await storage.saved_views(workspace_id, both.ours.people["owner"].user.id),
        [job for job in await storage.unfinished_jobs() if job.workspace_id == workspace_id],
        [stored.request_id for stored in page.items],
        [entry.action for entry in entries if not entry.action.startswith("session.")],
    ]
