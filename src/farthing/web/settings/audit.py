"""The audit log as a page: who changed what, filtered, paged, and verified on request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get
from litestar.response import Stream

from farthing.actions.reads.export_audit import MEDIA_TYPES, export_audit
from farthing.actions.reads.read_audit import AuditPage, ToldEntry, audit_page, read_audit_query, verify_audit
from farthing.rules.audit import Entry
from farthing.web.address import Address, address_of
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.headers import PAGE_HEADERS
from farthing.web.pages import Frame, render

_PATH: Final = "/settings/audit"
_PARAMETERS: Final = ("cursor", "verify", "limit")
_WHENCE: Final = {"page": "web page", "api": "API", "command": "command line", "job": "job"}
NOUNS: Final[dict[str, str]] = {
    "alert": "Alert",
    "alert_rule": "Alert rule",
    "alert_settings": "Alert settings",
    "api_key": "API key",
    "audit_log": "Audit log",
    "budget": "Budget",
    "calls": "Calls",
    "channel": "Alert channel",
    "demo_data": "Demo data",
    "erasure": "Erasure",
    "hold": "Legal hold",
    "export": "Export",
    "export_schedule": "Scheduled export",
    "identity": "OpenID identity",
    "incident": "Incident",
    "invitation": "Invitation",
    "job": "Job",
    "kill_switch": "Kill switch",
    "member": "Member",
    "model_alias": "Model alias",
    "price_override": "Own price",
    "password": "Password",
    "token": "Personal access token",
    "plan": "Plan",
    "repricing": "Re-pricing",
    "request": "Request",
    "retention": "Retention",
    "saved_view": "Saved view",
    "session": "Sign-in",
    "test_data": "Test data",
    "totp": "Two-step sign-in",
    "unit_cost_rule": "Unit cost limit",
    "workspace": "Workspace",
}
"""What entries are about, in words; others read as they are written."""


@dataclass(frozen=True)
class Line:
    """An entry in words. `changes` are (field, before, after)."""

    entry: Entry
    who: str
    what: str
    target: str
    whence: str
    changes: list[tuple[str, str | None, str | None]]


@get(_PATH, needs="read_audit")
async def show_audit(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A page of entries, newest first."""
    address = address_of(_PATH, request.query_params.multi_items())
    query, limit = await read_audit_query(parts, asker, address.pairs, _PARAMETERS)
    page = await audit_page(parts, asker, query, limit)
    verified = None
    if address.first("verify") is not None:
        verified = await verify_audit(parts, asker.workspace.id)
    return render(
        request,
        "audit",
        Frame(asker, "audit"),
        lines=[_line(told) for told in page.items],
        given={name: address.first(name) or "" for name in ("actor", "action", "target", "from", "to")},
        nouns=NOUNS,
        is_filtered=any(name not in _PARAMETERS for name, _ in address.pairs),
        verified=verified,
        verify=address.put(verify="1"),
        newest=address.put() if query.before_seq is not None else None,
        older=_older(address, page),
        export=_export(address),
    )


@get(_PATH + "/export", needs="read_audit")
async def export(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Stream:
    """All entries that the filters let through, as CSV."""
    query, _ = await read_audit_query(parts, asker, request.query_params.multi_items(), ())
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', **PAGE_HEADERS}
    body = await export_audit(parts, asker, query, "csv")
    return Stream(body, media_type=MEDIA_TYPES["csv"], headers=headers)


def action_words(action: str) -> str:
    """E.g. "API key created" for api_key.created."""
    noun, _, verb = action.partition(".")
    plain = noun.replace("_", " ").capitalize()
    return f"{NOUNS.get(noun, plain)} {verb.replace('_', ' ')}".strip()


def _line(told: ToldEntry) -> Line:
    entry = told.entry
    before, after = entry.before or {}, entry.after or {}
    names = dict.fromkeys((*before, *after))
    return Line(
        entry=entry,
        who=told.email or entry.actor or "the operator",
        what=action_words(entry.action),
        target=told.target_email or entry.target,
        whence=_WHENCE.get(entry.via, entry.via),
        changes=[(name, _shown(before, name), _shown(after, name)) for name in names],
    )


def _shown(fields: dict[str, Any], name: str) -> str | None:
    """A value as text; None where it is not told."""
    if name not in fields:
        return None
    value = fields[name]
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "nothing" if value in (None, "") else str(value)


def _older(address: Address, page: AuditPage) -> Address | None:
    return None if page.cursor is None else address.put(cursor=str(page.cursor), verify=None)


def _export(address: Address) -> Address:
    return Address("/settings/audit/export", address.only("actor", "action", "target", "from", "to").pairs)
