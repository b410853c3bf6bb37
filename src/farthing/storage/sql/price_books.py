"""Imported price books: rows that are added and read, never changed."""

from __future__ import annotations

from functools import cache
from typing import Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Executable, bindparam, insert, select

from farthing.storage.contract import AlreadyExistsError, ImportedBook
from farthing.storage.sql.cells import integer
from farthing.storage.sql.schema import price_book
from farthing.storage.sql.transaction import Transaction

_FIELDS: Final = ImportedBook.__struct_fields__


async def newest(tx: Transaction) -> ImportedBook | None:
    """The one that was imported last. Asked every two seconds: it touches one row, and not its body."""
    rows = await tx.fetch(_newest())
    return ImportedBook(**dict(zip(_FIELDS, rows[0], strict=True))) if rows else None


async def every(tx: Transaction) -> list[ImportedBook]:
    """All, oldest first."""
    return [ImportedBook(**dict(zip(_FIELDS, row, strict=True))) for row in await tx.fetch(_every())]


async def body(tx: Transaction, book_id: int) -> bytes | None:
    """The body of one."""
    rows = await tx.fetch(_body(), {"book_id": book_id})
    return bytes(rows[0][0]) if rows else None


async def add(tx: Transaction, new: ImportedBook, content: bytes, after_id: int) -> ImportedBook:
    """Raises AlreadyExistsError where the newest is not the one with `after_id`."""
    await tx.next_request_ids(0)  # takes the row that all writers take: of two imports the second waits
    last = await newest(tx)
    if after_id != (0 if last is None else last.id):
        raise AlreadyExistsError("another price book has been imported meanwhile")
    values = msgspec.structs.asdict(new) | {"body": content}
    ((book_id,),) = await tx.fetch(_add(), values)
    return replace(new, id=int(book_id))


@cache
def _every() -> Executable:
    return select(*(price_book.c[name] for name in _FIELDS)).order_by(price_book.c.id)


@cache
def _newest() -> Executable:
    fields = (price_book.c[name] for name in _FIELDS)
    return select(*fields).order_by(price_book.c.id.desc()).limit(1)


@cache
def _body() -> Executable:
    return select(price_book.c.body).where(price_book.c.id == integer("book_id"))


@cache
def _add() -> Executable:
    columns = [column for column in price_book.columns if column.name != "id"]
    values = {column.name: bindparam(column.name, type_=column.type) for column in columns}
    return insert(price_book).values(values).returning(price_book.c.id)
