"""What every answer of the ingest family carries, refusals included (contract 3.3 and 5.1)."""

from __future__ import annotations

import msgspec


class StatusAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The status fields of contract 3.3. A self-hosted workspace has no plan limit (decision D9).

    Old clients read a `planLimitRequests` of 0 as "no limit". `providerCallsContinue` is always true:
    Farthing never stands between an application and its provider.
    """

    ok: bool = True
    plan_tier: str = "self_hosted"
    reason: str | None = None
    telemetry_paused: bool = False
    provider_calls_continue: bool = True
    is_plan_limit_reached: bool = False
    budget_warning: bool = False
    budget_exceeded: bool = False
    plan_limit_requests: int = 0
    free_limit_remaining_requests: int = 0


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field. `field` is its wire name, nested ones with dots and [index]."""

    field: str
    message: str


class ErrorAnswer(StatusAnswer, frozen=True, kw_only=True, rename="camel"):
    """The one shape of every refusal and failure. `reason` is for programs, `message` for people.

    `request_id` is given with unexpected failures only: it finds the line in the server's log.
    """

    ok: bool = False
    message: str
    errors: tuple[FieldError, ...] = ()
    request_id: str | msgspec.UnsetType = msgspec.UNSET
