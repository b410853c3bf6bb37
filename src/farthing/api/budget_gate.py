"""The gate before a call, for applications: would it fit, hold it, and let go of what is held."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, post
from litestar.params import FromPath

from farthing.actions.budgets.gate import Asked, check, read_asked, reserve, settle
from farthing.actions.errors import InvalidKeyError, NotFoundError
from farthing.actions.keys.recognise_key import KeyContext
from farthing.api.access import key_of
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenParts
from farthing.rules.budget_room import Gate, Room
from farthing.rules.budget_state import State
from farthing.rules.budgets import Enforcement, Unit
from farthing.rules.ids import budget_id_text, reservation_id_number, reservation_id_text
from farthing.rules.instants import instant
from farthing.rules.money import usd_text

_NUMBER_MAX: Final = 2**31 - 1


class RoomItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A budget that the call would be part of. Amounts are exact, in its unit; `held` is of others' calls.

    `stateAfter` is how it would stand with what is held and the call.
    """

    id: str
    name: str
    value: str | None
    enforcement: Enforcement
    unit: Unit
    spent: str | int
    held: str | int
    limit: str | int
    state: State
    state_after: State
    fits: bool


class GateAnswer(StatusAnswer, frozen=True, kw_only=True, rename="camel"):
    """Whether the call fits all budgets, and whether one that is enforced keeps it back."""

    fits: bool
    enforcement: str
    estimated_usd: float | None
    budgets: list[RoomItem]


class ReservationAnswer(GateAnswer, frozen=True, kw_only=True, rename="camel"):
    """The same, and what is held: `granted` is false, and nothing is, when an enforced budget has no room."""

    granted: bool
    reservation_id: str | None
    expires_at: str | None


@post("/budgets/check", status_code=200, tags=["budgets"], security=[{"apiKey": []}], needs="key")
async def post_check(request: Request[Any, Any, Any], parts: GivenParts) -> GateAnswer:
    """Would a call like this fit? Takes the fields of an ingest, or `estimatedUsd`; keeps nothing."""
    asked = read_asked(parts, _key(request), await request.body())
    return GateAnswer(**_gate(asked, await check(parts, asked)))


@post("/budgets/reservations", status_code=200, tags=["budgets"], security=[{"apiKey": []}], needs="key")
async def post_reservation(request: Request[Any, Any, Any], parts: GivenParts) -> ReservationAnswer:
    """Hold what a call like this wants, for `expiresInSeconds` (300; at most 3,600)."""
    asked = read_asked(parts, _key(request), await request.body())
    found, expires_at = await reserve(parts, asked)
    number = found.reservation_id
    return ReservationAnswer(
        **_gate(asked, found),
        granted=number is not None,
        reservation_id=None if number is None else reservation_id_text(number),
        expires_at=None if number is None else instant(expires_at),
    )


@post(
    "/budgets/reservations/{reservation_id:str}/settle",
    status_code=200,
    tags=["budgets"],
    security=[{"apiKey": []}],
    needs="key",
)
async def post_settlement(
    request: Request[Any, Any, Any], reservation_id: FromPath[str], parts: GivenParts
) -> StatusAnswer:
    """Hold nothing for it any more: after the call was sent, or when it is not made."""
    number = reservation_id_number(reservation_id)
    if number is None or number > _NUMBER_MAX:
        raise NotFoundError(f"there is no reservation {reservation_id[:40]!r} in this workspace")
    await settle(parts, _key(request), number)
    return StatusAnswer()


KEY_HANDLERS: Final = [post_check, post_reservation, post_settlement]


def _key(request: Request[Any, Any, Any]) -> KeyContext:
    key = key_of(request)
    if key is None:
        raise InvalidKeyError
    return key


def _gate(asked: Asked, found: Gate) -> dict[str, Any]:
    return {
        "fits": found.fits,
        "enforcement": "block" if found.is_blocked else "none",
        "estimated_usd": None if asked.estimated_usd is None else float(asked.estimated_usd),
        "budgets": [_room(each) for each in found.rooms],
    }


def _room(each: Room) -> RoomItem:
    of, state = each.standing.budget, each.standing.state
    unit = of.limit.unit
    held = {"usd": each.held[0], "requests": each.held[1], "tokens": each.held[2]}[unit]
    spent, kept, limit = (usd_text(n) if unit == "usd" else n for n in (state.spent, held, state.limit))
    return RoomItem(
        id=budget_id_text(of.id),
        name=of.name,
        value=each.standing.value,
        enforcement=of.enforced,
        unit=unit,
        spent=spent,
        held=kept,
        limit=limit,
        state=state.state,
        state_after=each.after.state,
        fits=each.fits,
    )
