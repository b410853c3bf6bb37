"""A person's sign-ins over HTTP."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import delete, get
from litestar.params import FromPath

from farthing.actions.entry.manage_sessions import (
    OwnSession,
    end_other_sessions,
    end_own_session,
    list_own_sessions,
)
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenAsker, GivenParts
from farthing.rules.ids import session_id_number, session_id_text
from farthing.rules.instants import instant
from farthing.rules.roles import PERSON


class SessionItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A sign-in: `kind` is "web" or "token", `program` what it was made with, in a few words.

    `ends_at` is when it ends if it is not used any more; `is_current` marks the one that asks.
    """

    id: str
    kind: str
    program: str
    address: str
    created_at: str
    last_seen_at: str
    ends_at: str
    is_current: bool


class SessionList(msgspec.Struct, frozen=True):
    """The one that asks, then the others, last seen first."""

    items: list[SessionItem]


class EndedAnswer(StatusAnswer, frozen=True, kw_only=True, rename="camel"):
    """How many sign-ins were ended."""

    ended: int


@get("/me/sessions", tags=["me"], needs=PERSON)
async def list_sessions(parts: GivenParts, asker: GivenAsker) -> SessionList:
    """Where the asker is signed in."""
    return SessionList([_item(own) for own in await list_own_sessions(parts, asker)])


@delete("/me/sessions", status_code=200, tags=["me"], needs=PERSON)
async def end_others(parts: GivenParts, asker: GivenAsker) -> EndedAnswer:
    """End all sign-ins of the asker but the one that asks."""
    return EndedAnswer(ended=await end_other_sessions(parts, asker))


@delete("/me/sessions/{session_id:str}", status_code=200, tags=["me"], needs=PERSON)
async def end_one(session_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """End a sign-in of the asker's; within two seconds in every process."""
    await end_own_session(parts, asker, session_id_number(session_id))
    return StatusAnswer()


def _item(own: OwnSession) -> SessionItem:
    session = own.session
    return SessionItem(
        id=session_id_text(session.id),
        kind=session.kind,
        program=own.program,
        address=session.address,
        created_at=instant(session.created_at),
        last_seen_at=instant(session.last_seen_at),
        ends_at=instant(own.ends_at),
        is_current=own.is_this,
    )


HANDLERS: Final = [list_sessions, end_others, end_one]
