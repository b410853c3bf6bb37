"""The dictionary: every name of a workspace is stored once and known by an integer.

0 is the missing name, which reports show as "unknown"; the text "unknown" is therefore the same as none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from operator import getitem
from typing import Any, Final, TypeVar

from sqlalchemy import Executable, bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.reports.dimensions import UNKNOWN
from farthing.storage.sql.codes import NAME_KINDS
from farthing.storage.sql.members import among
from farthing.storage.sql.schema import name as table
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

T = TypeVar("T")
Texts = tuple[str | None, ...]
"""An event's names, one for each of NAME_KINDS."""
Refs = tuple[int, ...]
Shelf = dict[str | None, int]
"""The known names of one workspace and kind."""
NewNames = dict[tuple[int, int], dict[str, int]]
"""Names by (workspace, kind) that a transaction looked up or added."""

MISSING: Final = 0
_CACHED_MAX: Final = 200_000


class Names:
    """A process's memory of committed names. Only what is committed enters it."""

    def __init__(self) -> None:
        self._shelves: dict[tuple[int, int], Shelf] = {}
        self._by_workspace: dict[int, tuple[Shelf, ...]] = {}
        self._count = 0
        self._texts: dict[int, str] = {}

    async def refs(self, tx: Transaction, named: Sequence[tuple[int, Texts]]) -> tuple[list[Refs], NewNames]:
        """The integers of each (workspace, texts), and what of them was new to this process.

        Unknown names are added to the dictionary. Call `remember` with the second value after the commit.
        """
        found: list[Refs | None] = []
        for workspace_id, texts in named:
            shelves = self._by_workspace.get(workspace_id) or self._shelves_of(workspace_id)
            try:
                found.append(tuple(map(getitem, shelves, texts)))
            except KeyError:
                found.append(None)
        if None not in found:
            return found, {}  # type: ignore[return-value]
        new = await self._find_or_add(
            tx, [each for each, refs in zip(named, found, strict=True) if refs is None]
        )
        return [refs or self._with(new, *each) for each, refs in zip(named, found, strict=True)], new

    def remember(self, new: NewNames) -> None:
        """Keep names that are committed now."""
        if self._count > _CACHED_MAX:
            self._shelves.clear()
            self._by_workspace.clear()
            self._count = 0
        for (workspace_id, kind), refs in new.items():
            self._shelf(workspace_id, kind).update(refs)
            self._count += len(refs)

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
        if missing:
            found.update(await tx.fetch(_texts_of(), {"refs": missing}))
        known.update(found)
        return found

    def _shelf(self, workspace_id: int, kind: int) -> Shelf:
        shelf = self._shelves.get((workspace_id, kind))
        if shelf is None:
            shelf = self._shelves[workspace_id, kind] = {None: MISSING, UNKNOWN: MISSING}
        return shelf

    def _shelves_of(self, workspace_id: int) -> tuple[Shelf, ...]:
        shelves = tuple(self._shelf(workspace_id, kind) for kind in NAME_KINDS)
        self._by_workspace[workspace_id] = shelves
        return shelves

    def _with(self, new: Mapping[tuple[int, int], dict[str, int]], workspace_id: int, texts: Texts) -> Refs:
        """References of names some of which are new."""
        refs: list[int] = []
        for kind, text in zip(NAME_KINDS, texts, strict=True):
            ref = self._shelf(workspace_id, kind).get(text)
            refs.append(new[workspace_id, kind][text or UNKNOWN] if ref is None else ref)
        return tuple(refs)

    async def _find_or_add(self, tx: Transaction, named: Sequence[tuple[int, Texts]]) -> NewNames:
        wanted: dict[tuple[int, int], dict[str, None]] = defaultdict(dict)
        for workspace_id, texts in named:
            for kind, text in zip(NAME_KINDS, texts, strict=True):
                if text is not None and text not in self._shelf(workspace_id, kind):
                    wanted[workspace_id, kind][text] = None
        found: NewNames = {}
        for (workspace_id, kind), names in wanted.items():
            known = found[workspace_id, kind] = await find(tx, workspace_id, kind, list(names))
            absent = [text for text in names if text not in known]
            if absent:
                rows = [{"workspace_id": workspace_id, "kind": kind, "text": text} for text in absent]
                await tx.execute_many(_add(), rows)
                known.update(await find(tx, workspace_id, kind, absent))
        return found


async def find(tx: Transaction, workspace_id: int, kind: int, texts: list[str]) -> dict[str, int]:
    """The integers of those texts that the dictionary has."""
    if not texts:
        return {}
    params = {"workspace_id": workspace_id, "kind": kind, "texts": texts}
    return {text: ref for ref, text in await tx.fetch(_refs_of(), params)}


@cache
def _refs_of() -> Executable:
    return select(table.c.id, table.c.text).where(
        table.c.workspace_id == bindparam("workspace_id"),
        table.c.kind == bindparam("kind"),
        among(table.c.text, "texts"),
    )


@cache
def _texts_of() -> Executable:
    texts = select(table.c.id, table.c.text).where(among(table.c.id, "refs"))
    return across_workspaces(texts, "references come from rows that have been held to a workspace")


@cache
def _add() -> Executable:
    values: dict[str, Any] = {column: bindparam(column) for column in ("workspace_id", "kind", "text")}
    return upsert(table).values(values).on_conflict_do_nothing()
