"""How clean the stored events are: one pass over the rows of a window, added up by the database."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache, partial
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Text, bindparam, case, func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.reports.hygiene_facts import NAMED, HygieneGroup, HygieneQuery, IntakeKey
from farthing.reports.row_groups import NOTHING_READ, RowGroups
from farthing.rules.events import DATA_MODES, ENVIRONMENTS
from farthing.rules.hygiene import SKEW_EDGES_MS, TEST_WORDS, looks_like_test
from farthing.storage.sql import codes
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.copied_rows import RowReader, Selection, read_parts
from farthing.storage.sql.filters import Scope, wanted_values
from farthing.storage.sql.members import among
from farthing.storage.sql.names import MISSING, Names
from farthing.storage.sql.row_parts import Part, added_up, conditions, led_by
from farthing.storage.sql.schema import NAME_REFS, intake_count, name, usage_event
from farthing.storage.sql.transaction import Rows, Transaction

_KEY: Final = ("workspace_id", "api_key_id", "day", "kind", "data_mode")
_GROUP_WIDTH: Final = 6
"""How many columns tell groups apart; counts follow."""


async def groups(
    tx: Transaction, names: Names, query: HygieneQuery, reader: RowReader | None = None
) -> RowGroups[HygieneGroup]:
    """The calls by all that groups tell apart; as far as it can, from a copy of the rows."""
    wanted = await wanted_values(tx, query.workspace_id, query.filters)
    if wanted.is_impossible:
        return RowGroups([], NOTHING_READ)
    tests = await _test_names(tx, query.workspace_id)
    window = {"start": query.window.start, "end": query.window.end}
    params: dict[str, Any] = {"workspace_id": query.workspace_id, **window, **wanted.params}
    params |= {f"test_{column}": refs for column, refs in tests.items()}
    selection = Selection(query.workspace_id, partial(_groups, wanted.scope, tuple(tests)), params)
    return RowGroups(*await read_parts(tx, reader, selection, partial(_read, tx, names)))


async def _read(tx: Transaction, names: Names, rows: Rows) -> list[HygieneGroup]:
    found = added_up(rows, _GROUP_WIDTH)
    texts = await names.texts(tx, {ref for row in found for ref in itemgetter(1, 2)(row)})
    return [_group(row, texts) for row in found]


def _group(row: tuple[Any, ...], texts: Mapping[int, str]) -> HygieneGroup:
    api_key_id, endpoint_ref, flags_ref, data_mode, environment, skew_bin, *counts = row
    requests, unpriced, without_prompt_version, without_user, without_tenant, test_named = counts
    return HygieneGroup(
        api_key_id=api_key_id,
        endpoint_tag=None if endpoint_ref == MISSING else texts[endpoint_ref],
        data_mode=DATA_MODES[data_mode],
        environment=ENVIRONMENTS[environment],
        flags=() if flags_ref == MISSING else tuple(texts[flags_ref].split(",")),
        skew_bin=skew_bin,
        requests=requests,
        unpriced=unpriced,
        without_prompt_version=without_prompt_version,
        without_user=without_user,
        without_tenant=without_tenant,
        test_named=test_named,
    )


async def _test_names(tx: Transaction, workspace_id: int) -> dict[str, list[int]]:
    """The references that look like tests, by the column they stand in; columns without any are left out."""
    found: dict[str, list[int]] = {}
    columns = {codes.NAME_KIND[each]: NAME_REFS[each] for each in NAMED}
    for kind, ref, text in await tx.fetch(_maybe_tests(), {"workspace_id": workspace_id}):
        if looks_like_test(text):
            found.setdefault(columns[kind], []).append(ref)
    return {column: found[column] for column in sorted(found)}


async def add_counts(tx: Transaction, counts: Mapping[IntakeKey, int]) -> None:
    """Add to what is counted. In the order of the keys: two processes never wait for each other."""
    for key, count in sorted(counts.items()):
        named = {column: getattr(key, column) for column in _KEY}
        await tx.execute(_add(), named | {"post_count": count})


async def counts_of(tx: Transaction, workspace_id: int, start_day: int, end_day: int) -> dict[IntakeKey, int]:
    """What was counted of a workspace on some days."""
    days = {"workspace_key": workspace_id, "start_day": start_day, "end_day": end_day}
    return {IntakeKey(*key): int(count) for *key, count in await tx.fetch(_counts(), days)}


@lru_cache(maxsize=256)
def _groups(scope: Scope, tests: tuple[str, ...], part: Part) -> Executable:
    """Of what is in the scope, of a part of the rows.

    `tests` are columns that are compared with the lists of their names.
    """
    row = usage_event.c
    key = (row.api_key_id, row.endpoint_tag_ref, row.flags_ref, row.data_mode, row.environment)
    grouped = [*key, _skew_bin().label("skew_bin")]
    counts = [
        func.count(),
        _count(row.pricing_status != number(codes.PRICED)),
        *(_count(row[f"{of}_ref"] == number(MISSING)) for of in ("prompt_version", "user", "tenant")),
        _count(or_(*(among(row[column], f"test_{column}") for column in tests))) if tests else number(0),
    ]
    workspace_id, at = led_by(part)
    return (
        select(*grouped, *counts)
        .where(
            workspace_id == integer("workspace_id"),
            at >= integer("start"),
            at < integer("end"),
            *scope.conditions(usage_event),
            *conditions(part),
        )
        .group_by(*grouped)
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, number(1)), else_=number(0)))


def _skew_bin() -> ColumnElement[int]:
    """As rules.hygiene.skew_bin has it; NULL for exactly 0."""
    skew = usage_event.c.received_at - usage_event.c.occurred_at
    bins = [(skew < number(edge), number(place)) for place, edge in enumerate(SKEW_EDGES_MS)]
    return case((skew == number(0), None), *bins, else_=number(len(SKEW_EDGES_MS)))


@cache
def _maybe_tests() -> Executable:
    """Names that hold one of the words somewhere: few, of which `looks_like_test` knows more."""
    shortest = [word for word in TEST_WORDS if not any(o in word for o in TEST_WORDS if o != word)]
    row = name.c
    text = func.lower(row.text)
    kinds = [number(codes.NAME_KIND[each]) for each in NAMED]
    return select(row.kind, row.id, row.text).where(
        row.workspace_id == integer("workspace_id"),
        row.kind.in_(kinds),
        or_(*(text.contains(word) for word in shortest)),
    )


@cache
def _add() -> Executable:
    values: dict[str, Any] = {column: integer(column) for column in (*_KEY[:3], "post_count")}
    values |= {column: bindparam(column, type_=Text()) for column in _KEY[3:]}
    insert = upsert(intake_count).values(values)
    total = intake_count.c.post_count + insert.excluded.post_count
    return insert.on_conflict_do_update(index_elements=_KEY, set_={"post_count": total})


@cache
def _counts() -> Executable:
    row = intake_count.c
    return select(*(row[column] for column in _KEY), row.post_count).where(
        row.workspace_id == integer("workspace_key"),
        row.day >= integer("start_day"),
        row.day < integer("end_day"),
    )
