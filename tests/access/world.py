"""Two workspaces that know nothing of each other, and everybody who could ask for something of the first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from farthing.actions.alerts.manage_settings import add_rule
from farthing.actions.alerts.setting_fields import RuleFields
from farthing.actions.asker import Asker, Origin, person_asking
from farthing.actions.budgets.budget_fields import BudgetFields
from farthing.actions.budgets.manage_budgets import add_budget
from farthing.actions.channels.channel_fields import NewChannel
from farthing.actions.channels.manage_channels import add_channel
from farthing.actions.entry.credentials import digest, new_token
from farthing.actions.entry.manage_personal_tokens import Wanted, create_personal_token
from farthing.actions.entry.sign_in import sign_in_token, sign_in_web
from farthing.actions.events.delete_data import delete_data
from farthing.actions.export_schedules.manage_schedules import add_schedule
from farthing.actions.export_schedules.schedule_fields import DestinationFields, NewSchedule
from farthing.actions.exports.asked import read_asked
from farthing.actions.exports.export_jobs import start_export
from farthing.actions.keys.key_settings import KeySettings
from farthing.actions.keys.manage_api_keys import create_api_key, revoke_api_key
from farthing.actions.parts import Parts
from farthing.actions.prices.manage_own_prices import NewAlias, NewOverride, add_alias, add_override
from farthing.actions.prices.reprice import NewRepricing, preview_repricing
from farthing.actions.views.manage_views import add_view
from farthing.actions.views.view_fields import NewView
from farthing.app import door
from farthing.rules.erasure import Erasure
from farthing.rules.ids import (
    alert_id_text,
    budget_id_text,
    channel_id_text,
    deletion_id_text,
    delivery_id_text,
    erasure_id_text,
    export_schedule_id_text,
    incident_id_text,
    invitation_id_text,
    job_id_text,
    key_id_text,
    repricing_id_text,
    request_id_text,
    reservation_id_text,
    rule_id_text,
    session_id_text,
    token_id_text,
    view_id_text,
)
from farthing.rules.kept_incident import KeptIncident
from farthing.storage.contract import Changes, DeliveryQuery, Invitation, Membership
from farthing.storage.memory import MemoryStorage
from tests.contract.incidents import incident
from tests.contract.outbox import message
from tests.contract.samples import event as sample
from tests.installations import NOW, PASSWORD, Installed, a_call, installed, price_book
from tests.storages import Changed

ROLES: Final = ("owner", "admin", "member", "viewer")
FOREIGNER: Final = "foreigner"
"""The owner of the other workspace."""
TOKEN: Final = "personal token"
"""A token of the owner's that may read, and nothing else."""
PERSONAS: Final = (*ROLES, FOREIGNER, TOKEN, "key", "revoked key", "expired token", "nobody")
OURS: Final = "marker-of-ours"
THEIRS: Final = "marker-of-theirs"
"""Stand in everything of each workspace that a read could give away."""

_ORIGIN: Final = Origin("api", "127.0.0.1")
_FORM_TOKEN: Final = "t" * 43
_PASSING_MS: Final = 5_000
"""Between cells: what processes remember of keys and sessions is two seconds old at most."""


@dataclass(frozen=True)
class Place:
    """A workspace, its people by their roles, what they send, and the wire ids of one of everything.

    `ids` are by path parameter, `secrets` by persona.
    """

    people: dict[str, Membership]
    ids: dict[str, str]
    secrets: dict[str, str]


