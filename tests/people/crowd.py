"""People of a workspace for tests: made at once, and asking in the role they have."""

from __future__ import annotations

from farthing.actions.asker import Asker, Origin, operator_asking, person_asking
from farthing.actions.parts import Parts
from farthing.storage.contract import Changes, Membership, Storage
from tests.installations import NOW, StandingClock, parts_around, price_book
from tests.storages import install

ORIGIN = Origin("api", "127.0.0.1")


def parts_over(storage: Storage, clock: StandingClock | None = None, **settings: object) -> Parts:
    """Parts around an open storage, nothing started: enough for whatever records no event."""
    return parts_around(storage, price_book(), clock or StandingClock(), **settings)


async def crowd(storage: Storage, *roles: str) -> list[Membership]:
    """A fresh workspace: its first owner, then a person for each role."""
    first = await install(storage)
    return [first, *[await join(storage, first, f"{n}@example.org", role) for n, role in enumerate(roles)]]


async def join(storage: Storage, beside: Membership, email: str, role: str, hashed: str = "") -> Membership:
    """A new person in the workspace of another."""

    async def work(changes: Changes) -> Membership:
        user = await changes.create_user(email, hashed, NOW)
        await changes.add_member(beside.workspace.id, user.id, role, NOW)
        made = await changes.member(beside.workspace.id, user.id)
        assert made is not None
        return made

    return await storage.change(work)


async def asking(storage: Storage, membership: Membership) -> Asker | None:
    """The person as they are now; None when they have no place any more."""
    now = await storage.membership(membership.user.public_id, membership.workspace.public_id)
    return None if now is None else person_asking(now, ORIGIN)


async def roles_of(storage: Storage, workspace_id: int) -> dict[int, str]:
    """What everybody is, by the person's number."""
    members = await storage.roster(workspace_id)
    return {each.membership.user.id: each.membership.role for each in members}


__all__ = ["ORIGIN", "asking", "crowd", "join", "operator_asking", "parts_over", "roles_of"]
