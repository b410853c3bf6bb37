"""Applying and reverting a re-pricing: rows, rollups, the record, and what is kept for the way back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Executable, delete, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.events import UsageEvent
from farthing.rules.ratecard import RateCard
from farthing.rules.repricing import CHANGED, WORKING, Change, Repricing, Tally
from farthing.storage.contract import StoredEvent
from farthing.storage.sql import codes, marks
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.corrections import Found, Values, correct, stored
from farthing.storage.sql.events import EventStore
from farthing.storage.sql.marks import NamesChangedError
from farthing.storage.sql.members import among
from farthing.storage.sql.names import NewNames, Texts
from farthing.storage.sql.records import REPRICINGS
from farthing.storage.sql.schema import PRICING, repricing, repricing_change, usage_event
from farthing.storage.sql.transaction import Transaction

_COST: Final = PRICING.index("cost_picousd")
_STATUS: Final = PRICING.index("pricing_status")
_MODEL, _FLAGS = (list(codes.NAME_KIND).index(name) for name in ("model", "flags"))
_KEPT: Final = ("request_id", *PRICING)


class References:
    """The integers that changed events refer to; `remember` them once they are committed."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._names = NewNames()
        self._cards: dict[int, tuple[RateCard, int]] = {}
        self.values: dict[int, Values] = {}
        self.version = 0
        self._changes: dict[int, Change] = {}

    async def find(self, tx: Transaction, changes: Sequence[Change]) -> None:
        """Find, or make, what `changes` refer to, and so their values of PRICING by request id."""
        self._changes = {change.request_id: change for change in changes}
        alike: dict[tuple[Any, ...], UsageEvent] = {}
        for change in changes:
            alike.setdefault(_alike(change.after), change.after)
        events = alike.values()
        named = [(event.workspace_id, _texts(event)) for event in events]
        self.version = await self._store.names.renewed(tx)
        refs, self._names = await self._store.names.refs(tx, named)
        self._cards = await self._store.cards.ids(tx, (event.rate_card for event in events))
        referred = {
            key: (each[_MODEL], each[_FLAGS], self._cards[id(event.rate_card)][1])
            for (key, event), each in zip(alike.items(), refs, strict=True)
        }
        self.values = {
            change.request_id: (*referred[_alike(change.after)], *_costs(change.after)) for change in changes
        }

    async def unchanged(self, tx: Transaction, workspace_id: int, there: list[Found]) -> list[Found]:
        """Those that are still as they were when they were priced: a correction since has priced them."""
        now = await self._store.by_number(tx, workspace_id, list(self._changes))
        return [
            found for found in there if now[found.request_id].event == self._changes[found.request_id].before
        ]

    async def correct(self, tx: Transaction, workspace_id: int, events: list[Found], now: int) -> None:
        """Give events their values, and count for budgets what that changes.

        Not by what was priced: names may have been erased since, and would come back.
        """
        await _correct(tx, self._store, (workspace_id, now), events, self.values)

    def remember(self) -> None:
        """Keep names and rate cards that are committed now."""
        self._store.names.remember(self._names)
        self._store.cards.remember(self._cards)


async def _correct(
    tx: Transaction, store: EventStore, at: tuple[int, int], events: list[Found], values: dict[int, Values]
) -> None:
    """Correct events, and count for budgets what that changes; `at` is the workspace and the time."""
    workspace_id, now = at
    was = await _budgeted(tx, store, workspace_id, events)
    await correct(tx, workspace_id, events, values)
    became = await _budgeted(tx, store, workspace_id, events)
    pairs = ((each.event, became[request_id].event) for request_id, each in was.items())
    counted = [each for before, after in pairs for each in ((-1, before), (1, after))]
    await store.budgets.rewritten(tx, workspace_id, counted, now)


def _alike(event: UsageEvent) -> tuple[Any, ...]:
    """Events with the same refer to the same: of thousands, a handful differ."""
    return event.workspace_id, event.model, event.usage.flags, id(event.rate_card)


def _costs(event: UsageEvent) -> tuple[int | None, int, int]:
    """The rest of PRICING, after the references."""
    return event.cost_picousd, codes.PRICING_STATUS[event.pricing_status], event.unpriced_tokens


def _texts(event: UsageEvent) -> Texts:
    """The two names that follow from a price, the others left out."""
    texts: list[str | None] = [None] * len(codes.NAME_KINDS)
    texts[_MODEL] = event.model
    texts[_FLAGS] = ",".join(event.usage.flags) or None
    return tuple(texts)