class World:
    """Both workspaces, as they were before each cell; `ask` sends what a persona would."""

    def __init__(self, installation: Installed, ours: Place, theirs: Place) -> None:
        self.ours = ours
        self.parts = installation.parts
        self._clock = installation.clock
        self._people = ours.people | {FOREIGNER: theirs.people["owner"]}
        app: Any = door(self.parts)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://farthing.test")
        self._before = deepcopy(vars(self.parts.storage))

    async def ask(self, method: str, path: str, persona: str, *, is_page: bool) -> httpx.Response:
        """The answer to a persona's request, in a world that nobody has asked anything yet."""
        vars(self.parts.storage).update(deepcopy(self._before))
        self._clock.forward(_PASSING_MS)
        self._client.cookies.clear()
        headers = await (self._page_headers(persona) if is_page else self._api_headers(persona))
        if is_page:
            form = {"form_token": _FORM_TOKEN} if method != "GET" else None
            return await self._client.request(method, path, data=form, headers=headers)
        body: dict[str, str] | None = {} if method in ("POST", "PATCH", "PUT") else None
        return await self._client.request(method, path, json=body, headers=headers)

    async def _api_headers(self, persona: str) -> dict[str, str]:
        if persona == "nobody":
            return {}
        if persona.endswith("key"):
            return {"X-API-Key": self.ours.secrets[persona]}
        if persona == TOKEN:
            return {"Authorization": f"Bearer {self.ours.secrets[persona]}"}
        email = self._people["owner" if persona == "expired token" else persona].user.email
        pair = await sign_in_token(self.parts, email, PASSWORD, _ORIGIN)
        if persona == "expired token":
            self._clock.forward(pair.expires_in_s * 1_000)
        return {"Authorization": f"Bearer {pair.access_token}"}

    async def _page_headers(self, persona: str) -> dict[str, str]:
        cookies = {"farthing-form": _FORM_TOKEN}
        if persona in self._people:
            session = await sign_in_web(self.parts, self._people[persona].user.email, PASSWORD, _ORIGIN)
            cookies["farthing-session"] = session.cookie
        elif persona != "nobody":
            cookies["farthing-session"] = new_token()
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """A running installation with both workspaces."""
    async with installed(MemoryStorage(), price_book()) as installation:
        theirs = await _theirs(installation)
        ours = await _ours(installation)
        made = World(installation, ours, theirs)
        yield made
        await made._client.aclose()


async def _ours(installation: Installed) -> Place:
    owner = installation.membership
    people = {"owner": owner}
    for role in (*ROLES[1:], "bystander"):
        people[role] = await _join(installation, owner, role, "member" if role == "bystander" else role)
    return Place(
        people, *await _filled(installation, person_asking(owner, _ORIGIN), people["bystander"], OURS)
    )


async def _theirs(installation: Installed) -> Place:
    async def work(changes: Changes) -> Membership:
        workspace = await changes.create_workspace(THEIRS, "UTC", NOW)
        user = await changes.create_user(
            f"{THEIRS}@example.org", installation.membership.user.password_hash, NOW
        )
        await changes.add_member(workspace.id, user.id, "owner", NOW)
        return Membership(workspace, user, "owner")

    owner = await installation.parts.storage.change(work)
    made = await _filled(installation, person_asking(owner, _ORIGIN), owner, THEIRS)
    return Place({"owner": owner}, *made)


async def _join(installation: Installed, beside: Membership, name: str, role: str) -> Membership:
    async def work(changes: Changes) -> Membership:
        email, password_hash = f"{OURS}-{name}@example.org", beside.user.password_hash
        user = await changes.create_user(email, password_hash, NOW)
        await changes.add_member(beside.workspace.id, user.id, role, NOW)
        return Membership(beside.workspace, user, role)

    return await installation.parts.storage.change(work)


async def _filled(
    installation: Installed, asker: Asker, bystander: Membership, marker: str
) -> tuple[dict[str, str], dict[str, str]]:
    """One of everything in a workspace: its ids and secrets, as Place holds them."""
    parts = installation.parts
    key = await create_api_key(parts, asker, KeySettings(name=marker, note=marker))
    dead = await create_api_key(parts, asker, KeySettings(name=f"{marker} too"))
    await revoke_api_key(parts, asker, dead.api_key.id)
    call = a_call(endpoint_tag=marker, user_id=marker, tenant_id=marker, prompt_version=marker)
    (request_id,) = await replace(installation, key=key.key).record(call)
    override = await add_override(
        parts, asker, NewOverride(provider="openai", discount_percent="5", note=marker)
    )
    alias = NewAlias(
        provider="openai", name=marker, target_provider="openai", target_model="gpt-4o", note=marker
    )
    kept_alias = await add_alias(parts, asker, alias)
    deleted = await delete_data(parts, asker, "test", "mine")
    repricing, job = await preview_repricing(parts, asker, NewRepricing(note=marker))
    asked = read_asked("requests", [("userId", marker)], NOW, "UTC")
    export = await start_export(parts, asker, asked)
    schedule = await add_schedule(parts, asker, _schedule(marker))
    question: dict[str, str | list[str]] = {"measure": "cost", "userId": marker}
    view = await add_view(parts, asker, NewView(name=marker, question=question, is_shared=True))
    invitation = await _invited(installation, asker, marker)
    token = await create_personal_token(parts, asker, Wanted(name=marker, scopes=["read"]))
    session = await sign_in_web(parts, bystander.user.email, PASSWORD, _ORIGIN)
    signed_in = await parts.storage.session_by_hash(digest(session.cookie))
    assert signed_in is not None
    ids = {
        **await _watched(parts, asker, marker),
        "session_id": session_id_text(signed_in[0].id),
        "token_id": token_id_text(token.token.id),
        "key_id": key_id_text(key.api_key.id),
        "request_id": request_id_text(request_id),
        "deletion_id": deletion_id_text(deleted.deletion.id),
        "erasure_id": await _erased(installation, asker, marker),
        "override_id": str(override.id),
        "alias_id": str(kept_alias.id),
        "repricing_id": repricing_id_text(repricing.id),
        "job_id": job_id_text(job.id),
        "export_id": job_id_text(export.id),
        "schedule_id": export_schedule_id_text(schedule.id),
        "view_id": view_id_text(view.id),
        "invitation_id": invitation_id_text(invitation.id),
        "user_id": bystander.user.public_id,
        "name": "none.js",
        "token": "x" * 43,
    }
    same = {name.removesuffix("_id"): wire for name, wire in ids.items() if name.endswith("_id")}
    return same | ids, {"key": key.key, "revoked key": dead.key, TOKEN: token.text}


