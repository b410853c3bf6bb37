"""What is entered in the audit log of an act: who, whence, what, and what it changed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from farthing.actions.asker import Asker
from farthing.actions.errors import ForbiddenRoleError
from farthing.actions.parts import Parts
from farthing.rules.audit import INSTALLATION, NewEntry
from farthing.storage.contract import Changes

T = TypeVar("T")
Described = dict[str, Any]


class Audited:
    """A change of one asker's, in the transaction that it is made in; `at` is when, in UTC milliseconds."""

    def __init__(self, changes: Changes, asker: Asker, at: int) -> None:
        self.changes = changes
        self.asker = asker
        self.at = at

    async def enter(
        self, action: str, target: str, before: Described | None = None, after: Described | None = None
    ) -> None:
        """Enter what was done to `target`; see rules.audit.NewEntry."""
        asker = self.asker
        await self.changes.enter(
            NewEntry(
                workspace_id=asker.workspace.id,
                occurred_at=self.at,
                actor=asker.user.public_id,
                via=asker.origin.via,
                address=asker.origin.address,
                action=action,
                target=target,
                before=before,
                after=after,
            )
        )


async def change(parts: Parts, asker: Asker, work: Callable[[Audited], Coroutine[None, None, T]]) -> T:
    """Do the work in one transaction; it may await nothing but the changes it is given.

    Raises ForbiddenRoleError when the asker's role has changed since they were let in: a request whose body
    comes slowly must not outlive the right to make it.
    """
    return await parts.change(_as_asker(parts, asker, work))


async def change_calls(parts: Parts, asker: Asker, work: Callable[[Audited], Coroutine[None, None, T]]) -> T:
    """The same for work that corrects stored calls."""
    return await parts.storage.change_calls(_as_asker(parts, asker, work))


def _as_asker(
    parts: Parts, asker: Asker, work: Callable[[Audited], Coroutine[None, None, T]]
) -> Callable[[Changes], Coroutine[None, None, T]]:
    at = parts.clock.now()

    async def work_of_asker(changes: Changes) -> T:
        await require_same_role(changes, asker)
        return await work(Audited(changes, asker, at))

    return work_of_asker


async def require_same_role(changes: Changes, asker: Asker) -> None:
    """Raises ForbiddenRoleError when the asker is not any more what they were when they were let in.

    That is so, too, when the workspace has been deleted. Whoever may touch the database has no role that
    could change.
    """
    if asker.origin.via == "command":
        return
    places = await changes.places(asker.user.id)
    if (asker.workspace.id, asker.role) not in {(place.workspace.id, place.role) for place in places}:
        raise ForbiddenRoleError("your own role here has just been changed; nothing was done")


def of_installation(by: str, at: int, action: str, target: str, after: Described | None = None) -> NewEntry:
    """An entry about the installation, by whoever may touch its database: `by` is the name they go by."""
    return NewEntry(
        workspace_id=INSTALLATION,
        occurred_at=at,
        actor=by,
        via="command",
        address="",
        action=action,
        target=target,
        after=after,
    )
