"""Numbers that tell a transaction, in one small look-up, what it need not look at itself.

The dictionary's version grows when names change or go: what processes remember of names holds for one version
(`names`). A workspace's mark of spent ids is there once it has had any: until then nobody looks for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlalchemy import Executable, Text, bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.storage.sql.members import among
from farthing.storage.sql.schema import counter
from farthing.storage.sql.transaction import Transaction

_NAMES: Final = "names_version"
_SPENT: Final = "spent_ids:"
_CORRECTED: Final = "corrections:"
_BUDGETS: Final = "budgets:"
_REWRITES: Final = "rewrites:"
_MOVED: Final = "name_moves:"


class NamesChangedError(Exception):
    """Names have changed since references to them were found: they are to be found anew."""


@dataclass(frozen=True)
class Marks:
    """What a writer has to know; `spending` are the workspaces that may have spent ids.

    `budgeting` are those that have had budgets, with the version of what they have.
    """

    names_version: int
    spending: frozenset[int]
    budgeting: dict[int, int]


async def read(tx: Transaction, workspace_ids: Iterable[int]) -> Marks:
    """The marks as they are now.

    A writer asks once it holds the row of the request ids, which everybody who changes them holds, too:
    then they stay as they are until it commits.
    """
    spent = {f"{_SPENT}{workspace_id}": workspace_id for workspace_id in workspace_ids}
    budgets = {f"{_BUDGETS}{workspace_id}": workspace_id for workspace_id in spent.values()}
    values: dict[str, int] = dict(await tx.fetch(_values(), {"names": [_NAMES, *spent, *budgets]}))
    spending = frozenset(spent[name] for name, value in values.items() if name in spent and value)
    budgeting = {budgets[name]: value for name, value in values.items() if name in budgets}
    return Marks(values.get(_NAMES, 0), spending, budgeting)


async def last_request_id(tx: Transaction) -> int:
    """The last request id that was given out: in a snapshot, no call that is seen has a higher one."""
    ((value,),) = await tx.fetch(_value(), {"name": "request_id"})
    return int(value)


async def names_version(tx: Transaction) -> int:
    """The dictionary's version in this snapshot."""
    rows = await tx.fetch(_value(), {"name": _NAMES})
    return int(rows[0][0]) if rows else 0


async def renew_names(tx: Transaction) -> None:
    """Raise the dictionary's version: names have changed, or go, in this transaction.

    From its commit on no process gives out a reference, or shows a text, that it remembers from before.
    """
    await tx.next_request_ids(0)
    await tx.execute(_raise(), {"name": _NAMES})


async def begin_spending(tx: Transaction, workspace_id: int) -> None:
    """Note that the workspace has spent ids, from this transaction on."""
    await tx.next_request_ids(0)
    await tx.execute(_raise(), {"name": f"{_SPENT}{workspace_id}"})


async def note_correction(tx: Transaction, workspace_id: int) -> None:
    """Note that the workspace has corrected calls."""
    await tx.execute(_raise(), {"name": f"{_CORRECTED}{workspace_id}"})


async def has_corrections(tx: Transaction, workspace_id: int) -> bool:
    """Whether the workspace has ever corrected a call."""
    return bool(await tx.fetch(_value(), {"name": f"{_CORRECTED}{workspace_id}"}))


async def note_budgets(tx: Transaction, workspace_id: int) -> None:
    """Note that the workspace has other budgets, from this transaction on."""
    await tx.next_request_ids(0)
    await tx.execute(_raise(), {"name": f"{_BUDGETS}{workspace_id}"})


async def note_policy(tx: Transaction, workspace_id: int) -> None:
    """Note that other rules hold for the budgets of the workspace, if it has any, from now on."""
    if await budgets_version(tx, workspace_id) is not None:
        await note_budgets(tx, workspace_id)


async def budgets_version(tx: Transaction, workspace_id: int) -> int | None:
    """The version of the workspace's budgets; None when it never had any."""
    rows = await tx.fetch(_value(), {"name": f"{_BUDGETS}{workspace_id}"})
    return int(rows[0][0]) if rows else None


async def note_rewrite(tx: Transaction, workspace_id: int) -> None:
    """Note that stored calls of the workspace, or their names, are changed in this transaction."""
    await tx.execute(_raise(), {"name": f"{_REWRITES}{workspace_id}"})


async def rewrite_count(tx: Transaction, workspace_id: int) -> int:
    """How often stored calls of the workspace were changed."""
    rows = await tx.fetch(_value(), {"name": f"{_REWRITES}{workspace_id}"})
    return int(rows[0][0]) if rows else 0


async def note_name_move(tx: Transaction, workspace_id: int) -> None:
    """Note that stored rows were given other names, or went while sums hold them (`name_sweep`)."""
    await tx.execute(_raise(), {"name": f"{_MOVED}{workspace_id}"})


async def name_moves(tx: Transaction, workspace_id: int) -> int:
    """How often that was noted."""
    rows = await tx.fetch(_value(), {"name": f"{_MOVED}{workspace_id}"})
    return int(rows[0][0]) if rows else 0


@cache
def _values() -> Executable:
    return select(counter.c.name, counter.c.value).where(among(counter.c.name, "names"))


@cache
def _value() -> Executable:
    return select(counter.c.value).where(counter.c.name == bindparam("name", type_=Text()))


@cache
def _raise() -> Executable:
    first = upsert(counter).values({"name": bindparam("name", type_=Text()), "value": 1})
    return first.on_conflict_do_update(index_elements=["name"], set_={"value": counter.c.value + 1})
