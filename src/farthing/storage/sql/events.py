"""Storing events once.

Identity by a hash in a unique index, duplicates told from true collisions by their text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import blake2b
from itertools import count
from typing import Any, Final

from sqlalchemy import Executable, bindparam, select

from farthing.rules.events import UsageEvent
from farthing.rules.ratecard import RateCard
from farthing.storage.contract import Recorded, StoredEvent
from farthing.storage.sql.cards import Cards
from farthing.storage.sql.members import among
from farthing.storage.sql.names import Names, NewNames
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
        self._hash = hash_external_id
        self._new_names: NewNames = {}
        self._card_ids: dict[int, tuple[RateCard, int]] = {}

    async def record(self, tx: Transaction, events: Sequence[UsageEvent]) -> list[Recorded]:
        """Insert what is new. Call `committed` after the commit, and not after a rollback."""
        fresh: dict[Identity, UsageEvent] = {}
        for event in events:
            fresh.setdefault((event.workspace_id, event.external_request_id), event)
        named = [(event.workspace_id, texts_of(event)) for event in fresh.values()]
        refs, self._new_names = await self.names.refs(tx, named)
        card_ids = self._card_ids = await self.cards.ids(tx, (event.rate_card for event in fresh.values()))
        first_id = await tx.next_request_ids(len(fresh))
        rows = {
            identity: row_of(
                event, request_id, self._hash(identity[1]), its_refs, card_ids[id(event.rate_card)][1]
            )
            for request_id, (identity, event), its_refs in zip(count(first_id), fresh.items(), refs)
        }
        stored = await self._insert(tx, rows)
        if len(stored) < len(rows):
            await tx.execute(add_pending(), {"first_id": first_id, "last_id": first_id + len(rows) - 1})
        return _results(events, rows, stored)

    def committed(self) -> None:
        """Remember the names and rate cards of the last `record`."""
        self.names.remember(self._new_names)
        self.cards.remember(self._card_ids)

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


def _results(
    events: Sequence[UsageEvent], rows: dict[Identity, Row], stored: dict[Identity, StoredEvent]
) -> list[Recorded]:
    if not stored and len(rows) == len(events):  # no repeat among them, nor of anything before
        return [Recorded(row[_REQUEST_ID]) for row in rows.values()]
    results: list[Recorded] = []
    seen: dict[Identity, StoredEvent] = {}
    for event in events:
        identity = (event.workspace_id, event.external_request_id)
        earlier = stored.get(identity) or seen.get(identity)
        request_id = earlier.request_id if earlier else rows[identity][_REQUEST_ID]
        seen.setdefault(identity, StoredEvent(request_id, event))
        results.append(Recorded(request_id, earlier))
    return results


@cache
def _by_hash() -> Executable:
    row = usage_event.c
    return select(usage_event).where(
        row.workspace_id == bindparam("workspace_id"), among(row.external_hash, "hashes")
    )
