"""Every JSON route but ingest, which stands beside the framework (farthing.app says why)."""

from __future__ import annotations

from typing import Final

from litestar import Router
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from farthing.api import (
    alert_settings,
    alerts,
    audit,
    auth,
    budget_gate,
    budgets,
    changes,
    channels,
    checklist,
    corrections,
    dashboard,
    data_quality,
    deletions,
    deliveries,
    demo,
    erasures,
    export_jobs,
    export_schedules,
    exports,
    incidents,
    invitations,
    jobs,
    keys,
    members,
    own_prices,
    passwords,
    personal_tokens,
    pricing_models,
    prompt_impact,
    repricings,
    requests,
    retention,
    search,
    sessions,
    unpriced,
    workspace_status,
    workspaces,
)
from farthing.api.access import allow, given_asker
from farthing.api.health import healthz, readyz
from farthing.api.metrics import metrics
from farthing.api.query import refuse_parameters

BEARER: Final = "bearer"
API_KEY: Final = "apiKey"

_PRIVATE: Final = Router(
    path="/",
    route_handlers=[
        *dashboard.HANDLERS,
        *requests.HANDLERS,
        *corrections.HANDLERS,
        *erasures.HANDLERS,
        *exports.HANDLERS,
        *export_jobs.HANDLERS,
        *export_schedules.HANDLERS,
        *keys.HANDLERS,
        own_prices.list_overrides,
        own_prices.create_override,
        own_prices.delete_override,
        own_prices.list_aliases,
        own_prices.create_alias,
        own_prices.delete_alias,
        unpriced.unpriced_models,
        data_quality.data_quality,
        *checklist.HANDLERS,
        search.get_search,
        changes.changes,
        prompt_impact.prompt_impact,
        *members.HANDLERS,
        passwords.post_password,
        *workspaces.HANDLERS,
        *invitations.HANDLERS,
        workspace_status.of_person,
        *repricings.HANDLERS,
        *jobs.HANDLERS,
        *retention.HANDLERS,
        *deletions.HANDLERS,
        *personal_tokens.HANDLERS,
        *sessions.HANDLERS,
        *audit.HANDLERS,
        *budgets.HANDLERS,
        *channels.HANDLERS,
        *deliveries.HANDLERS,
        *alerts.HANDLERS,
        *alert_settings.HANDLERS,
        *incidents.HANDLERS,
    ],
    security=[{BEARER: []}],
)
_V1: Final = Router(
    path="/v1",
    dependencies={"asker": Provide(given_asker, sync_to_thread=False)},
    guards=[allow, refuse_parameters],
    route_handlers=[
        auth.login,
        auth.refresh_tokens,
        auth.logout,
        invitations.post_accept,
        passwords.post_forgotten,
        passwords.post_reset,
        demo.load,
        *corrections.KEY_HANDLERS,
        *budget_gate.KEY_HANDLERS,
        export_jobs.get_linked_file,
        jobs.get_job,
        pricing_models.pricing_models,
        workspace_status.of_key,
        _PRIVATE,
    ],
    # Money and tokens: no proxy and no browser keeps any of it.
    cache_control=CacheControlHeader(no_store=True),
)

route_handlers: Final[list[ControllerRouterHandler]] = [_V1, healthz, readyz, metrics]
"""What the app takes from this room."""
