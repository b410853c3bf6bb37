"""A copy of all stored rows in another engine: what feeds it, and what it can be asked.

The ledger stays what is true. The copy follows it, can be thrown away at any time, and is never waited for.
Rows are sequences in the order of the ledger's columns; names in them are the ledger's own numbers, so that
no text of the dictionary ever leaves the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from farthing.rules.periods import Window
from farthing.storage.contract.faults import StorageUnavailableError

Row = Sequence[Any]
Key = tuple[int, int, int]
"""(workspace id, occurred_at, request id): where a row stands in the copy."""
DaySums = dict[int, tuple[int, ...]]
"""By UTC day (since 1970): the sums that tell whether two sets of rows are the same."""


class CopyUnavailableError(StorageUnavailableError):
    """The copy does not answer now, or not in time; the ledger does."""


class HeldCopyError(CopyUnavailableError):
    """Another process of this machine has the copy to itself."""


class ForeignCopyError(CopyUnavailableError):
    """What is there is the copy of another installation; it was left alone."""


@dataclass(frozen=True)
class FeedId:
    """Which copy of which installation: a copy that begins anew has the next number."""

    installation: str
    number: int


@dataclass(frozen=True)
class Feed:
    """How far the copy is, as the ledger knows it, in one snapshot of the ledger.

    The copy holds every row up to the request id `copied_to` as it was at some change up to `change`, but for
    `change_count` rows that were noted since and are still to be applied (beyond 100,000 they are not
    counted). `applied_to` is the change up to which it last applied some. `newest_id` is the ledger's newest
    row; numbers up to `last_request_id` were given out. `copied_at` is when the last row that the copy took
    was received, `newest_at` when the newest was (0: there is none).
    """

    id: FeedId
    is_on: bool
    change: int
    copied_to: int
    applied_to: int
    copied_at: int
    read_at: int
    last_request_id: int
    change_count: int
    newest_id: int
    newest_at: int

    @property
    def has_new(self) -> bool:
        """Whether there are rows after the last copied one."""
        return self.copied_to < self.newest_id

    @property
    def lag_ms(self) -> int:
        """How much older the copy's newest row is than the ledger's."""
        return max(0, self.newest_at - self.copied_at) if self.has_new else 0


@dataclass(frozen=True)
class CopyState:
    """How far the copy is, as it says itself.

    `applying` is the change up to which it has begun to apply what was noted: a reader whose snapshot is
    older may have read some of that.
    """

    id: FeedId
    copied_to: int
    applying: int


@dataclass(frozen=True)
class NewRows:
    """Rows that follow the last copied one, of a snapshot with this `change`; they reach up to `last_id`."""

    rows: Sequence[Row]
    change: int
    last_id: int


@dataclass(frozen=True)
class ChangedRows:
    """The oldest notes: the `keys` where noted rows stood, and the `rows` that are there now, at `change`.

    `last` is the last note: (change, request id).
    """

    keys: Sequence[Key]
    rows: Sequence[Row]
    change: int
    last: tuple[int, int]


@runtime_checkable
class RowFeed(Protocol):
    """The ledger as what feeds a copy. Storages without rows of their own feed none."""

    def read_from(self, copy: RowCopy) -> None:
        """From now on, answer what is asked of rows from the copy as far as it can answer it exactly."""
        ...

    async def feed(self) -> Feed | None:
        """How far the copy is; None when there never was one."""
        ...

    async def begin_feed(self, installation: str, now: int) -> Feed:
        """Begin a copy anew: from now on every change of a stored row is noted.

        `installation` is kept when the first copy begins; later ones keep the number that was given then.
        It is a change of its own: whatever was read for an earlier copy was read at an earlier change.
        """
        ...

    async def end_feed(self) -> None:
        """Note nothing any more: there is no copy."""
        ...

    async def rows_to_copy(self, after_id: int, limit: int) -> NewRows:
        """The next rows of all workspaces by request id."""
        ...

    async def changes_to_copy(self, limit: int) -> ChangedRows | None:
        """What was noted first; None when nothing is."""
        ...

    async def rows_copied(self, feed: FeedId, last_id: int, now: int) -> bool:
        """The copy holds the rows up to this id. False when another copy has begun since."""
        ...

    async def changes_copied(self, feed: FeedId, changed: ChangedRows, now: int) -> bool:
        """The copy has applied these: the notes are dropped.

        False when another copy has begun since, or later changes were applied.
        """
        ...

    async def day_sums(self, workspace_id: int, window: Window) -> tuple[Feed, DaySums]:
        """Sums of the rows that the copy should hold as they are now, read with the feed."""
        ...

    async def note_days(self, workspace_id: int, days: Sequence[int], keys: Sequence[Key]) -> int:
        """Note all rows of these UTC days, and these keys, as changed; returns how many."""
        ...


class RowCopy(Protocol):
    """The copy. Every method raises CopyUnavailableError when the engine does not do it."""

    async def open(self) -> None:
        """Connect, and make the tables where they are not there yet. May be called again."""
        ...

    def open_when_asked(self) -> None:
        """From now on, connect when there is something to read: for those who may have nothing to ask."""
        ...

    async def close(self) -> None:
        """Let go of the engine."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether it can be asked now: it is connected, and has not failed a moment ago."""
        ...

    @property
    def trouble(self) -> str | None:
        """Why it can't be asked now, in a sentence."""
        ...

    async def state(self) -> CopyState | None:
        """How far it is; None when there is nothing in it."""
        ...

    async def begin(self, feed: FeedId, change: int) -> None:
        """Throw away what is there, whosever it is, and begin anew.

        From now on rows as of a change before this one are refused: whoever sends them fed what was there.
        """
        ...

    async def put(self, rows: Sequence[Row], change: int) -> None:
        """Add rows as they were at a change; a row that is there as of a later one stays."""
        ...

    async def take_away(self, keys: Sequence[Key], change: int) -> None:
        """There are no rows at these keys since a change; one as of an earlier change stays away."""
        ...

    async def note_state(self, state: CopyState) -> None:
        """Say how far it is. A place that is less than was said before is not heard; the other one is."""
        ...

    async def tidy(self, keys: Sequence[Key]) -> None:
        """Write the months of these keys anew, so that what was replaced is gone from the disk, too.

        Where that takes too long to wait for, the engine does it in its own time.
        """
        ...

    async def refuse_before(self, change: int) -> None:
        """From now on, refuse rows as of a change before this one, whoever sends them."""
        ...

    async def forget_gone(self, before: int) -> None:
        """Take away the keys of rows that went at a change before this one.

        Rows as of a change before it have to be refused for longer than a step takes. What can't be done yet
        is left for the next time.
        """
        ...

    async def day_sums(self, workspace_id: int, window: Window, feed: Feed) -> DaySums:
        """The same sums as RowFeed.day_sums makes, of the rows up to `feed.copied_to`."""
        ...

    async def keys_of(self, workspace_id: int, window: Window) -> list[Key]:
        """Where all rows of a window stand."""
        ...

    async def byte_count(self) -> int:
        """What it takes on disk."""
        ...
