"""Sessions of the in-memory storage."""

from __future__ import annotations

from dataclasses import replace

from farthing.storage.contract import SESSIONS_MAX, AlreadyExistsError, Membership, Rotation, Session
from farthing.storage.memory.accounts import MemoryAccounts


class MemorySessions(MemoryAccounts):
    """Keeps `SessionStore`, and `SessionChanges` of a change."""

    def __init__(self) -> None:
        super().__init__()
        self._sessions: dict[bytes, Session] = {}

    async def session_by_hash(self, token_hash: bytes) -> tuple[Session, Membership] | None:
        self.require_open()
        session = self._sessions.get(token_hash)
        if session is None:
            return None
        for membership in await self.memberships(session.user_id):
            if membership.workspace.id == session.workspace_id:
                return session, membership
        return None

    async def sessions(self, user_id: int) -> list[Session]:
        self.require_open()
        mine = [each for each in self._sessions.values() if each.user_id == user_id]
        return sorted(mine, key=lambda each: (each.last_seen_at, each.id), reverse=True)

    async def see_session(self, session_id: int, at: int) -> None:
        self.require_open()
        for session in list(self._sessions.values()):
            if session.id == session_id:
                self._sessions[session.token_hash] = replace(session, last_seen_at=at)

    async def rotate_session(self, session_id: int, before: bytes, after: Rotation) -> bool:
        self.require_open()
        for session in list(self._sessions.values()):
            rotation = session.rotation
            if session.id == session_id and rotation is not None and rotation.secret_hash == before:
                self._sessions[session.token_hash] = replace(session, rotation=after)
                return True
        return False

    async def start_session(self, session: Session) -> Session:
        if session.token_hash in self._sessions:
            raise AlreadyExistsError("a session with this token exists already")
        mine = await self.sessions(session.user_id)
        live = [each for each in mine if each.expires_at > session.created_at][: SESSIONS_MAX - 1]
        for gone in set(mine) - set(live):
            del self._sessions[gone.token_hash]
        self._sessions[session.token_hash] = replace(session, id=next(self._ids))
        place = session.workspace_id, session.user_id
        if place in self._places:
            self._places[place] = replace(self._places[place], last_sign_in_at=session.created_at)
        return self._sessions[session.token_hash]

    async def end_session(self, user_id: int, session_id: int) -> bool:
        for session in await self.sessions(user_id):
            if session.id == session_id:
                return self._sessions.pop(session.token_hash) is not None
        return False

    async def end_sessions(self, user_id: int, but: int | None = None) -> list[int]:
        ended = [each for each in await self.sessions(user_id) if each.id != but]
        for session in ended:
            del self._sessions[session.token_hash]
        return sorted(each.id for each in ended)
