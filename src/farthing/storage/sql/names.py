"""The dictionary: every name of a workspace is stored once and known by an integer.

0 is the missing name, which reports show as "unknown"; the text "unknown" is therefore the same as none.

Names can change and go (an identity is erased, a deletion leaves names that nothing uses). Whoever does that
raises the dictionary's version (`marks.renew_names`) in the same transaction. What a process remembers holds
for one version: a writer compares it once it is alone, a reader in its snapshot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from operator import getitem
from typing import Any, Final, TypeVar

from sqlalchemy import Executable, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.reports.dimensions import UNKNOWN
from farthing.storage.sql import marks
from farthing.storage.sql.cells import integer
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


class NewNames(dict[tuple[int, int], dict[str, int]]):
    """Names by (workspace, kind) that a transaction looked up or added, at a version of the dictionary."""

    version: int | None = None


MISSING: Final = 0
_CACHED_MAX: Final = 200_000


class _Shelves:
    """References of committed names at one version of the dictionary (None: of none that is known yet).

    Never emptied but replaced, so that work that suspends goes on with what it began with.
    """

    def __init__(self, version: int | None) -> None:
        self.version = version
        self.count = 0
        self._shelves: dict[tuple[int, int], Shelf] = {}
        self._by_workspace: dict[int, tuple[Shelf, ...]] = {}

    def shelf(self, workspace_id: int, kind: int) -> Shelf:
        """The names of one workspace and kind."""
        shelf = self._shelves.get((workspace_id, kind))
        if shelf is None:
            shelf = self._shelves[workspace_id, kind] = {None: MISSING, UNKNOWN: MISSING}
        return shelf

    def of(self, workspace_id: int) -> tuple[Shelf, ...]:
        """The shelves of an event's names, in the order of NAME_KINDS."""
        found = self._by_workspace.get(workspace_id)
        if found is None:
            found = tuple(self.shelf(workspace_id, kind) for kind in NAME_KINDS)
            self._by_workspace[workspace_id] = found
        return found

    def refs(self, new: Mapping[tuple[int, int], dict[str, int]], workspace_id: int, texts: Texts) -> Refs:
        """References of names some of which are new."""
        refs: list[int] = []
        for kind, text in zip(NAME_KINDS, texts, strict=True):
            ref = self.shelf(workspace_id, kind).get(text)
            refs.append(new[workspace_id, kind][text or UNKNOWN] if ref is None else ref)
        return tuple(refs)


class Names:
    """A process's memory of committed names. Only what is committed enters it."""

    def __init__(self) -> None:
        self._shelves = _Shelves(None)
        self._texts: tuple[int, dict[int, str]] = (-1, {})

    @property
    def version(self) -> int | None:
        """The version of the dictionary that references are remembered of."""
        return self._shelves.version

    def is_of(self, version: int) -> bool:
        """Whether references are remembered of this version of the dictionary."""
        return self._shelves.version == version

    def renew(self, version: int) -> None:
        """Forget all references: the dictionary has this version now."""
        self._shelves = _Shelves(version)

    async def renewed(self, tx: Transaction) -> int:
        """The dictionary's version, once only what holds for it is remembered.

        For work that does not hold the row of the request ids; what it finds has to be checked again.
        """
        version = await marks.names_version(tx)
        if not self.is_of(version):
            self.renew(version)
        return version

    async def refs(self, tx: Transaction, named: Sequence[tuple[int, Texts]]) -> tuple[list[Refs], NewNames]:
        """The integers of each (workspace, texts), and what of them was new to this process.

        Unknown names are added to the dictionary. Call `remember` with the second value after the commit.
        """
        shelves = self._shelves
        found: list[Refs | None] = []
        for workspace_id, texts in named:
            try:
                found.append(tuple(map(getitem, shelves.of(workspace_id), texts)))
            except KeyError:
                found.append(None)
        if None not in found:
            return found, NewNames()  # type: ignore[return-value]
        unknown = [each for each, refs in zip(named, found, strict=True) if refs is None]
        new = await _find_or_add(tx, shelves, unknown)
        new.version = shelves.version
        return [refs or shelves.refs(new, *each) for each, refs in zip(named, found, strict=True)], new

    def remember(self, new: NewNames) -> None:
        """Keep names that are committed now, unless the dictionary has changed since they were found."""
        if new.version is None or new.version != self._shelves.version:
            return
        if self._shelves.count > _CACHED_MAX:
            self.renew(new.version)
        for (workspace_id, kind), refs in new.items():
            self._shelves.shelf(workspace_id, kind).update(refs)
            self._shelves.count += len(refs)

    async def texts(self, tx: Transaction, refs: Iterable[int]) -> dict[int, str]:
        """The texts behind integers; MISSING is "unknown"."""
        known = self._known_at(await marks.names_version(tx))
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

    def _known_at(self, version: int) -> dict[int, str]:
        """What is remembered of a version; a snapshot older than that learns for itself alone."""
        remembered, known = self._texts
        if version < remembered:
            return {}
        if version > remembered or len(known) > _CACHED_MAX:
            known = {}
            self._texts = version, known
        return known


async def _find_or_add(tx: Transaction, shelves: _Shelves, named: Sequence[tuple[int, Texts]]) -> NewNames:
    wanted: dict[tuple[int, int], dict[str, None]] = defaultdict(dict)
    for workspace_id, texts in named:
        for kind, text in zip(NAME_KINDS, texts, strict=True):
            if text is not None and text not in shelves.shelf(workspace_id, kind):
                wanted[workspace_id, kind][text] = None
    found = NewNames()
    for (workspace_id, kind), names in wanted.items():
        found[workspace_id, kind] = await find_or_add(tx, workspace_id, kind, list(names))
    return found


async def find_or_add(tx: Transaction, workspace_id: int, kind: int, texts: list[str]) -> dict[str, int]:
    """The integers of texts; those that the dictionary does not have are added to it."""
    known = await find(tx, workspace_id, kind, texts)
    absent = [text for text in texts if text not in known]
    if absent:
        rows = [{"workspace_id": workspace_id, "kind": kind, "text": text} for text in absent]
        await tx.execute_many(_add(), rows)
        known.update(await find(tx, workspace_id, kind, absent))
    return known


async def texts_of(tx: Transaction, refs: list[int]) -> dict[int, str]:
    """The texts behind integers that belong to a workspace, without a process's memory of them."""
    found = {MISSING: UNKNOWN}
    found.update(await tx.fetch(_texts_of(), {"refs": refs}))
    return found


async def find(tx: Transaction, workspace_id: int, kind: int, texts: list[str]) -> dict[str, int]:
    """The integers of those texts that the dictionary has."""
    if not texts:
        return {}
    params = {"workspace_id": workspace_id, "kind": kind, "texts": texts}
    return {text: ref for ref, text in await tx.fetch(_refs_of(), params)}


async def rename(tx: Transaction, workspace_id: int, texts: Mapping[int, str]) -> None:
    """Give names of a workspace other texts, by their integers: all that refer to them show these."""
    if not texts:
        return
    await marks.renew_names(tx)
    rows = [{"ref": ref, "workspace_key": workspace_id, "new_text": text} for ref, text in texts.items()]
    await tx.execute_many(_rename(), rows)


@cache
def _rename() -> Executable:
    mine = table.c.id == integer("ref"), table.c.workspace_id == integer("workspace_key")
    return update(table).where(*mine).values(text=bindparam("new_text", type_=table.c.text.type))


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
