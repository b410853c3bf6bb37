"""`farthing workspace`: making, naming, deleting and restoring them, for whoever may touch the database."""

from __future__ import annotations

import json
from typing import Any

from farthing.actions.asker import Origin
from farthing.actions.errors import NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.people.manage_workspaces import (
    Named,
    change_workspace,
    create_workspace,
    delete_workspace,
    restore_workspace,
)
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, ids, table, tell, tell_done, words
from farthing.rules.instants import instant
from farthing.storage.contract import Workspace


def create(
    name: str, *, email: str, timezone: str = "UTC", as_json: AsJson = False, place: Place = HERE
) -> None:
    """Make a further workspace.

    Parameters
    ----------
    name
        What people shall call it.
    email
        Who will own it: anybody who has an account.
    timezone
        IANA zone that its days are counted in, such as Europe/Vienna.
    as_json
        Print {"workspaceId", "name", "timezone"}.
    """

    async def work(parts: Parts) -> Workspace:
        user = await parts.storage.user_by_email(email)
        if user is None:
            raise NotFoundError(f"{email} is not in this installation")
        return await create_workspace(parts, user, Origin("command"), Named(name=name, timezone=timezone))

    made = work_with(place, work)
    tell_done(made.public_id, _row(made), as_json=as_json)


def rename(
    name: str, *, whom: Whom, timezone: str | None = None, as_json: AsJson = False, place: Place = HERE
) -> None:
    """Give a workspace another name, or another time zone as long as no call is recorded.

    Parameters
    ----------
    name
        What people shall call it; its old name if only the zone is to change.
    timezone
        IANA zone that its days are counted in; as it is when not given.
    as_json
        Print {"workspaceId", "name", "timezone"}.
    """

    async def work(parts: Parts) -> Workspace:
        return await change_workspace(parts, await whom.asker(parts), name, timezone)

    changed = work_with(place, work)
    sentence = f"{changed.public_id} is {changed.name}, {changed.timezone}"
    tell_done(sentence, _row(changed), as_json=as_json)


def delete(name: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Mark a workspace deleted: nobody gets in, its keys are refused. `farthing workspace restore` undoes it.

    Parameters
    ----------
    name
        The workspace's name, as a second look.
    as_json
        Print {"name"}.
    """

    async def work(parts: Parts) -> None:
        await delete_workspace(parts, await whom.asker(parts), name)

    work_with(place, work)
    tell_done(f"{name} is deleted", {"name": name}, as_json=as_json)


def restore(workspace: str, *, as_json: AsJson = False, place: Place = HERE) -> None:
    """Bring a deleted workspace back as it was: its people, keys and calls.

    Parameters
    ----------
    workspace
        Its id or its name, as `farthing workspace deleted` shows them.
    as_json
        Print {"workspaceId", "name", "timezone"}.
    """
    restored = work_with(place, lambda parts: restore_workspace(parts, workspace))
    tell_done(f"{restored.name} is back", _row(restored), as_json=as_json)


def _row(workspace: Workspace) -> dict[str, str]:
    return {"workspaceId": workspace.public_id, "name": workspace.name, "timezone": workspace.timezone}


def list_deleted(*, as_json: AsJson = False, place: Place = HERE) -> None:
    """List the workspaces that are marked deleted.

    Parameters
    ----------
    as_json
        Print a list of {"workspaceId", "name", "deletedAt"}.
    """
    marked = work_with(place, lambda parts: parts.storage.deleted_workspaces())
    rows: list[dict[str, Any]] = [
        {"workspaceId": each.public_id, "name": each.name, "deletedAt": instant(at)} for each, at in marked
    ]
    if as_json:
        print(json.dumps(rows))
        return
    shown = table()
    ids(shown, "Id")
    for heading in ("Name", "Deleted"):
        words(shown, heading)
    for row in rows:
        shown.add_row(*row.values())
    tell(shown)
