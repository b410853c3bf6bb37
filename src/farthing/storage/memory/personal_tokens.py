"""Personal access tokens of the in-memory storage."""

from __future__ import annotations

from msgspec.structs import replace

from farthing.storage.contract import AlreadyExistsError, Membership, PersonalToken, User
from farthing.storage.memory.accounts import MemoryAccounts


class MemoryPersonalTokens(MemoryAccounts):
    """Keeps `PersonalTokenStore`, and `PersonalTokenChanges` of a change."""

    def __init__(self) -> None:
        super().__init__()
        self._personal_tokens: dict[int, PersonalToken] = {}

    async def personal_token_by_hash(self, token_hash: bytes) -> tuple[PersonalToken, Membership] | None:
        self.require_open()
        for token in self._personal_tokens.values():
            if token.token_hash == token_hash:
                places = await self.memberships(token.user_id)
                mine = [each for each in places if each.workspace.id == token.workspace_id]
                return (token, mine[0]) if mine else None
        return None

    async def personal_tokens(
        self, workspace_id: int, user_id: int | None = None
    ) -> list[tuple[PersonalToken, User]]:
        self.require_open()
        found = [
            (token, self._users[token.user_id])
            for token in self._personal_tokens.values()
            if token.workspace_id == workspace_id and user_id in (None, token.user_id)
        ]
        return found[::-1]

    async def use_personal_token(self, token_id: int, at: int) -> None:
        self.require_open()
        if token_id in self._personal_tokens:
            used = replace(self._personal_tokens[token_id], last_used_at=at)
            self._personal_tokens[token_id] = used

    async def add_personal_token(self, new: PersonalToken) -> PersonalToken:
        if any(each.token_hash == new.token_hash for each in self._personal_tokens.values()):
            raise AlreadyExistsError("a personal token with this hash exists already")
        kept = replace(new, id=next(self._ids))
        self._personal_tokens[kept.id] = kept
        return kept

    async def revoke_personal_token(self, workspace_id: int, token_id: int, at: int) -> bool:
        token = self._personal_tokens.get(token_id)
        if token is None or token.workspace_id != workspace_id or token.revoked_at is not None:
            return False
        self._personal_tokens[token_id] = replace(token, revoked_at=at)
        return True

    async def revoke_personal_tokens(self, workspace_id: int, user_id: int, at: int) -> list[int]:
        mine = [
            each.id
            for each in self._personal_tokens.values()
            if (each.workspace_id, each.user_id, each.revoked_at) == (workspace_id, user_id, None)
        ]
        for token_id in mine:
            await self.revoke_personal_token(workspace_id, token_id, at)
        return mine
