"""Members, invitations and links for passwords of the in-memory storage."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import msgspec

from farthing.storage.contract import (
    AlreadyExistsError,
    Invitation,
    Member,
    Membership,
    PasswordReset,
    User,
    Workspace,
)
from farthing.storage.memory.events import MemoryEvents
from farthing.storage.memory.sessions import MemorySessions

Key = tuple[int, int]


class MemoryPeople(MemorySessions, MemoryEvents):
    """Keeps `People` and `PeopleChanges` of the storage contract."""

    def __init__(self) -> None:
        super().__init__()
        self._invitations: dict[int, Invitation] = {}
        self._resets: dict[int, PasswordReset] = {}

    async def roster(self, workspace_id: int) -> list[Member]:
        self.require_open()
        here = [each for each in self._places.values() if each.membership.workspace.id == workspace_id]
        return sorted(here, key=lambda each: (each.joined_at, each.membership.user.id))

    async def member(self, workspace_id: int, user_id: int) -> Membership | None:
        place = self._places.get((workspace_id, user_id))
        return None if place is None else place.membership

    async def owner_count(self, workspace_id: int) -> int:
        return sum(each.membership.role == "owner" for each in await self.roster(workspace_id))

    async def person_by_email(self, email: str) -> User | None:
        return await self.user_by_email(email)

    async def places(self, user_id: int) -> list[Membership]:
        return await self.memberships(user_id)

    async def create_user(self, email: str, password_hash: str, at: int) -> User:
        if await self.user_by_email(email) is not None:
            raise AlreadyExistsError("a person with this e-mail address exists already")
        user = User(next(self._ids), str(uuid4()), email.lower(), password_hash, at)
        self._users[user.id] = user
        return user

    async def add_member(self, workspace_id: int, user_id: int, role: str, at: int) -> None:
        if (workspace_id, user_id) in self._places:
            raise AlreadyExistsError("the person is a member already")
        membership = Membership(self._workspaces[workspace_id], self._users[user_id], role)
        self._places[workspace_id, user_id] = Member(membership, at)

    async def set_role(self, workspace_id: int, user_id: int, role: str) -> bool:
        place = self._places.get((workspace_id, user_id))
        if place is None:
            return False
        changed = replace(place, membership=replace(place.membership, role=role))
        self._places[workspace_id, user_id] = changed
        return True

    async def remove_member(self, workspace_id: int, user_id: int) -> bool:
        for session in list(self._sessions.values()):
            if (session.workspace_id, session.user_id) == (workspace_id, user_id):
                del self._sessions[session.token_hash]
        return self._places.pop((workspace_id, user_id), None) is not None

    async def hand_over_api_keys(self, workspace_id: int, owner_id: int, to_id: int) -> int:
        theirs = [
            key for key in self._keys.values() if (key.workspace_id, key.owner_id) == (workspace_id, owner_id)
        ]
        for key in theirs:
            self._keys[key.key_hash] = replace(key, owner_id=to_id)
        return len(theirs)

    async def move_session(self, session_id: int, workspace_id: int) -> bool:
        for session in self._sessions.values():
            if session.id == session_id:
                self._sessions[session.token_hash] = replace(session, workspace_id=workspace_id)
                return True
        return False

    async def set_password(self, user_id: int, password_hash: str) -> None:
        changed = self._users[user_id] = replace(self._users[user_id], password_hash=password_hash)
        for key, place in self._places.items():
            if key[1] == user_id:
                self._places[key] = replace(place, membership=replace(place.membership, user=changed))
        self._resets.pop(user_id, None)

    async def add_password_reset(self, reset: PasswordReset) -> None:
        self._resets[reset.user_id] = reset

    async def use_password_reset(self, token_hash: bytes) -> bool:
        for reset in list(self._resets.values()):
            if reset.token_hash == token_hash:
                del self._resets[reset.user_id]
                return True
        return False

    async def password_reset(self, token_hash: bytes) -> tuple[PasswordReset, User] | None:
        self.require_open()
        for reset in self._resets.values():
            if reset.token_hash == token_hash:
                return reset, self._users[reset.user_id]
        return None

    async def create_workspace(self, name: str, timezone: str, at: int) -> Workspace:
        workspace = Workspace(next(self._ids), str(uuid4()), name, timezone, at)
        self._workspaces[workspace.id] = workspace
        return workspace

    async def change_workspace(self, workspace_id: int, name: str, timezone: str) -> bool:
        before = self._workspaces.get(workspace_id)
        if before is None:
            return False
        changed = self._workspaces[workspace_id] = replace(before, name=name, timezone=timezone)
        for key, place in self._places.items():
            if key[0] == workspace_id:
                moved = replace(place.membership, workspace=changed)
                self._places[key] = replace(place, membership=moved)
        return True

    async def has_events(self, workspace_id: int) -> bool:
        return any(of == workspace_id for of, _ in (*self._stored, *self._summed))

    async def mark_workspace_deleted(self, workspace_id: int, at: int | None) -> bool:
        is_deleted = workspace_id in self._deleted
        if workspace_id not in self._workspaces or is_deleted == (at is not None):
            return False
        if at is None:
            del self._deleted[workspace_id]
        else:
            self._deleted[workspace_id] = at
        return True

    async def deleted_workspaces(self) -> list[tuple[Workspace, int]]:
        self.require_open()
        marked = [(self._workspaces[key], at) for key, at in self._deleted.items()]
        return sorted(marked, key=lambda each: (each[0].created_at, each[0].id))

    async def add_invitation(self, new: Invitation) -> Invitation:
        kept = msgspec.structs.replace(new, id=next(self._ids))
        self._invitations[kept.id] = kept
        return kept

    async def open_invitations(self, workspace_id: int) -> list[Invitation]:
        self.require_open()
        here = [
            each
            for each in self._invitations.values()
            if each.workspace_id == workspace_id and each.ended_at is None
        ]
        return sorted(here, key=lambda each: (each.created_at, each.id), reverse=True)

    async def open_invitations_to(self, workspace_id: int, email: str) -> list[Invitation]:
        return [each for each in await self.open_invitations(workspace_id) if each.email == email.lower()]

    async def invitation_by_hash(self, token_hash: bytes) -> tuple[Invitation, Workspace] | None:
        self.require_open()
        for each in self._invitations.values():
            is_open = each.ended_at is None and each.workspace_id not in self._deleted
            if each.token_hash == token_hash and is_open:
                return each, self._workspaces[each.workspace_id]
        return None

    async def end_invitation(self, workspace_id: int, invitation_id: int, at: int) -> bool:
        found = self._invitations.get(invitation_id)
        if found is None or found.workspace_id != workspace_id or found.ended_at is not None:
            return False
        self._invitations[invitation_id] = msgspec.structs.replace(found, ended_at=at)
        return True