async def _watched(parts: Parts, asker: Asker, marker: str) -> dict[str, str]:
    """One of everything that is about alerts and budgets."""
    channel = (await add_channel(parts, asker, _channel(marker))).channel
    budget = await add_budget(parts, asker, BudgetFields(name=marker, limit_requests=10, period="month"))
    wanted = sample(workspace_id=asker.workspace.id)
    gate = await parts.storage.reserve_budget(wanted, NOW, NOW + 3_600_000)
    assert gate.reservation_id is not None
    await Changed(parts.storage).send(message(marker, workspace_id=asker.workspace.id, title=marker))
    (logged,) = await parts.storage.deliveries(asker.workspace.id, DeliveryQuery(), 10)
    rule = await add_rule(parts, asker, RuleFields(name=marker, delivery="daily"))
    if marker == OURS:  # rules are numbered in each workspace: ours has one that theirs has not
        rule = await add_rule(parts, asker, RuleFields(name=marker))
    made = incident(marker, workspace_id=asker.workspace.id)
    unusual: KeptIncident = await Changed(parts.storage).add_incident(made)
    return {
        "budget_id": budget_id_text(budget.id),
        "reservation_id": reservation_id_text(gate.reservation_id),
        "incident_id": incident_id_text(unusual.id),
        "channel_id": channel_id_text(channel.id),
        "alert_id": alert_id_text(logged.message.id),
        "rule_id": rule_id_text(rule.id),
        "delivery_id": delivery_id_text(logged.delivery.id),
    }


def _schedule(marker: str) -> NewSchedule:
    """One whose service is not found when it is tried."""
    to = DestinationFields(
        kind="s3",
        endpoint=f"https://{marker}.invalid",
        region="r",
        bucket="costs",
        prefix=marker,
        key_id=marker,
        secret=marker,
    )
    return NewSchedule(name=marker, what="requests", destination=to)


def _channel(marker: str) -> NewChannel:
    """One that is not found when it is tried."""
    return NewChannel(name=marker, kind="webhook", url=f"https://{marker}.invalid/")


async def _erased(installation: Installed, asker: Asker, marker: str) -> str:
    """The record of an erasure that is done."""
    done = Erasure(
        workspace_id=asker.workspace.id,
        kind="user",
        value=None,
        alias=f"erased-{marker}",
        salt="5a17",
        digest="d16e57",
        state="done",
        note=marker,
        created_by=asker.user.id,
        created_at=NOW,
        finished_at=NOW,
    )
    kept: Erasure = await Changed(installation.parts.storage).add_erasure(done)
    return erasure_id_text(kept.id)


async def _invited(installation: Installed, asker: Asker, marker: str) -> Invitation:
    invitation: Invitation = await Changed(installation.parts.storage).add_invitation(
        Invitation(
            id=0,
            workspace_id=asker.workspace.id,
            email=f"{marker}-invited@example.org",
            role="viewer",
            token_hash=digest(marker),
            invited_by=asker.user.id,
            created_at=NOW,
            expires_at=NOW + 86_400_000,
        )
    )
    return invitation
