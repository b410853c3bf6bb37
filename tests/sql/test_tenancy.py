"""Statements that could reach another workspace's rows are refused before they run."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import (
    Select,
    bindparam,
    delete,
    exists,
    insert,
    literal_column,
    not_,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.sql import visitors

from farthing.storage.sql.cells import integer
from farthing.storage.sql.schema import api_key, membership, person, usage_event, workspace
from farthing.storage.sql.tenancy import UnscopedStatementError, _froms, across_workspaces, require_scope
from farthing.storage.sql.transaction import compiled
from farthing.storage.sqlite.transaction import DIALECT

MINE = usage_event.c.workspace_id == integer("workspace_id")
KEY_MINE = api_key.c.workspace_id == integer("workspace_id")
OTHER = usage_event.alias("other")

SCOPED: dict[str, Any] = {
    "a read": select(usage_event.c.request_id).where(MINE, usage_event.c.status == integer("status")),
    "an index that is not to be used": select(usage_event).where(
        usage_event.c.workspace_id + literal_column("0") == integer("workspace_id")
    ),
    "a condition that is one of several": select(usage_event).where(MINE & (usage_event.c.status == 1)),
    "the workspace itself": select(workspace).where(workspace.c.id == integer("workspace_id")),
    "a table that is nobody's": select(person),
    "a join": select(membership.c.role)
    .select_from(membership.join(workspace, workspace.c.id == membership.c.workspace_id))
    .where(workspace.c.id == integer("workspace_id")),
    "two uses": select(usage_event.c.request_id)
    .select_from(usage_event.join(OTHER, OTHER.c.workspace_id == usage_event.c.workspace_id))
    .where(MINE),
    "a query within": select(usage_event).where(
        MINE, exists().where(api_key.c.workspace_id == usage_event.c.workspace_id)
    ),
    "a query that is a table": select(select(usage_event.c.request_id).where(MINE).subquery().c.request_id),
    "a change": update(api_key).where(KEY_MINE).values(name=bindparam("name")),
    "a deletion": delete(api_key).where(KEY_MINE),
    "an insertion": insert(api_key).values(workspace_id=integer("workspace_id")),
    "work on all": across_workspaces(select(usage_event), "a reason"),
    "text on all": across_workspaces(text("SELECT 1"), "a reason"),
}
PLANTED: dict[str, Any] = {
    "no condition": select(usage_event),
    "an id alone": select(usage_event).where(usage_event.c.request_id == integer("request_id")),
    "another comparison": select(usage_event).where(usage_event.c.workspace_id >= integer("workspace_id")),
    "one of two": select(usage_event).where(or_(MINE, true())),
    "the contrary": select(usage_event).where(not_(MINE)),
    "another column": select(api_key).where(api_key.c.owner_id == integer("workspace_id")),
    "itself": select(usage_event).where(usage_event.c.workspace_id == usage_event.c.workspace_id),
    "a join of which one side is held": select(usage_event.c.request_id)
    .select_from(usage_event.join(api_key, api_key.c.id == usage_event.c.api_key_id))
    .where(MINE),
    "an outer join": select(api_key.c.name)
    .select_from(api_key.outerjoin(usage_event, usage_event.c.workspace_id == api_key.c.workspace_id))
    .where(MINE),
    "one use of two": select(usage_event.c.request_id)
    .select_from(usage_event.join(OTHER, OTHER.c.request_id == usage_event.c.request_id))
    .where(MINE),
    "a query within": select(usage_event).where(MINE, exists(select(api_key.c.id))),
    "a part of a union": select(usage_event.c.request_id)
    .where(MINE)
    .union_all(select(usage_event.c.request_id)),
    "a change": update(api_key).where(api_key.c.id == integer("key")).values(name=bindparam("name")),
    "a deletion": delete(api_key).where(api_key.c.id == integer("key")),
    "an insertion of what was read": insert(api_key).from_select(["name"], select(api_key.c.name)),
    "all workspaces": select(workspace.c.name),
    "text": text("SELECT * FROM usage_event"),
}


@pytest.mark.parametrize("what", SCOPED)
def test_a_statement_about_one_workspace_runs(what: str) -> None:
    require_scope(SCOPED[what])


@pytest.mark.parametrize("what", PLANTED)
def test_a_statement_that_could_reach_others_is_refused(what: str) -> None:
    with pytest.raises(UnscopedStatementError):
        require_scope(PLANTED[what])


def test_every_statement_is_looked_at_before_it_is_compiled() -> None:
    with pytest.raises(UnscopedStatementError, match="usage_event is not held to a workspace in: SELECT"):
        compiled(PLANTED["no condition"], DIALECT)


@pytest.mark.parametrize("what", [*SCOPED, *PLANTED])
def test_what_a_query_reads_from_is_what_sqlalchemy_says(what: str) -> None:
    statement = (SCOPED | PLANTED)[what]
    queries = [each for each in visitors.iterate(statement) if isinstance(each, Select)]
    assert [_froms(query) for query in queries] == [query.get_final_froms() for query in queries]