async def apply(
    tx: Transaction, before: Repricing, cursor: tuple[int, int], references: References, now: int
) -> Repricing | None:
    """Give events their new values, and move the re-pricing on to `cursor`; it is `now`.

    The transaction holds the row of the request ids. None, and nothing is changed, when somebody else has
    changed the re-pricing. Raises NamesChangedError.
    """
    values = references.values
    if values:
        await tx.next_request_ids(0)  # the row that whoever drops names holds, before they are checked
    if values and await marks.names_version(tx) != references.version:
        raise NamesChangedError
    there = await stored(tx, before.workspace_id, list(values))
    if values and await marks.has_corrections(tx, before.workspace_id):
        there = await references.unchanged(tx, before.workspace_id, there)
    events = [event for event in there if event.values != values[event.request_id]]
    applied = replace(before.applied)
    for event in events:
        _count(applied, event.values, values[event.request_id])
    after = await REPRICINGS.change(
        tx, replace(before, cursor=cursor, applied=applied), only=("cursor", "applied")
    )
    if after is not None and events:
        ids = [event.request_id for event in events]
        await tx.execute(
            _keep(), {"repricing_id": before.id, "request_ids": ids, "workspace_id": before.workspace_id}
        )
        await references.correct(tx, before.workspace_id, events, now)
        await marks.note_name_move(tx, before.workspace_id)
    return after


def _count(applied: Tally, old: Values, new: Values) -> None:
    applied.request_count += 1
    applied.changed_count += 1
    applied.cost_before_picousd += old[_COST] or 0
    applied.cost_after_picousd += new[_COST] or 0
    applied.unpriced_before_count += old[_STATUS] != codes.PRICED
    applied.unpriced_after_count += new[_STATUS] != codes.PRICED


async def revert(
    tx: Transaction, store: EventStore, before: Repricing, event_count_max: int, now: int
) -> Repricing | None:
    """Give the next events back what they had; events that are deleted are passed over.

    The transaction holds the row of the request ids. None, and nothing is changed, when somebody else has
    changed the re-pricing.
    """
    params = {"repricing_id": before.id, "row_count": event_count_max}
    kept = await tx.fetch(_next_kept(), params)
    if not kept:
        return before
    values: dict[int, Values] = {row[0]: tuple(row[1:-1]) for row in kept if not row[-1]}
    wanted = replace(
        before,
        reverted_count=before.reverted_count + len(kept),
        passed_over_count=before.passed_over_count + len(kept) - len(values),
    )
    after = await REPRICINGS.change(tx, wanted, only=("reverted_count", "passed_over_count"))
    if after is not None:
        events = await stored(tx, before.workspace_id, list(values))
        await _correct(tx, store, (before.workspace_id, now), events, values)
        await marks.note_name_move(tx, before.workspace_id)
        await tx.execute(_forget(), {"repricing_id": before.id, "request_ids": [row[0] for row in kept]})
    return after


async def _budgeted(
    tx: Transaction, store: EventStore, workspace_id: int, events: list[Found]
) -> dict[int, StoredEvent]:
    """The events as they are now, where there are budgets that have to know."""
    if await marks.budgets_version(tx, workspace_id) is None:
        return {}
    return await store.by_number(tx, workspace_id, [event.request_id for event in events])


async def pass_over(tx: Transaction, workspace_id: int, request_id: int) -> None:
    """A call was corrected: re-pricings that changed it leave it as it is when they are reverted."""
    await tx.execute(_pass_over(), {"workspace_id": workspace_id, "corrected_id": request_id})


@cache
def _keep() -> Executable:
    row = usage_event.c
    selected = select(integer("repricing_id"), *(row[name] for name in _KEPT), number(0))
    mine = row.workspace_id + number(0) == integer("workspace_id")
    selected = selected.where(mine, among(row.request_id, "request_ids"))
    insert = upsert(repricing_change).from_select(["repricing_id", *_KEPT, "is_passed_over"], selected)
    return insert.on_conflict_do_nothing()


@cache
def _next_kept() -> Executable:
    row = repricing_change.c
    kept = select(*(row[name] for name in _KEPT), row.is_passed_over).where(
        row.repricing_id == integer("repricing_id")
    )
    return kept.order_by(row.request_id.desc()).limit(integer("row_count"))


@cache
def _pass_over() -> Executable:
    """By the few re-pricings of the workspace: the key of what they kept leads with them."""
    changing = select(repricing.c.id).where(
        repricing.c.workspace_id == integer("workspace_id"),
        repricing.c.state.in_([literal_column(f"'{state}'") for state in sorted(CHANGED | WORKING)]),
    )
    row = repricing_change.c
    mine = row.repricing_id.in_(changing), row.request_id == integer("corrected_id")
    return update(repricing_change).where(*mine).values(is_passed_over=number(1))


@cache
def _forget() -> Executable:
    row = repricing_change.c
    return delete(repricing_change).where(
        row.repricing_id == integer("repricing_id"), among(row.request_id, "request_ids")
    )
