"""The one place that keeps workspaces apart in the database: no statement reaches another one's rows.

Every statement is looked at once, before it is compiled. Each table in it that holds rows of workspaces must
be held to one: by `workspace_id = :parameter`, or by equality with the workspace of another table that is.
Work that is about all workspaces (folding, finding whose key was sent) says so, with the reason, through
`across_workspaces`; whoever reads the code finds all of these by that name.
"""

from __future__ import annotations

from collections import defaultdict
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
    """Raises UnscopedStatementError. Costs about what compiling the statement does, once for each."""
    if _OPTION in statement.get_execution_options():
        return
    if isinstance(statement, TextClause):
        raise UnscopedStatementError(f"what this text reaches can't be seen: {statement}")
    elements = visitors.iterate(cast("Any", statement))
    queries = [_Query(each) for each in elements if isinstance(each, Select | Update | Delete)]
    around = _sources_around(queries)
    held = {table for query in queries for table in query.held(set())}
    for query in queries:
        mine = query.own_tables(around.get(query.element, set()))
        # A query within another may lean on what the outer one holds, never on its own table's other use.
        for table in mine - query.held(held - mine):
            raise UnscopedStatementError(f"{_name(table)} is not held to a workspace in: {statement}")


def sources_of(query: Any) -> set[Table]:
    """The tables that a SELECT, UPDATE or DELETE reads from or changes, without queries within it."""
    return {table for each in _Query(query).sources if (table := _table(each)) is not None}


def unjoined(query: Any, tables: set[Table]) -> set[str]:
    """The names of those among the tables of a query that are in `tables` and not joined by the workspace."""
    made = _Query(query)
    mine = {each for each in made.sources if _table(each) in tables}
    if not mine:
        return set()
    first = next(iter(mine))
    return {_name(each) for each in mine} if mine - made.held({first}) else set()


def _sources_around(queries: Iterable[_Query]) -> dict[Any, set[Any]]:
    """By query that stands within conditions of others: what those read from."""
    around: dict[Any, set[Any]] = defaultdict(set)
    for query in queries:
        for condition in query.element._where_criteria:  # noqa: SLF001 - shown nowhere else
            for each in visitors.iterate(condition):
                if isinstance(each, Select):
                    around[each] |= query.sources
    return around


class _Query:
    """A query of the statement: what it reads from or changes, and the equalities that its rows pass."""

    def __init__(self, element: Any) -> None:
        self.element = element
        froms = _froms(element) if isinstance(element, Select) else [element.table]
        self.sources: set[Any] = set(_flat(froms))
        self._links: list[set[Source]] = []
        self._bound: set[Source] = set()
        for condition in _conditions(element, froms):
            left, right = _owner(condition.left), _owner(condition.right)
            if left is not None and isinstance(condition.right, BindParameter):
                self._bound.add(left)
            elif left is not None and right is not None:
                self._links.append({left, right})

    def own_tables(self, outer: set[Any]) -> set[Source]:
        """Its tables whose rows belong to workspaces.

        Without those of the queries around it, for whose rows SQLAlchemy takes them, unless nothing would be
        left.
        """
        mine = self.sources - outer or self.sources
        return {source for source in mine if _workspace_column(source) is not None}

    def held(self, outside: set[Source]) -> set[Source]:
        """The tables that its conditions hold to one workspace, where those `outside` are held."""
        held = outside | self._bound
        while grown := {table for link in self._links if link & held for table in link} - held:
            held |= grown
        return held


def _froms(query: Select[Any]) -> list[Any]:
    """What a query's FROM names: `get_final_froms` says the same, but compiles the query to find out."""
    state = query._compile_state_factory(query, None)  # type: ignore[arg-type]  # noqa: SLF001
    froms: list[Any] = state._get_display_froms()  # noqa: SLF001
    return froms


def _flat(sources: Iterable[Any]) -> Iterator[Any]:
    for source in sources:
        if isinstance(source, Join):
            yield from _flat((source.left, source.right))
        else:
            yield source


def _table(source: Any) -> Table | None:
    """The table that a source is, perhaps under another name; None for a query."""
    table = source.element if isinstance(source, Alias) else source
    return table if isinstance(table, Table) else None


def _workspace_column(source: Any) -> Any:
    """The column that tells whose a row is; None for rows of nobody and for queries, seen by themselves."""
    table = _table(source)
    if table is None:
        return None
    return source.c.id if table.name == "workspace" else source.c.get("workspace_id")


def _conditions(query: Any, froms: Iterable[Any]) -> Iterator[Equality]:
    """Equalities that every row of the query passes; what stands in an OR or a NOT does not count."""
    yield from _equalities(query._where_criteria)  # noqa: SLF001 - SQLAlchemy shows them nowhere else
    sources = list(froms)
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
        added = expression.right  # looked at, not printed: printing compiles whatever stands there
        expression = expression.left if getattr(added, "name", None) == "0" else None
    source = getattr(expression, "table", None)
    is_owner = isinstance(expression, Column) and expression is _workspace_column(source)
    return source if is_owner else None


def _name(source: Any) -> str:
    table: Any = source.element if isinstance(source, Alias) else source
    return str(table.name)
