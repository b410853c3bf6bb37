"""A person's own sign-ins: where they are signed in, and ending one or all others."""

from __future__ import annotations

from dataclasses import dataclass

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.entry.sign_in import end_session
from farthing.actions.errors import NotFoundError
from farthing.actions.parts import Parts
from farthing.rules.agents import program_name
from farthing.rules.ids import session_id_text
from farthing.storage.contract import Session


@dataclass(frozen=True)
class OwnSession:
    """A sign-in of the asker's, as they see it. `ends_at` is when it ends if it isn't used any more."""

    session: Session
    program: str
    ends_at: int
    is_this: bool


async def list_own_sessions(parts: Parts, asker: Asker) -> list[OwnSession]:
    """Those that have not ended: the one that asks, then the others, last seen first."""
    sessions = await parts.storage.sessions(asker.user.id)
    live = [each for each in sessions if not parts.sign_ins.is_over(each)]
    live.sort(key=lambda each: each.id != asker.session_id)
    return [
        OwnSession(
            session=each,
            program=program_name(each.agent),
            ends_at=parts.sign_ins.ends_at(each),
            is_this=each.id == asker.session_id,
        )
        for each in live
    ]


async def own_session(parts: Parts, asker: Asker, session_id: int | None) -> OwnSession:
    """One of those. Raises NotFoundError."""
    for own in await list_own_sessions(parts, asker):
        if own.session.id == session_id:
            return own
    raise NotFoundError("there is no such sign-in of yours, or it has ended already")


async def end_own_session(parts: Parts, asker: Asker, session_id: int | None) -> None:
    """End one of them: at once in this process, within two seconds in others. Raises NotFoundError."""
    own = await own_session(parts, asker, session_id)
    await end_session(parts, asker, own.session.id, "ended by its person")


async def end_other_sessions(parts: Parts, asker: Asker) -> int:
    """End all but the one that asks; how many there were."""

    async def work(audited: Audited) -> int:
        ended = await audited.changes.end_sessions(asker.user.id, asker.session_id)
        for session_id in ended:
            told = {"reason": "ended by its person"}
            await audited.enter("session.ended", session_id_text(session_id), after=told)
        return len(ended)

    return await change(parts, asker, work)
