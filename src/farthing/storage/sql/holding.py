"""Whether a column's text holds another, on every database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from farthing.storage.sql.cells import number


class _Place(FunctionElement[int]):
    """Where a text holds another, from 1 on; 0 where it does not."""

    inherit_cache = True


@compiles(_Place)
def _strpos(element: _Place, compiler: Any, **more: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **more)})"


@compiles(_Place, "sqlite")
def _instr(element: _Place, compiler: Any, **more: Any) -> str:
    return f"instr({compiler.process(element.clauses, **more)})"


def holds(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Whether it holds the text that is the parameter."""
    return _Place(column, bindparam(parameter, type_=Text())) > number(0)
