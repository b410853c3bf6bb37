"""Calls that are amended and voided after they were stored, and what they were."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Protocol, TypeVar

from farthing.rules.correction import Correction, StoredCall
from farthing.rules.events import UsageEvent

if TYPE_CHECKING:
    from farthing.storage.contract.changes import Changes

T = TypeVar("T")


class CallChanges(Protocol):
    """Changes of stored calls, within `CorrectionStore.change_calls` alone."""

    async def correct_call(self, correction: Correction, after: UsageEvent) -> bool:
        """Make a call its next version, with all that it adds to sums, and keep what it was.

        A voided call is no event any more, and its id stays spent; a restored one is an event again. False,
        and nothing is changed, when the call is not what `correction` says that it is: another version, in
        another state, or other than `before`.
        """
        ...


class CorrectionStore(Protocol):
    """Where calls are corrected, and where that is read."""

    async def change_calls(self, work: Callable[[Changes], Coroutine[None, None, T]]) -> T:
        """As `change`, for work that corrects calls: alone among those who change sums, too.

        Raises StorageError when a sum would not fit where it is kept.
        """
        ...

    async def call(self, workspace_id: int, request_id: int) -> StoredCall | None:
        """A call of the workspace, voided or not, unless it is older than its data mode is kept."""
        ...

    async def call_by_external_id(self, workspace_id: int, external_request_id: str) -> StoredCall | None:
        """The call that holds its sender's id, voided or not."""
        ...

    async def call_history(self, workspace_id: int, request_id: int) -> list[Correction]:
        """All corrections of a call, oldest first."""
        ...

    async def voided_calls(self, workspace_id: int, limit: int, below: int | None) -> list[StoredCall]:
        """Voided calls of the workspace by request id, descending, from below that id on.

        None is older than its data mode is kept.
        """
        ...
