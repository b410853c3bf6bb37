"""Changes of people, workspaces and invitations, over one transaction."""

from __future__ import annotations

from farthing.storage.contract import Invitation, Membership, PasswordReset, User, Workspace
from farthing.storage.sql import accounts, checklists, invitations, people, workspaces
from farthing.storage.sql.transaction import Transaction


class SqlPeopleChanges:
    """Keeps `storage.contract.PeopleChanges` and `ChecklistChanges`, where every method is described."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def member(self, workspace_id: int, user_id: int) -> Membership | None:
        return await people.member(self._tx, workspace_id, user_id)

    async def owner_count(self, workspace_id: int) -> int:
        return await people.owner_count(self._tx, workspace_id)

    async def person_by_email(self, email: str) -> User | None:
        return await accounts.user_by_email(self._tx, email)

    async def places(self, user_id: int) -> list[Membership]:
        return await accounts.memberships(self._tx, user_id)

    async def create_user(self, email: str, password_hash: str, at: int) -> User:
        return await people.create_user(self._tx, email, password_hash, at)

    async def add_member(self, workspace_id: int, user_id: int, role: str, at: int) -> None:
        await people.add_member(self._tx, workspace_id, user_id, role, at)

    async def set_role(self, workspace_id: int, user_id: int, role: str) -> bool:
        return await people.set_role(self._tx, workspace_id, user_id, role)

    async def remove_member(self, workspace_id: int, user_id: int) -> bool:
        return await people.remove_member(self._tx, workspace_id, user_id)

    async def hand_over_api_keys(self, workspace_id: int, owner_id: int, to_id: int) -> int:
        return await people.hand_over_api_keys(self._tx, workspace_id, owner_id, to_id)

    async def move_session(self, session_id: int, workspace_id: int) -> bool:
        return await people.move_session(self._tx, session_id, workspace_id)

    async def set_password(self, user_id: int, password_hash: str) -> None:
        await people.set_password(self._tx, user_id, password_hash)

    async def add_password_reset(self, reset: PasswordReset) -> None:
        await invitations.add_reset(self._tx, reset)

    async def use_password_reset(self, token_hash: bytes) -> bool:
        return await invitations.use_reset(self._tx, token_hash)

    async def create_workspace(self, name: str, timezone: str, at: int) -> Workspace:
        return await workspaces.create(self._tx, name, timezone, at)

    async def change_workspace(self, workspace_id: int, name: str, timezone: str) -> bool:
        return await workspaces.change(self._tx, workspace_id, name, timezone)

    async def has_events(self, workspace_id: int) -> bool:
        return await workspaces.has_events(self._tx, workspace_id)

    async def mark_workspace_deleted(self, workspace_id: int, at: int | None) -> bool:
        return await workspaces.mark_deleted(self._tx, workspace_id, at)

    async def add_invitation(self, new: Invitation) -> Invitation:
        return await invitations.add(self._tx, new)

    async def end_invitation(self, workspace_id: int, invitation_id: int, at: int) -> bool:
        return await invitations.end(self._tx, workspace_id, invitation_id, at)

    async def open_invitations_to(self, workspace_id: int, email: str) -> list[Invitation]:
        return await invitations.open_to(self._tx, workspace_id, email)

    async def end_checklist(self, workspace_id: int, user_id: int, at: int) -> None:
        await checklists.end(self._tx, workspace_id, user_id, at)

    async def resume_checklist(self, workspace_id: int, user_id: int) -> bool:
        return await checklists.resume(self._tx, workspace_id, user_id)
