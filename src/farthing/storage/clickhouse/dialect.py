"""The ledger's own statements over rows, as ClickHouse reads them.

There are three differences that would make other figures without a word: `/` divides integers into floats,
`sum` of 64-bit integers wraps around, and a sum over nothing is 0.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, BindParameter, SmallInteger, String
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

NAME: Final = "clickhouse"


def type_of(column: TypeEngine[Any]) -> str:
    """The type that holds what a column or parameter of this type does."""
    if isinstance(column, ARRAY):
        return f"Array({type_of(column.item_type)})"
    if isinstance(column, String):
        return "String"
    if isinstance(column, SmallInteger):
        return "Int16"
    if isinstance(column, BigInteger):
        return "Int64"
    raise TypeError(f"there is no column of type {column!r} in the copy")


class _Compiler(SQLCompiler):
    def visit_bindparam(self, bindparam: BindParameter[Any], **_: Any) -> str:  # type: ignore[override]
        """A parameter that the server binds itself."""
        name: str = self._truncate_bindparam(bindparam)  # type: ignore[no-untyped-call]
        self.binds[bindparam.key] = self.binds[name] = bindparam
        self.bind_names[bindparam] = name
        self.positiontup = [*(self.positiontup or ()), name]
        return f"{{{name}:{type_of(bindparam.type)}}}"

    def visit_floordiv_binary(self, binary: Any, operator: Any, **more: Any) -> str:
        """Whole numbers, none of which is negative where this is asked."""
        del operator  # it is this one
        left, right = self.process(binary.left, **more), self.process(binary.right, **more)
        return f"intDiv({left}, {right})"

    def visit_sum_func(self, function: Any, **more: Any) -> str:
        """Sums of what leaves 64 bits, too; NULL over nothing."""
        return f"sumOrNull(toInt128({self.process(function.clauses, **more)}))"

    def visit_length_func(self, function: Any, **more: Any) -> str:
        """In characters, as the databases count."""
        return f"lengthUTF8({self.process(function.clauses, **more)})"


class ClickhouseDialect(DefaultDialect):
    """What compiles statements; they are run by clickhouse-connect's own client."""

    name = NAME
    statement_compiler = _Compiler
    supports_statement_cache = True


DIALECT: Final = ClickhouseDialect(paramstyle="named")
