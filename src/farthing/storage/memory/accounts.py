"""People, workspaces, keys and secrets of the in-memory storage."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import count
from uuid import uuid4

from farthing.storage.contract import (
    AlreadyExistsError,
    ApiKey,
    Member,
    Membership,
    NewInstallation,
    User,
    Workspace,
)
from farthing.storage.memory.openness import Openable


class MemoryAccounts(Openable):
    """Keeps `Accounts` of the storage contract."""

    def __init__(self) -> None:
        super().__init__()
        self._ids = count(1)
        self._users: dict[int, User] = {}
        self._workspaces: dict[int, Workspace] = {}
        self._deleted: dict[int, int] = {}
        self._places: dict[tuple[int, int], Member] = {}
        self._keys: dict[bytes, ApiKey] = {}
        self._secrets: dict[str, bytes] = {}

    @property
    def _memberships(self) -> list[Membership]:
        """All places in workspaces that are not deleted."""
        places = [each.membership for each in self._places.values()]
        return [each for each in places if each.workspace.id not in self._deleted]

    async def has_accounts(self) -> bool:
        self.require_open()
        return bool(self._users)

    async def create_installation(self, new: NewInstallation) -> tuple[Membership, ApiKey]:
        self.require_open()
        if self._users:
            raise AlreadyExistsError("this installation has been set up already")
        at = new.created_at
        workspace = Workspace(next(self._ids), str(uuid4()), new.workspace_name, new.timezone, at)
        user = User(next(self._ids), str(uuid4()), new.email.lower(), new.password_hash, at)
        key = ApiKey(0, workspace.id, user.id, new.key_name, new.key_prefix, new.key_hash, at)
        membership = Membership(workspace, user, "owner")
        self._users[user.id], self._workspaces[workspace.id] = user, workspace
        self._places[workspace.id, user.id] = Member(membership, at)
        return membership, await self.create_api_key(key)

    async def user_by_email(self, email: str) -> User | None:
        self.require_open()
        return next((user for user in self._users.values() if user.email == email.lower()), None)

    async def people(self, public_ids: Collection[str]) -> list[User]:
        self.require_open()
        everybody = {user.public_id: user for user in self._users.values()}
        return [user for public_id, user in everybody.items() if public_id in public_ids]

    async def memberships(self, user_id: int) -> list[Membership]:
        self.require_open()
        theirs = [each for each in self._memberships if each.user.id == user_id]
        return sorted(theirs, key=lambda each: (each.workspace.created_at, each.workspace.id))

    async def membership(self, user_public_id: str, workspace_public_id: str) -> Membership | None:
        self.require_open()
        for membership in self._memberships:
            place = membership.user.public_id, membership.workspace.public_id
            if place == (user_public_id, workspace_public_id):
                return membership
        return None

    async def replace_password_hash(self, user_id: int, before: str, after: str) -> bool:
        user = self._users.get(user_id)
        if user is None or user.password_hash != before:
            return False
        changed = self._users[user_id] = replace(user, password_hash=after)
        for key, place in self._places.items():
            if place.membership.user.id == user_id:
                self._places[key] = replace(place, membership=replace(place.membership, user=changed))
        return True

    async def create_api_key(self, key: ApiKey) -> ApiKey:
        self.require_open()
        if key.key_hash in self._keys:
            raise AlreadyExistsError("there is an API key with this hash already")
        if key.replaces_id is not None and any(
            key.replaces_id == each.replaces_id for each in self._keys.values()
        ):
            raise AlreadyExistsError("there is an API key in place of this one already")
        self._keys[key.key_hash] = replace(key, id=next(self._ids))
        return self._keys[key.key_hash]

    async def api_key_by_hash(self, key_hash: bytes) -> ApiKey | None:
        self.require_open()
        key = self._keys.get(key_hash)
        return None if key is None or key.workspace_id in self._deleted else key

    async def api_keys(self, workspace_id: int) -> list[ApiKey]:
        self.require_open()
        keys = [key for key in self._keys.values() if key.workspace_id == workspace_id]
        return sorted(keys, key=lambda key: (key.created_at, key.id), reverse=True)

    async def change_api_key(self, key: ApiKey) -> bool:
        self.require_open()
        old = self._keys.get(key.key_hash)
        if old is None or (old.id, old.workspace_id, old.revoked_at) != (key.id, key.workspace_id, None):
            return False
        given = {name: getattr(key, name) for name in ("name", "note", "owner_id", "rules", "expires_at")}
        self._keys[key.key_hash] = replace(old, **given)
        return True

    async def note_key_uses(self, uses: Mapping[int, int]) -> None:
        self.require_open()
        for key in list(self._keys.values()):
            used_at = uses.get(key.id)
            if used_at is not None and used_at > (key.last_used_at or 0):
                self._keys[key.key_hash] = replace(key, last_used_at=used_at)

    async def members(self, workspace_id: int) -> list[Membership]:
        self.require_open()
        return [each for each in self._memberships if each.workspace.id == workspace_id]

    async def revoke_api_key(self, workspace_id: int, key_id: int, at: int) -> bool:
        self.require_open()
        for key in self._keys.values():
            if (key.workspace_id, key.id, key.revoked_at) == (workspace_id, key_id, None):
                self._keys[key.key_hash] = replace(key, revoked_at=at)
                return True
        return False

    async def workspace(self, workspace_id: int) -> Workspace | None:
        self.require_open()
        return self._workspaces.get(workspace_id)

    async def secret(self, name: str, fresh: bytes) -> bytes:
        self.require_open()
        return self._secrets.setdefault(name, fresh)
