"""Names by what stands in them: looks into the index of names, never at rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from sqlalchemy import BindParameter, ColumnElement, Executable, Text, bindparam, func, select

from farthing.storage.contract.names import NAMES_LOOKED_AT_MAX
from farthing.storage.sql import codes, names
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.schema import name
from farthing.storage.sql.transaction import Transaction

_ROW: Final = name.c
_ESCAPE: Final = "/"


async def names_by_age(tx: Transaction, workspace_id: int, field: str, texts: Sequence[str]) -> list[str]:
    """See NameStore.names_by_age."""
    found = await names.find(tx, workspace_id, codes.NAME_KIND[field], list(texts))
    return sorted(found, key=found.__getitem__)


async def names_with(tx: Transaction, workspace_id: int, field: str, text: str, limit: int) -> list[str]:
    """See NameStore.names_with."""
    params = {"workspace_id": workspace_id, "kind": codes.NAME_KIND[field], "row_count": limit}
    begun = [row[0] for row in await tx.fetch(_from(), params | {"wanted": text})]
    literal = text
    for each in (_ESCAPE, "%", "_"):
        literal = literal.replace(each, _ESCAPE + each)
    patterns = {"wanted": f"%{literal}%", "beginning": f"{literal}%"}
    within = [row[0] for row in await tx.fetch(_within(), params | patterns)]
    return list(dict.fromkeys([*(each for each in begun if each.startswith(text)), *within]))[:limit]


@cache
def _from() -> Executable:
    """Where the index is in the order of bytes, names that begin with the text stand here together."""
    return (
        select(_ROW.text)
        .where(*_of_field(), _ROW.text >= _text("wanted"))
        .order_by(_ROW.text)
        .limit(integer("row_count"))
    )


@cache
def _within() -> Executable:
    """Of the first names of the field those that have the text in them."""
    looked_at = select(_ROW.text).where(*_of_field()).order_by(_ROW.text).limit(number(NAMES_LOOKED_AT_MAX))
    found = looked_at.subquery().c.text
    is_first = func.lower(found).like(func.lower(_text("beginning")), escape=_ESCAPE)
    return (
        select(found)
        .where(func.lower(found).like(func.lower(_text("wanted")), escape=_ESCAPE))
        .order_by(is_first.desc(), found)
        .limit(integer("row_count"))
    )


def _of_field() -> tuple[ColumnElement[bool], ...]:
    return _ROW.workspace_id == integer("workspace_id"), _ROW.kind == integer("kind")


def _text(parameter: str) -> BindParameter[str]:
    return bindparam(parameter, type_=Text())
