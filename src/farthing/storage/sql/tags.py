"""Tags in statements: the texts that senders put on calls, read where they stand, in the JSON of a row.

They are read with the database's own JSON, never searched for as text: a name may hold quotes and colons.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, Text, bindparam, func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from farthing.reports.dimensions import UNKNOWN
from farthing.storage.sql.members import among, not_among


class _TagOf(FunctionElement[str]):
    """(JSON of a row, name): the text of the tag, NULL where there is none.

    Most rows have none, so the JSON is read only where the word stands in it.
    """

    type = Text()
    inherit_cache = True


@compiles(_TagOf)
def _member(element: _TagOf, compiler: Any, **more: Any) -> str:
    extra, name = (compiler.process(clause, **more) for clause in element.clauses)
    return f"""CASE WHEN strpos({extra}, '"tags":') > 0 THEN ({extra}::json -> 'tags') ->> {name} END"""


@compiles(_TagOf, "sqlite")
def _json_each(element: _TagOf, compiler: Any, **more: Any) -> str:
    extra, name = (compiler.process(clause, **more) for clause in element.clauses)
    found = f"(SELECT value FROM json_each({extra}, '$.tags') WHERE key = {name})"
    return f"""CASE WHEN instr({extra}, '"tags":') > 0 THEN {found} END"""


@compiles(_TagOf, "clickhouse")
def _json_extract(element: _TagOf, compiler: Any, **more: Any) -> str:
    extra, name = (compiler.process(clause, **more) for clause in element.clauses)
    found = f"JSONExtractString({extra}, 'tags', {name})"
    return f"if(JSONHas(coalesce({extra}, ''), 'tags', {name}), {found}, NULL)"


def tag_conditions(
    table: Table, lead: str, count: int, *, is_excluded: bool = False
) -> list[ColumnElement[bool]]:
    """For each of so many tags: that its text is, or is not, in its list among those of `tag_params`."""
    compared = not_among if is_excluded else among
    return [compared(_text(table, f"{lead}_{place}"), f"{lead}_{place}_texts") for place in range(count)]


def tag_params(lead: str, tags: Mapping[str, list[str]]) -> dict[str, object]:
    """The names of tags, and the texts they are compared with."""
    params: dict[str, object] = {}
    for place, (name, texts) in enumerate(tags.items()):
        params[f"{lead}_{place}"], params[f"{lead}_{place}_texts"] = name, texts
    return params


def _text(table: Table, name: str) -> ColumnElement[str]:
    return func.coalesce(_TagOf(table.c.extra, bindparam(name, type_=Text())), literal(UNKNOWN), type_=Text())
