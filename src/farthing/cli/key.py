"""`farthing key`: API keys, for whoever may touch the database."""

from __future__ import annotations

import json

from rich.console import Console
from rich.table import Table

from farthing.actions.errors import NotFoundError
from farthing.actions.manage_api_keys import NewKey, create_api_key, list_api_keys, revoke_api_key
from farthing.actions.parts import Parts
from farthing.cli.place import HERE, Place, member, work_with
from farthing.cli.tables import AsJson
from farthing.rules.ids import key_id_number, key_id_text
from farthing.rules.instants import instant
from farthing.storage.contract import ApiKey


def create(
    *, email: str, name: str, workspace: str | None = None, as_json: AsJson = False, place: Place = HERE
) -> None:
    """Make a key and print it, this once.

    Parameters
    ----------
    email
        Who will own the key, and with it the events that are sent.
    name
        What people shall call the key.
    workspace
        Name or id of the workspace, when the person is in several.
    as_json
        Print {"id", "name", "apiKey"}.
    """

    async def work(parts: Parts) -> NewKey:
        return await create_api_key(parts, await member(parts, email, workspace), name)

    made = work_with(place, work)
    told = {"id": key_id_text(made.api_key.id), "name": made.api_key.name, "apiKey": made.key}
    print(json.dumps(told) if as_json else made.key)


def list_keys(
    *, email: str, workspace: str | None = None, as_json: AsJson = False, place: Place = HERE
) -> None:
    """List the keys of a workspace, newest first, revoked ones too.

    Parameters
    ----------
    email
        Anybody in the workspace.
    workspace
        Name or id of the workspace, when the person is in several.
    as_json
        Print a list of {"id", "name", "prefix", "createdAt", "revokedAt"}.
    """

    async def work(parts: Parts) -> list[ApiKey]:
        return await list_api_keys(parts, await member(parts, email, workspace))

    rows = [_row(key) for key in work_with(place, work)]
    if as_json:
        print(json.dumps(rows))
    else:
        _print_table(rows)


def revoke(key_id: str, *, email: str, workspace: str | None = None, place: Place = HERE) -> None:
    """Refuse a key from now on; a running server knows within two seconds.

    Parameters
    ----------
    key_id
        The id that `farthing key list` shows, such as key_2.
    email
        Anybody in the workspace.
    workspace
        Name or id of the workspace, when the person is in several.
    """
    number = key_id_number(key_id)
    if number is None:
        raise NotFoundError(f"{key_id!r} is no key id; `farthing key list` shows them")

    async def work(parts: Parts) -> None:
        await revoke_api_key(parts, await member(parts, email, workspace), number)

    work_with(place, work)
    print(f"{key_id} is revoked")


def _row(key: ApiKey) -> dict[str, str | None]:
    return {
        "id": key_id_text(key.id),
        "name": key.name,
        "prefix": key.prefix,
        "createdAt": instant(key.created_at),
        "revokedAt": None if key.revoked_at is None else instant(key.revoked_at),
    }


def _print_table(rows: list[dict[str, str | None]]) -> None:
    table = Table("Id", "Name", "Begins with", "Made", "Revoked", box=None)
    for row in rows:
        table.add_row(*(value or "" for value in row.values()))
    Console().print(table)
