"""Deleting demo and test calls: which ones, how far it is, and what it proves of real money.

The record of a deletion is its certificate: what went, by environment and month, and what all real calls cost
before and after.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from farthing.rules.utc_months import MONTHS, month_of

DELETABLE_MODES: Final = ("test", "demo")
DeletionScope = Literal["workspace", "mine"]
SCOPES: Final[tuple[DeletionScope, ...]] = ("workspace", "mine")
DeletionState = Literal["deleting", "deleted", "stopped"]
"""At work; done; ended before it was done, and what was gone by then stays gone."""

NOTHING_LEFT: Final = 2**62
"""Later than any call."""


class Doomed(msgspec.Struct, frozen=True, kw_only=True):
    """The test or demo calls of a workspace that are to go: of one owner or, with None, of all.

    Only those with request ids up to `last_id`: what is recorded later stays.
    """

    workspace_id: int
    data_mode: str
    owner_id: int | None
    last_id: int


class RealMoney(msgspec.Struct, frozen=True, kw_only=True):
    """What real calls of a workspace add up to; `cost_usd` is exact decimal text, twelve places."""

    request_count: int
    unpriced_request_count: int
    cost_usd: str


class DeletedLine(msgspec.Struct, frozen=True, kw_only=True):
    """How many calls of an environment and month (UTC, "2026-11") went."""

    environment: str
    month: str
    count: int


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """One deletion, and its certificate once it has ended.

    `cursor` (UTC milliseconds) is before all calls that are still to go, NOTHING_LEFT when there are none.
    `real_before` and `real_after` leave out what was recorded after it was asked for: so they are the same
    unless somebody changed real calls meanwhile. `version` grows with every stored change.
    """

    id: int = 0
    workspace_id: int
    data_mode: str
    owner_id: int | None
    last_id: int = 0
    state: DeletionState = "deleting"
    cursor: int = 0
    deleted: tuple[DeletedLine, ...] = ()
    real_before: RealMoney | None = None
    real_after: RealMoney | None = None
    job_id: int = 0
    created_by: int
    created_at: int
    finished_at: int | None = None
    version: int = 0

    @property
    def scope(self) -> DeletionScope:
        """In the contract's word."""
        return "workspace" if self.owner_id is None else "mine"

    @property
    def deleted_count(self) -> int:
        """How many calls are gone by now."""
        return sum(line.count for line in self.deleted)

    @property
    def is_real_unchanged(self) -> bool | None:
        """Whether real money is what it was; None as long as that can't be said."""
        if self.real_before is None or self.real_after is None:
            return None
        return self.real_before == self.real_after

    @property
    def doomed(self) -> Doomed:
        """What is to go."""
        return Doomed(
            workspace_id=self.workspace_id,
            data_mode=self.data_mode,
            owner_id=self.owner_id,
            last_id=self.last_id,
        )


Counts = Mapping[tuple[str, int], int]
"""Calls by (environment, any instant of their month)."""


def with_counts(lines: tuple[DeletedLine, ...], counts: Counts) -> tuple[DeletedLine, ...]:
    """The lines with more calls counted, by month, then environment."""
    totals = {(line.month, line.environment): line.count for line in lines}
    for (environment, at), count in counts.items():
        key = _month_text(at), environment
        totals[key] = totals.get(key, 0) + count
    return tuple(
        DeletedLine(environment=environment, month=month, count=count)
        for (month, environment), count in sorted(totals.items())
    )


def _month_text(at: int) -> str:
    year, month = divmod(month_of(at), MONTHS)
    return f"{year:04}-{month + 1:02}"
