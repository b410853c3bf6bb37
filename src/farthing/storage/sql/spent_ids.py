"""Ids of calls that are no events any more, or hold their id no more: what is sent under one is a duplicate.

An id is kept as a digest, so that nothing of its text is left. `events.record` looks for them in workspaces
that have any. Whoever spends ids holds the row of the request ids (`marks.begin_spending` takes it): a call
is either stored before, and found as an event, or finds its id spent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import Executable, LargeBinary, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.storage.contract import SpentId
from farthing.storage.sql import marks
from farthing.storage.sql.cells import integer
from farthing.storage.sql.members import among
from farthing.storage.sql.schema import spent_id
from farthing.storage.sql.transaction import Transaction

_COLUMNS: Final = ("workspace_id", "external_hash", "digest", "request_id", "expires_at")


def digest(external_request_id: str) -> bytes:
    """What is kept of an id."""
    return blake2b(external_request_id.encode(), digest_size=16).digest()


async def spend(
    tx: Transaction, workspace_id: int, spent: Sequence[SpentId], hash_id: Callable[[str], int]
) -> None:
    """Keep ids; one that is spent already gets the new request id and end."""
    if not spent:
        return
    await marks.begin_spending(tx, workspace_id)
    rows = [
        {
            "workspace_id": workspace_id,
            "external_hash": hash_id(each.external_request_id),
            "digest": digest(each.external_request_id),
            "request_id": each.request_id,
            "expires_at": each.expires_at,
        }
        for each in spent
    ]
    await tx.execute_many(_spend(), rows)


async def find(tx: Transaction, workspace_id: int, wanted: dict[str, int], now: int) -> dict[str, int]:
    """The request ids of those ids (given with their hashes) that are spent at `now`."""
    params = {"workspace_id": workspace_id, "hashes": sorted(set(wanted.values()))}
    found = {
        (external_hash, kept): request_id
        for external_hash, kept, request_id, expires_at in await tx.fetch(_at_hashes(), params)
        if expires_at is None or expires_at > now
    }
    if not found:
        return {}
    keys = {text: (external_hash, digest(text)) for text, external_hash in wanted.items()}
    return {text: found[key] for text, key in keys.items() if key in found}


async def restore(tx: Transaction, workspace_id: int, external_request_id: str, external_hash: int) -> None:
    """Let an id be spent no more, if it is: an event has it again."""
    place = {"external_hash": external_hash, "digest": digest(external_request_id)}
    await tx.execute(_restore(), {"workspace_id": workspace_id, **place})


async def expire(tx: Transaction, workspace_id: int, now: int) -> int:
    """Forget ids whose end has come; how many."""
    return await tx.execute(_expire(), {"workspace_id": workspace_id, "now": now})


@cache
def _spend() -> Executable:
    values: dict[str, Any] = {name: integer(name) for name in _COLUMNS}
    values["digest"] = bindparam("digest", type_=LargeBinary())
    insert = upsert(spent_id).values(values)
    changed = {name: insert.excluded[name] for name in ("request_id", "expires_at")}
    return insert.on_conflict_do_update(index_elements=list(_COLUMNS[:3]), set_=changed)


@cache
def _at_hashes() -> Executable:
    row = spent_id.c
    return select(row.external_hash, row.digest, row.request_id, row.expires_at).where(
        row.workspace_id == integer("workspace_id"), among(row.external_hash, "hashes")
    )


@cache
def _restore() -> Executable:
    row = spent_id.c
    return delete(spent_id).where(
        row.workspace_id == integer("workspace_id"),
        row.external_hash == integer("external_hash"),
        row.digest == bindparam("digest", type_=LargeBinary()),
    )


@cache
def _expire() -> Executable:
    row = spent_id.c
    return delete(spent_id).where(
        row.workspace_id == integer("workspace_id"), row.expires_at <= integer("now")
    )
