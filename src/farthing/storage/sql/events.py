"""Storing events once.

Identity by a hash in a unique index, duplicates told from true collisions by their text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from itertools import count
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Executable, bindparam, select

from farthing.rules.budget_tally import Tally, Token
from farthing.rules.events import UsageEvent
from farthing.rules.plans import COUNTED_MODES
from farthing.rules.ratecard import RateCard
from farthing.storage.contract import NO_LIMITS, Limits, Recorded, StoredEvent
from farthing.storage.sql import budget_effects, marks, request_months, second_ids, spent_ids
from farthing.storage.sql.budget_effects import BudgetBooks
from farthing.storage.sql.cards import Cards
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.members import among
from farthing.storage.sql.names import Names, NewNames
from farthing.storage.sql.request_months import Counts, MonthKey, month_key
from farthing.storage.sql.rollups import add_pending
from farthing.storage.sql.rows import COLUMNS, Row, event_of, refs_of, row_of, texts_of
from farthing.storage.sql.schema import usage_event
from farthing.storage.sql.transaction import Rows, Transaction

HashId = Callable[[str], int]
Identity = tuple[int, str]
"""(workspace id, external request id): what may be there once."""

_HASH_MASK: Final = (1 << 63) - 1
_REQUEST_ID: Final = COLUMNS.index("request_id")
_HASH: Final = COLUMNS.index("external_hash")


def hash_id(external_request_id: str) -> int:
    """63 bits of the id. Equal hashes of different ids are possible and handled, so no more are needed."""
    digest = blake2b(external_request_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") & _HASH_MASK


class EventStore:
    """Records and reads events of one database; holds the process's memory of names and rate cards."""

    def __init__(self, hash_external_id: HashId = hash_id) -> None:
        self.names = Names()
        self.cards = Cards()
        self.hash_id = hash_external_id
        self.budgets = BudgetBooks()
        self._new_names = NewNames()
        self._card_ids: dict[int, tuple[RateCard, int]] = {}

    async def record(
        self, tx: Transaction, events: Sequence[UsageEvent], limits: Limits = NO_LIMITS
    ) -> list[Recorded]:
        """Insert what is new. Call `committed` after the commit, and not after a rollback."""
        fresh: dict[Identity, UsageEvent] = {}
        for event in events:
            fresh.setdefault((event.workspace_id, event.external_request_id), event)
        seconds = second_ids.of(fresh)
        named = [(event.workspace_id, texts_of(event)) for event in fresh.values()]
        found_at = self.names.version
        refs, self._new_names = await self.names.refs(tx, named)
        card_ids = self._card_ids = await self.cards.ids(tx, (event.rate_card for event in fresh.values()))
        first_id = await tx.next_request_ids(len(fresh))
        # Only now: whoever has the row of the ids is alone in counting, and in changing names, until it
        # commits.
        now = await marks.read(tx, {workspace_id for workspace_id, _ in fresh})
        if found_at != now.names_version:
            # Whoever corrects or re-prices in this process may have renewed what is remembered since.
            if not self.names.is_of(now.names_version):
                self.names.renew(now.names_version)
            refs, self._new_names = await self.names.refs(tx, named)
        spent = await self._spent(tx, fresh, now.spending) if now.spending else {}
        if seconds:
            spent |= await self._under_second_ids(tx, fresh, seconds, now.spending)
        same = second_ids.first_of_each(fresh, seconds, spent) if seconds else {}
        known = spent.keys() | same.keys()
        new_ones = {identity: event for identity, event in fresh.items() if identity not in known}
        counts = await request_months.counts(tx, fresh.values(), limits) if limits else {}
        over = await self._over_limit(tx, new_ones, counts, limits) if counts else frozenset()
        rows = {
            identity: row_of(
                event, request_id, self.hash_id(identity[1]), its_refs, card_ids[id(event.rate_card)][1]
            )
            for request_id, (identity, event), its_refs in zip(count(first_id), fresh.items(), refs)
            if identity in new_ones and identity not in over
        }
        stored = await self._insert(tx, rows)
        if len(stored) < len(rows):
            await tx.execute(add_pending(), {"first_id": first_id, "last_id": first_id + len(fresh) - 1})
            new = (fresh[identity] for identity in rows if identity not in stored)
            await request_months.add(tx, new)
            if seconds:
                await self._keep_second_ids(tx, fresh, rows, stored, seconds)
        recorded = _results(events, rows, stored | spent, counts, same)
        if now.budgeting:
            return await self._with_budgets(tx, now.budgeting, events, recorded)
        return recorded

    async def _with_budgets(
        self,
        tx: Transaction,
        versions: Mapping[int, int],
        events: Sequence[UsageEvent],
        recorded: list[Recorded],
    ) -> list[Recorded]:
        """Count what was stored for budgets; the same answers with how these stand."""
        places: dict[int, list[int]] = {}
        for place, event in enumerate(events):
            if event.workspace_id in versions:
                places.setdefault(event.workspace_id, []).append(place)
        answers = list(recorded)
        for workspace_id, mine in sorted(places.items()):
            book = await self.budgets.of(tx, workspace_id, versions[workspace_id])
            now = max(events[place].received_at for place in mine)
            tally = Tally(book, now)
            tokens = [_told(tally, events[place], recorded[place]) for place in mine]
            effects = await budget_effects.apply(tx, workspace_id, tally, now)
            for place, token in zip(mine, tokens, strict=True):
                if token is not None:
                    answers[place] = replace(recorded[place], standings=effects.of(token))
        return answers

    def committed(self) -> None:
        """Remember the names and rate cards of the last `record`."""
        self.names.remember(self._new_names)
        self.cards.remember(self._card_ids)

    async def _spent(
        self, tx: Transaction, fresh: dict[Identity, UsageEvent], spending: Collection[int]
    ) -> dict[Identity, StoredEvent | int]:
        """Those whose ids are spent: the event that had the id, if it is one still, else its number."""
        found: dict[Identity, StoredEvent | int] = {}
        for workspace_id in spending:
            events = [event for identity, event in fresh.items() if identity[0] == workspace_id]
            wanted = {event.external_request_id: self.hash_id(event.external_request_id) for event in events}
            now = min(event.received_at for event in events)
            request_ids = await spent_ids.find(tx, workspace_id, wanted, now)
            there = await self.by_number(tx, workspace_id, request_ids.values()) if request_ids else {}
            for text, request_id in request_ids.items():
                found[workspace_id, text] = there.get(request_id, request_id)
        return found

    async def _under_second_ids(
        self,
        tx: Transaction,
        fresh: dict[Identity, UsageEvent],
        seconds: Mapping[Identity, Identity],
        spending: Collection[int],
    ) -> dict[Identity, StoredEvent | int]:
        """Those that have a second id, where a call has that, or theirs, as either of its own."""
        found: dict[Identity, StoredEvent | int] = {}
        for workspace_id, asked in second_ids.by_workspace(seconds).items():
            wanted = {text: self.hash_id(text) for ids in asked for text in ids}
            now = min(event.received_at for event in fresh.values())
            numbers = await spent_ids.find(tx, workspace_id, wanted, now) if workspace_id in spending else {}
            numbers |= await self._numbers_of(tx, workspace_id, wanted)
            there = await self.by_number(tx, workspace_id, numbers.values()) if numbers else {}
            for own, second in asked:
                request_id = numbers.get(own, numbers.get(second))
                if request_id is not None:
                    found[workspace_id, own] = there.get(request_id, request_id)
        return found

    async def _keep_second_ids(
        self,
        tx: Transaction,
        fresh: dict[Identity, UsageEvent],
        rows: Mapping[Identity, Row],
        stored: Collection[Identity],
        seconds: Mapping[Identity, Identity],
    ) -> None:
        new = {
            identity: (fresh[identity], row[_REQUEST_ID])
            for identity, row in rows.items()
            if identity not in stored
        }
        for workspace_id, spent in second_ids.spent_by(new, seconds).items():
            await spent_ids.spend(tx, workspace_id, spent, self.hash_id)

    async def _numbers_of(self, tx: Transaction, workspace_id: int, ids: Collection[str]) -> dict[str, int]:
        """The request ids of events by their senders' ids. Walks the hashes as `_insert` does."""
        found: dict[str, int] = {}
        left = {text: self.hash_id(text) for text in ids}
        while left:
            params = {"workspace_id": workspace_id, "hashes": sorted(set(left.values()))}
            holders = {self_hash: (text, id_) for self_hash, text, id_ in await tx.fetch(_holders(), params)}
            found |= {text: holders[at][1] for text, at in left.items() if holders.get(at, ("",))[0] == text}
            left = {
                text: (at + 1) & _HASH_MASK
                for text, at in left.items()
                if at in holders and text not in found
            }
        return found

    async def by_number(
        self, tx: Transaction, workspace_id: int, request_ids: Collection[int]
    ) -> dict[int, StoredEvent]:
        """The events with these request ids that the workspace has."""
        params = {"workspace_id": workspace_id, "request_ids": list(request_ids)}
        found = await self.decode(tx, await tx.fetch(_by_number(), params))
        return {stored.request_id: stored for stored in found}

    async def recorded_after(self, tx: Transaction, workspace_id: int, request_id: int) -> list[StoredEvent]:
        """The events of the workspace with higher request ids: those that were recorded since that one."""
        params = {"workspace_id": workspace_id, "request_id": request_id}
        return await self.decode(tx, await tx.fetch(_after(), params))

    async def _over_limit(
        self, tx: Transaction, fresh: dict[Identity, UsageEvent], counts: Counts, limits: Limits
    ) -> set[Identity]:
        """The events that their months have no place for: the last ones of those that are new."""
        wanted: dict[MonthKey, list[Identity]] = {}
        for identity, event in fresh.items():
            if event.data_mode in COUNTED_MODES and (key := month_key(event)) in counts:
                wanted.setdefault(key, []).append(identity)
        over: set[Identity] = set()
        for key, identities in wanted.items():
            left_count = max(limits[key[0]] - counts[key], 0)
            if len(identities) > left_count:
                new = await self._not_stored(tx, key[0], identities)
                over.update(new[left_count:])
        return over

    async def _not_stored(
        self, tx: Transaction, workspace_id: int, identities: Sequence[Identity]
    ) -> list[Identity]:
        """Those that are not stored, in their order. Walks the hashes as `_insert` does."""
        stored: set[Identity] = set()
        left = {identity: self.hash_id(identity[1]) for identity in identities}
        while left:
            params = {"workspace_id": workspace_id, "hashes": sorted(set(left.values()))}
            holders: dict[int, str] = dict(await tx.fetch(_ids_by_hash(), params))
            stored |= {identity for identity, place in left.items() if holders.get(place) == identity[1]}
            left = {
                identity: (place + 1) & _HASH_MASK
                for identity, place in left.items()
                if place in holders and identity not in stored
            }
        return [identity for identity in identities if identity not in stored]

    async def number_of(self, tx: Transaction, workspace_id: int, external_request_id: str) -> int | None:
        """The request id of the event that has the sender's id. Walks the hashes as `_insert` does."""
        place = self.hash_id(external_request_id)
        while True:
            params = {"workspace_id": workspace_id, "hashes": [place]}
            rows = await tx.fetch(_numbers_by_hash(), params)
            if not rows or rows[0][0] == external_request_id:
                return int(rows[0][1]) if rows else None
            place = (place + 1) & _HASH_MASK

    async def row(self, tx: Transaction, request_id: int, event: UsageEvent) -> Row:
        """An event as a row, its names and rate card found or made; for whoever holds the row of the ids."""
        await self.names.renewed(tx)
        refs, _ = await self.names.refs(tx, [(event.workspace_id, texts_of(event))])
        cards = await self.cards.ids(tx, [event.rate_card])
        card_id = cards[id(event.rate_card)][1]
        return row_of(event, request_id, self.hash_id(event.external_request_id), refs[0], card_id)

    async def insert_again(self, tx: Transaction, row: Row) -> bool:
        """Insert a row that was taken out; False when another event has its sender's id by now."""
        identity = row[COLUMNS.index("workspace_id")], row[COLUMNS.index("external_request_id")]
        return not await self._insert(tx, {identity: row})

    async def _insert(self, tx: Transaction, rows: dict[Identity, Row]) -> dict[Identity, StoredEvent]:
        """Insert, and return the events that were there before, by identity.

        Another id with the same hash takes the next free hash; looking up the id later walks the same way.
        """
        stored: dict[Identity, StoredEvent] = {}
        left = rows
        while left and await tx.insert_events(list(left.values())) < len(left):
            left = await self._refused(tx, left, stored)
        return stored

    async def _refused(
        self, tx: Transaction, tried: dict[Identity, Row], stored: dict[Identity, StoredEvent]
    ) -> dict[Identity, Row]:
        """Add to `stored` the duplicates among `tried`.

        Return the collisions, their hashes moved on by one.
        """
        holders = await self._holders(tx, [(identity[0], row[_HASH]) for identity, row in tried.items()])
        again: dict[Identity, Row] = {}
        for identity, row in tried.items():
            holder = holders[identity[0], row[_HASH]]
            if holder.request_id == row[_REQUEST_ID]:
                continue
            if holder.event.external_request_id == identity[1]:
                stored[identity] = holder
            else:
                row[_HASH] = (row[_HASH] + 1) & _HASH_MASK
                again[identity] = row
        return again

    async def _holders(
        self, tx: Transaction, places: list[tuple[int, int]]
    ) -> dict[tuple[int, int], StoredEvent]:
        """The events that hold these (workspace, hash) places."""
        rows: list[tuple[Any, ...]] = []
        by_workspace: dict[int, list[int]] = {}
        for workspace_id, external_hash in places:
            by_workspace.setdefault(workspace_id, []).append(external_hash)
        for workspace_id, wanted in by_workspace.items():
            params = {"workspace_id": workspace_id, "hashes": wanted}
            rows.extend(await tx.fetch(_by_hash(), params))
        keys = [(row[1], row[_HASH]) for row in rows]
        return dict(zip(keys, await self.decode(tx, rows), strict=True))

    async def decode(self, tx: Transaction, rows: Rows) -> list[StoredEvent]:
        """Rows of `usage_event` as events."""
        texts = await self.names.texts(tx, (ref for row in rows for ref in refs_of(row)))
        card = COLUMNS.index("rate_card_id")
        cards = await self.cards.by_id(tx, (row[card] for row in rows))
        return [event_of(row, texts, cards) for row in rows]


