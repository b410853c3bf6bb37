"""Reading rows from the copy as if it were the ledger at one snapshot: the same rows, to the last one.

The copy may be behind or a little ahead of a snapshot. So a question about rows is asked in two parts that
have no row in common. The copy answers for the rows that it has and that nobody has changed since; the ledger
for the few others: those that came later, and those that were noted as changed. What the copy has begun to
apply after the snapshot was taken could be in its part: that is asked last, and then the answer is not used.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol, TypeVar, runtime_checkable

from sqlalchemy import Executable

from farthing.reports.row_groups import OF_ROWS
from farthing.rules.filters import Filters
from farthing.storage.contract.copies import CopyState, CopyUnavailableError, Feed
from farthing.storage.sql import copy_feed
from farthing.storage.sql.row_parts import Part
from farthing.storage.sql.transaction import Params, Rows, Transaction

T = TypeVar("T")
ENGINE: Final = "clickhouse"
"""What answers say they were read from; with "rows" where the ledger added some."""
_NEW_MAX: Final = 200_000
_CHANGED_MAX: Final = 5_000
"""Beyond these the ledger answers alone: its part would cost as much as all of it."""


@runtime_checkable
class RowReader(Protocol):
    """The copy as statements see it. Both methods block, and raise CopyUnavailableError."""

    @property
    def is_open(self) -> bool:
        """Whether it is worth asking."""
        ...

    def fetch(self, statement: Executable, params: Params) -> Rows:
        """The rows of a statement over `usage_event`."""
        ...

    def state_now(self) -> CopyState | None:
        """How far the copy is."""
        ...

    def has_failed(self, reason: str) -> None:
        """Its answer could not be used."""
        ...


@dataclass(frozen=True)
class Copied:
    """The copy beside one snapshot of the ledger; `changed` are the workspace's rows that are noted there."""

    reader: RowReader
    feed: Feed
    changed: list[int]

    @property
    def parts(self) -> tuple[Part, ...]:
        """What together are all rows, the copy's first."""
        if self.changed:
            return "copied_but", "new", "changed"
        return ("copied", "new") if self.feed.has_new else ("copied",)

    @property
    def source(self) -> str:
        """What is read."""
        return f"{ENGINE} + rows" if self.changed or self.feed.has_new else ENGINE

    @property
    def params(self) -> dict[str, Any]:
        """What statements of parts take."""
        return {"copied_to": self.feed.copied_to, "changed": self.changed}

    async def fetch(self, tx: Transaction, part: Part, statement: Executable, params: Params) -> Rows:
        """The rows of a part. Raises CopyUnavailableError."""
        if part in ("new", "changed"):
            return await tx.fetch(statement, params)
        return await tx.wait_for(partial(self.reader.fetch, statement, params))

    async def exactly(self, tx: Transaction, work: Coroutine[Any, Any, T]) -> T:
        """What `work` has read, if that was as of the snapshot. Raises CopyUnavailableError otherwise."""
        try:
            found = await work
        except LookupError as error:  # a name or call that the ledger does not have
            self.reader.has_failed(f"the copy holds what the ledger does not: {error}")
            raise CopyUnavailableError("the copy is not of this ledger") from error
        await self._require_unmoved(tx)
        return found

    async def _require_unmoved(self, tx: Transaction) -> None:
        now = await tx.wait_for(self.reader.state_now)
        if now is None or now.id != self.feed.id or now.copied_to < self.feed.copied_to:
            raise CopyUnavailableError("the copy begins anew")
        if now.applying > self.feed.change:
            raise CopyUnavailableError("the copy has applied changes meanwhile")


async def beside(tx: Transaction, reader: RowReader | None, workspace_id: int) -> Copied | None:
    """The copy as far as this snapshot can use it; None where the ledger is better asked alone."""
    if reader is None or not reader.is_open:
        return None
    feed = await copy_feed.read(tx)
    if feed is None or not feed.is_on or feed.newest_id - feed.copied_to > _NEW_MAX:
        return None
    changed = await copy_feed.changed_ids(tx, workspace_id, _CHANGED_MAX + 1) if feed.change_count else []
    return Copied(reader, feed, sorted(changed)) if len(changed) <= _CHANGED_MAX else None


@dataclass(frozen=True)
class Selection:
    """A question about rows of a workspace: the statement of each part, and what all of them take."""

    workspace_id: int
    statement: Callable[[Part], Executable]
    params: Params


async def read_parts(
    tx: Transaction,
    reader: RowReader | None,
    selection: Selection,
    read: Callable[[Rows], Coroutine[Any, Any, T]],
) -> tuple[T, str]:
    """What `read` makes of the rows of all parts, one after the other, and what was read.

    The ledger has one part where it answers alone.
    """
    copied = await beside(tx, reader, selection.workspace_id)
    if copied is not None:
        with suppress(CopyUnavailableError):
            return await copied.exactly(tx, _read_of(tx, copied, selection, read)), copied.source
    return await read(await tx.fetch(selection.statement("all"), selection.params)), OF_ROWS


async def _read_of(
    tx: Transaction, copied: Copied, selection: Selection, read: Callable[[Rows], Coroutine[Any, Any, T]]
) -> T:
    rows: list[tuple[Any, ...]] = []
    for part in copied.parts:
        rows += await copied.fetch(tx, part, selection.statement(part), {**selection.params, **copied.params})
    return await read(rows)


def is_selective(filters: Filters) -> bool:
    """Whether filters may pass so few rows that walking along the time would not find them soon."""
    return bool(filters.dimensions) or filters.has_tags
