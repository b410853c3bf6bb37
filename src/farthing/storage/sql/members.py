"""A column compared with a list of any length that is one parameter.

Lists written out as parameters of their own would make a statement, and compiling one, for every length.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, bindparam, not_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType


class _MemberOf(FunctionElement[Any]):
    """(column, list). It has no type: booleans are compared with 1 for SQLite, which no index serves."""

    type = NullType()
    inherit_cache = True


@compiles(_MemberOf)
def _any(element: _MemberOf, compiler: Any, **more: Any) -> str:
    column, members = (compiler.process(clause, **more) for clause in element.clauses)
    return f"{column} = ANY ({members})"


@compiles(_MemberOf, "sqlite")
def _json_each(element: _MemberOf, compiler: Any, **more: Any) -> str:
    column, members = (compiler.process(clause, **more) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({members}))"


@compiles(_MemberOf, "clickhouse")
def _in_array(element: _MemberOf, compiler: Any, **more: Any) -> str:
    column, members = (compiler.process(clause, **more) for clause in element.clauses)
    return f"{column} IN ({members})"


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column's value is in the list (of integers or texts) that is the parameter `name`."""
    of = Text() if isinstance(column.type, Text) else BigInteger()
    return _MemberOf(column, bindparam(name, type_=ARRAY(of)))


def not_among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column's value, which is never NULL, is not in the list that is the parameter `name`."""
    return not_(among(column, name))