def _told(tally: Tally, event: UsageEvent, recorded: Recorded) -> Token:
    """Count an event that was stored; of one that was there before only ask how its budgets stand."""
    if recorded.is_over_limit or recorded.is_spent:
        return None
    earlier = recorded.duplicate_of
    return tally.add(event) if earlier is None else tally.ask(earlier.event)


def _results(
    events: Sequence[UsageEvent],
    rows: dict[Identity, Row],
    stored: Mapping[Identity, StoredEvent | int],
    counts: Counts,
    same: Mapping[Identity, Identity],
) -> list[Recorded]:
    """`stored` has what was there before, by its number alone where it is no event any more.

    `same` are events that tell of a call which an earlier one of `events` tells of. `counts` are those of
    limited workspaces before the events; here they go on, event by event.
    """
    if not stored and not counts and len(rows) == len(events):  # no repeat, here or of anything before
        return [Recorded(row[_REQUEST_ID]) for row in rows.values()]
    results: list[Recorded] = []
    seen: dict[Identity, StoredEvent] = {}
    for event in events:
        identity, key = (event.workspace_id, event.external_request_id), month_key(event)
        identity = same.get(identity, identity)
        earlier = stored.get(identity) or seen.get(identity)
        row = rows.get(identity)
        if isinstance(earlier, int):
            results.append(Recorded(earlier, is_spent=True, request_count=counts.get(key)))
        elif earlier is not None:
            results.append(Recorded(earlier.request_id, earlier, request_count=counts.get(key)))
        elif row is None:
            results.append(Recorded(0, is_over_limit=True, request_count=counts[key]))
        else:
            if key in counts and event.data_mode in COUNTED_MODES:
                counts[key] += 1
            seen[identity] = StoredEvent(row[_REQUEST_ID], event)
            results.append(Recorded(row[_REQUEST_ID], request_count=counts.get(key)))
    return results


@cache
def _by_number() -> Executable:
    row = usage_event.c
    return select(usage_event).where(
        row.workspace_id + number(0) == integer("workspace_id"), among(row.request_id, "request_ids")
    )


@cache
def _after() -> Executable:
    row = usage_event.c
    mine = row.workspace_id + number(0) == integer("workspace_id"), row.request_id > integer("request_id")
    return select(usage_event).where(*mine)


@cache
def _by_hash() -> Executable:
    return select(usage_event).where(*_at_hashes())


@cache
def _numbers_by_hash() -> Executable:
    row = usage_event.c
    return select(row.external_request_id, row.request_id).where(*_at_hashes())


@cache
def _holders() -> Executable:
    row = usage_event.c
    return select(row.external_hash, row.external_request_id, row.request_id).where(*_at_hashes())


@cache
def _ids_by_hash() -> Executable:
    row = usage_event.c
    return select(row.external_hash, row.external_request_id).where(*_at_hashes())


def _at_hashes() -> tuple[Any, ...]:
    row = usage_event.c
    return row.workspace_id == bindparam("workspace_id"), among(row.external_hash, "hashes")
