"""The one place that keeps workspaces apart in the database: no statement reaches another one's rows.

Every statement is looked at once, before it is compiled. Each table in it that holds rows of workspaces must
be held to one: by `workspace_id = :parameter`, or by equality with the workspace of another table that is.
Work that is about all workspaces (folding, finding whose key was sent) says so, with the reason, through
`across_workspaces`; whoever reads the code finds all of these by that name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar, cast

from sqlalchemy import (
    Alias,
    BindParameter,
    Column,
    Delete,
    Executable,
    Join,
    Select,
    Table,
    TextClause,
    Update,
)
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, Grouping

_OPTION: Final = "across_workspaces"
S = TypeVar("S", bound=Executable)
Source = Table | Alias
Equality = BinaryExpression[Any]


class UnscopedStatementError(Exception):
    """A statement could reach rows of any workspace; the message names the table and shows the statement."""


def across_workspaces(statement: S, reason: str) -> S:
    """The same statement, allowed to see all workspaces. The reason is for readers."""
    return statement.execution_options(**{_OPTION: reason})


def require_scope(statement: Executable) -> None:
    """Raises UnscopedStatementError. Costs some 0.1 ms, once for each statement."""
    if _OPTION in statement.get_execution_options():
        return
    if isinstance(statement, TextClause):
        raise UnscopedStatementError(f"what this text reaches can't be seen: {statement}")
    queries = [
        each
        for each in visitors.iterate(cast("Any", statement))
        if isinstance(each, Select | Update | Delete)
    ]
    held = {table for query in queries for table in _held(query, set())}
    for query in queries:
        mine = _own_tables(query, queries)
        # A query within another may lean on what the outer one holds, never on its own table's other use.
        for table in mine - _held(query, held - mine):
            raise UnscopedStatementError(f"{_name(table)} is not held to a workspace in: {statement}")


def _own_tables(query: Any, queries: Iterable[Any]) -> set[Source]:
    """The query's tables without those of a query that it stands within as a condition.

    SQLAlchemy takes these for the outer one's rows, unless nothing would be left.
    """
    outer = {source for other in queries if _is_within(query, other) for source in _sources(other)}
    mine = set(_sources(query)) - outer or set(_sources(query))
    return mine.intersection(_tables(query))


def _is_within(query: Any, other: Any) -> bool:
    conditions = other._where_criteria  # noqa: SLF001 - SQLAlchemy shows them nowhere else
    return any(query is each for condition in conditions for each in visitors.iterate(condition))


def _tables(query: Any) -> Iterator[Source]:
    """The tables, under the names they have in the query, whose rows belong to workspaces."""
    return (source for source in _sources(query) if _workspace_column(source) is not None)


def _sources(query: Any) -> Iterator[Any]:
    """Everything that the query reads from or changes."""
    return _flat(query.get_final_froms() if isinstance(query, Select) else [query.table])


def _flat(sources: Iterable[Any]) -> Iterator[Any]:
    for source in sources:
        if isinstance(source, Join):
            yield from _flat((source.left, source.right))
        else:
            yield source


def _workspace_column(source: Any) -> Any:
    """The column that tells whose a row is; None for rows of nobody and for queries, seen by themselves."""
    table = source.element if isinstance(source, Alias) else source
    if not isinstance(table, Table):
        return None
    return source.c.id if table.name == "workspace" else source.c.get("workspace_id")


def _held(query: Any, outside: set[Source]) -> set[Source]:
    """The tables that the query's conditions hold to one workspace, where those `outside` are held."""
    held = set(outside)
    links: list[set[Source]] = []
    for condition in _conditions(query):
        left, right = _owner(condition.left), _owner(condition.right)
        if left is not None and isinstance(condition.right, BindParameter):
            held.add(left)
        elif left is not None and right is not None:
            links.append({left, right})
    while grown := {table for link in links if link & held for table in link} - held:
        held |= grown
    return held


def _conditions(query: Any) -> Iterator[Equality]:
    """Equalities that every row of the query passes; what stands in an OR or a NOT does not count."""
    yield from _equalities(query._where_criteria)  # noqa: SLF001 - SQLAlchemy shows them nowhere else
    sources = list(query.get_final_froms()) if isinstance(query, Select) else []
    while sources:
        source = sources.pop()
        if isinstance(source, Join):
            sources += (source.left, source.right)
            if not (source.isouter or source.full):
                yield from _equalities([source.onclause])


def _equalities(criteria: Iterable[Any]) -> Iterator[Equality]:
    for each in criteria:
        if isinstance(each, Grouping):
            yield from _equalities([each.element])
        elif isinstance(each, BooleanClauseList) and each.operator is operators.and_:
            yield from _equalities(each.clauses)
        elif isinstance(each, BinaryExpression) and each.operator is operators.eq:
            yield each


def _owner(expression: Any) -> Source | None:
    """The table whose workspace the expression is; `workspace_id + 0`, which hides it from indexes, too."""
    if isinstance(expression, BinaryExpression) and expression.operator is operators.add:
        expression = expression.left if str(expression.right) == "0" else None
    source = getattr(expression, "table", None)
    is_owner = isinstance(expression, Column) and expression is _workspace_column(source)
    return source if is_owner else None


def _name(source: Any) -> str:
    table: Any = source.element if isinstance(source, Alias) else source
    return str(table.name)
