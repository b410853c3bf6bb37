"""Rows of integers that are given to a statement as one parameter, however many they are.

One statement over a thousand rows takes a fraction of a thousand statements: above all in a thread, which
hands Python's lock over for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Text, bindparam, cast, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import Subquery
from sqlalchemy.sql.functions import FunctionElement

from farthing.storage.sql.cells import number

PARAMETER: Final = "given"
_ENCODER: Final = msgspec.json.Encoder()


class _Elements(FunctionElement[Any]):
    """The elements of a JSON array as rows with a column `value`."""

    inherit_cache = True


@compiles(_Elements)
def _json_array_elements(element: _Elements, compiler: Any, **more: Any) -> str:
    return f"json_array_elements(CAST({compiler.process(element.clauses, **more)} AS JSON))"


@compiles(_Elements, "sqlite")
def _json_each(element: _Elements, compiler: Any, **more: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **more)})"


def given(columns: Sequence[str]) -> Subquery:
    """A table of 64-bit columns that holds the rows of the parameter PARAMETER (see `rows`)."""
    elements = _Elements(bindparam(PARAMETER, type_=Text())).table_valued("value").alias("elements")
    values = [
        cast(elements.c.value.op("->>")(number(place)), BigInteger).label(name)
        for place, name in enumerate(columns)
    ]
    return select(*values).subquery(PARAMETER)


def rows(values: Iterable[Sequence[int | None]]) -> dict[str, str]:
    """The parameter of `given`."""
    return {PARAMETER: _ENCODER.encode(list(values)).decode()}
