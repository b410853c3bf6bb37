"""Sessions: who is signed in where, and which refresh token is the last of its family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from farthing.storage.contract.accounts import Membership

SESSIONS_MAX: Final = 100
"""How many a person has at most: the ones that were unused longest give way to a new one."""


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """What is kept of a family of refresh tokens: hashes of the secret that is good and of the one before.

    `salt` made the good one out of the one before (see actions.entry.refresh_tokens). The last three are
    None until the first exchange.
    """

    secret_hash: bytes
    previous_hash: bytes | None = None
    salt: bytes | None = None
    rotated_at: int | None = None


@dataclass(frozen=True, kw_only=True)
class Session:
    """A sign-in: `kind` is "web" or "token".

    `token_hash` is a SHA-256: of the cookie, or of what all refresh tokens of the session begin with.
    `address` and `agent` are what was told of the place of the sign-in, for its person to know it by.
    """

    id: int
    user_id: int
    workspace_id: int
    kind: str
    token_hash: bytes
    created_at: int
    expires_at: int
    last_seen_at: int
    address: str = ""
    agent: str = ""
    rotation: Rotation | None = None


class SessionStore(Protocol):
    """Where sessions are found and kept up. Nothing here asks what time it is: `expires_at` is told only."""

    async def session_by_hash(self, token_hash: bytes) -> tuple[Session, Membership] | None:
        """The session with this token, and whose it is; None once they have left its workspace."""
        ...

    async def sessions(self, user_id: int) -> list[Session]:
        """All of a person, last seen first."""
        ...

    async def see_session(self, session_id: int, at: int) -> None:
        """Keep that it was used."""
        ...

    async def rotate_session(self, session_id: int, before: bytes, after: Rotation) -> bool:
        """Keep `after`, if the secret that is good still has the hash `before`; whether it had."""
        ...


class SessionChanges(Protocol):
    """Changes of who is signed in."""

    async def start_session(self, session: Session) -> Session:
        """Store one (its `id` is ignored and given). Raises AlreadyExistsError when its hash is there.

        Of its person's others, those that have expired go with it, and those beyond SESSIONS_MAX.
        """
        ...

    async def end_session(self, user_id: int, session_id: int) -> bool:
        """End one; False when the person has no such session."""
        ...

    async def end_sessions(self, user_id: int, but: int | None = None) -> list[int]:
        """End all of a person, `but` one; the ids of those that there were, lowest first."""
        ...
