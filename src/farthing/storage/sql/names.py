"""The dictionary: every name of a workspace is stored once and known by an integer.

0 is the missing name, which reports show as "unknown"; the text "unknown" is therefore the same as none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Final, TypeVar

from sqlalchemy import Executable, bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.reports.dimensions import UNKNOWN
from farthing.storage.sql.schema import name as table
from farthing.storage.sql.transaction import Transaction

T = TypeVar("T")
NameKey = tuple[int, int, str]
"""(workspace id, kind, text)."""

MISSING: Final = 0
_CACHED_MAX: Final = 200_000
_LOOKUP: Final = 64
"""Texts per look-up statement; shorter lists are padded, so that one statement serves all."""


class Names:
    """A process's memory of committed names. Only what is committed enters it."""

    def __init__(self) -> None:
        self._refs: dict[NameKey, int] = {}
        self._texts: dict[int, str] = {}

    async def refs(self, tx: Transaction, keys: Iterable[NameKey]) -> dict[NameKey, int]:
        """The integers of all `keys`, adding to the dictionary what is new. Call `remember` after the commit."""
        known = self._refs
        found: dict[NameKey, int] = {}
        missing: list[NameKey] = []
        for key in keys:
            ref = known.get(key)
            if ref is None:
                missing.append(key)
            else:
                found[key] = ref
        if missing:
            found.update(await _find_or_add(tx, missing))
        return found

    def remember(self, refs: dict[NameKey, int]) -> None:
        """Keep names that are committed now."""
        if len(self._refs) > _CACHED_MAX:
            self._refs.clear()
        self._refs.update(refs)

    async def texts(self, tx: Transaction, refs: Iterable[int]) -> dict[int, str]:
        """The texts behind integers; MISSING is "unknown"."""
        known = self._texts
        if len(known) > _CACHED_MAX:
            known.clear()
        found = {MISSING: UNKNOWN}
        missing: list[int] = []
        for ref in set(refs):
            text = known.get(ref)
            if text is not None:
                found[ref] = text
            elif ref != MISSING:
                missing.append(ref)
        for start in range(0, len(missing), _LOOKUP):
            part = _padded(missing[start : start + _LOOKUP])
            found.update(await tx.fetch(_texts_of(), {f"ref_{i}": ref for i, ref in enumerate(part)}))
        known.update(found)
        return found


async def _find_or_add(tx: Transaction, keys: list[NameKey]) -> dict[NameKey, int]:
    wanted: dict[tuple[int, int], list[str]] = defaultdict(list)
    for workspace_id, kind, text in dict.fromkeys(keys):
        wanted[workspace_id, kind].append(text)
    found: dict[NameKey, int] = {}
    for (workspace_id, kind), texts in wanted.items():
        found.update(await find(tx, workspace_id, kind, texts))
        absent = [text for text in texts if (workspace_id, kind, text) not in found]
        if absent:
            rows = [{"workspace_id": workspace_id, "kind": kind, "text": text} for text in absent]
            await tx.execute_many(_add(), rows)
            found.update(await find(tx, workspace_id, kind, absent))
    return found


async def find(tx: Transaction, workspace_id: int, kind: int, texts: list[str]) -> dict[NameKey, int]:
    """The integers of those texts that the dictionary has."""
    found: dict[NameKey, int] = {}
    for start in range(0, len(texts), _LOOKUP):
        part = _padded(texts[start : start + _LOOKUP])
        params = {"workspace_id": workspace_id, "kind": kind} | {f"text_{i}": text for i, text in enumerate(part)}
        for ref, text in await tx.fetch(_refs_of(), params):
            found[workspace_id, kind, text] = ref
    return found


def _padded(items: list[T]) -> list[T]:
    return items + [items[-1]] * (_LOOKUP - len(items))


@cache
def _refs_of() -> Executable:
    texts = [bindparam(f"text_{i}", type_=table.c.text.type) for i in range(_LOOKUP)]
    return select(table.c.id, table.c.text).where(
        table.c.workspace_id == bindparam("workspace_id"),
        table.c.kind == bindparam("kind"),
        table.c.text.in_(texts),
    )


@cache
def _texts_of() -> Executable:
    refs = [bindparam(f"ref_{i}", type_=table.c.id.type) for i in range(_LOOKUP)]
    return select(table.c.id, table.c.text).where(table.c.id.in_(refs))


@cache
def _add() -> Executable:
    values = {column: bindparam(column) for column in ("workspace_id", "kind", "text")}
    return upsert(table).values(values).on_conflict_do_nothing()
