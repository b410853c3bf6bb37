"""Rate cards, each stored once by the hash of its content, so that a stored cost explains itself for ever."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from typing import Any, Final

import msgspec
from sqlalchemy import Executable, bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.ratecard import RateCard
from farthing.storage.sql.schema import rate_card as table
from farthing.storage.sql.transaction import Transaction

_CACHED_MAX: Final = 20_000
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


class Cards:
    """A process's memory of committed rate cards."""

    def __init__(self) -> None:
        self._ids: dict[int, tuple[RateCard, int]] = {}
        self._cards: dict[int, RateCard] = {}

    async def ids(self, tx: Transaction, cards: Iterable[RateCard]) -> dict[int, tuple[RateCard, int]]:
        """The stored id of each card, by the `id()` of the object: pricing hands out the same object again.

        The object is kept beside its id, so that Python cannot reuse the number. Call `remember` after the
        commit.
        """
        found: dict[int, tuple[RateCard, int]] = {}
        for card in cards:
            key = id(card)
            if key not in found:
                found[key] = self._ids.get(key) or (card, await _find_or_add(tx, card))
        return found

    def remember(self, ids: dict[int, tuple[RateCard, int]]) -> None:
        """Keep cards that are committed now."""
        if len(self._ids) > _CACHED_MAX:
            self._ids.clear()
        self._ids.update(ids)

    async def by_id(self, tx: Transaction, ids: Iterable[int]) -> dict[int, RateCard]:
        """The cards with these ids."""
        if len(self._cards) > _CACHED_MAX:
            self._cards.clear()
        found: dict[int, RateCard] = {}
        for card_id in set(ids):
            card = self._cards.get(card_id)
            if card is None:
                ((body,),) = await tx.fetch(_body_of(), {"card_id": card_id})
                card = self._cards[card_id] = msgspec.json.decode(body, type=RateCard)
            found[card_id] = card
        return found


async def _find_or_add(tx: Transaction, card: RateCard) -> int:
    body = _ENCODER.encode(card)
    digest = blake2b(body, digest_size=16).digest()
    rows = await tx.fetch(_id_of(), {"digest": digest})
    if not rows:
        await tx.execute(_add(), {"digest": digest, "body": body.decode()})
        rows = await tx.fetch(_id_of(), {"digest": digest})
    return int(rows[0][0])


@cache
def _id_of() -> Executable:
    return select(table.c.id).where(table.c.digest == bindparam("digest"))


@cache
def _body_of() -> Executable:
    return select(table.c.body).where(table.c.id == bindparam("card_id"))


@cache
def _add() -> Executable:
    values: dict[str, Any] = {"digest": bindparam("digest"), "body": bindparam("body")}
    return upsert(table).values(values).on_conflict_do_nothing()
