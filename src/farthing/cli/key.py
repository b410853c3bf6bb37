"""`farthing key`: API keys, for whoever may touch the database."""

from __future__ import annotations

import json
from typing import Any, Final

from farthing.actions.errors import ConflictError, NotFoundError
from farthing.actions.keys.key_settings import allowed_environments, otel_attributes
from farthing.actions.keys.list_api_keys import ListedKey, Which, list_api_keys
from farthing.actions.keys.manage_api_keys import (
    NewKey,
    change_api_key,
    create_api_key,
    revoke_api_key,
    rotate_api_key,
)
from farthing.actions.parts import Parts
from farthing.cli.key_options import A_DAY, NOTHING, KeyOptions, Rotation, end_of, settings_of
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, table, tell, tell_done, words
from farthing.rules.ids import key_id_number, key_id_text
from farthing.rules.instants import instant
from farthing.rules.periods import MINUTE_MS
from farthing.storage.contract import ApiKey

_HEADINGS: Final = ("Id", "Name", "Begins with", "Owner", "State", "Last used", "Ends")


def create(
    *,
    whom: Whom,
    name: str,
    options: KeyOptions = NOTHING,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Make a key and print it, this once.

    Parameters
    ----------
    name
        What people shall call the key.
    as_json
        Print {"id", "name", "apiKey"}.
    """

    async def work(parts: Parts) -> NewKey:
        asker = await whom.asker(parts)
        return await create_api_key(parts, asker, await settings_of(parts, asker, options, name))

    _tell_new(work_with(place, work), as_json=as_json)


def list_keys(
    *,
    whom: Whom,
    only: Which | None = None,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """List the keys of a workspace, newest first.

    Parameters
    ----------
    only
        Only keys that are live, or only those that have ended: revoked or expired.
    as_json
        Print a list of objects with all that is known of each key.
    """

    async def work(parts: Parts) -> list[ListedKey]:
        return await list_api_keys(parts, await whom.asker(parts), only)

    listed = work_with(place, work)
    if as_json:
        print(json.dumps([_told(each) for each in listed]))
    else:
        _print_table(listed)


def edit(
    key_id: str,
    *,
    whom: Whom,
    name: str | None = None,
    options: KeyOptions = NOTHING,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Change settings of a key; a running server knows within two seconds.

    Parameters
    ----------
    key_id
        The id that `farthing key list` shows, such as key_2.
    name
        What people shall call the key from now on.
    as_json
        Print {"id", "name"}.
    """
    if name is None and options == NOTHING:
        raise ConflictError("nothing is given to change; `farthing key edit --help` lists what can be")

    async def work(parts: Parts) -> ApiKey:
        asker = await whom.asker(parts)
        settings = await settings_of(parts, asker, options, name)
        return await change_api_key(parts, asker, _number(key_id), settings)

    told = {"id": key_id, "name": work_with(place, work).name}
    tell_done(f"{key_id} is changed", told, as_json=as_json)


def rotate(
    key_id: str,
    *,
    whom: Whom,
    rotation: Rotation = A_DAY,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Make a key with the same settings and print it, this once; the old one works a while longer.

    Parameters
    ----------
    key_id
        The id that `farthing key list` shows, such as key_2.
    as_json
        Print {"id", "name", "apiKey"}.
    """

    async def work(parts: Parts) -> NewKey:
        asker = await whom.asker(parts)
        overlap_ms = rotation.overlap_minutes * MINUTE_MS
        end = end_of(rotation.expires_at)
        return await rotate_api_key(parts, asker, _number(key_id), overlap_ms, end)

    _tell_new(work_with(place, work), as_json=as_json)


def revoke(key_id: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Refuse a key from now on; a running server knows within two seconds.

    Parameters
    ----------
    key_id
        The id that `farthing key list` shows, such as key_2.
    as_json
        Print {"id", "state"}.
    """

    async def work(parts: Parts) -> None:
        await revoke_api_key(parts, await whom.asker(parts), _number(key_id))

    work_with(place, work)
    tell_done(f"{key_id} is revoked", {"id": key_id, "state": "revoked"}, as_json=as_json)


def _number(key_id: str) -> int:
    number = key_id_number(key_id)
    if number is None:
        raise NotFoundError(f"{key_id!r} is no key id; `farthing key list` shows them")
    return number


def _tell_new(made: NewKey, *, as_json: bool) -> None:
    told = {"id": key_id_text(made.api_key.id), "name": made.api_key.name, "apiKey": made.key}
    print(json.dumps(told) if as_json else made.key)


def _told(listed: ListedKey) -> dict[str, Any]:
    """The key as the API lists it, but for whose it is to the asker."""
    key, owner = listed.key, listed.owner
    return {
        "id": listed.wire,
        "name": key.name,
        "prefix": key.prefix,
        "state": listed.state,
        "ownerId": None if owner is None else owner.public_id,
        "ownerEmail": None if owner is None else owner.email,
        "note": key.note,
        "defaultDataMode": key.rules.data_mode,
        "defaultEnvironment": key.rules.environment,
        "allowedEnvironments": allowed_environments(key.rules),
        "otelAttributes": otel_attributes(key.rules),
        "createdAt": instant(key.created_at),
        "expiresAt": _instant(key.expires_at),
        "revokedAt": _instant(key.revoked_at),
        "lastUsedAt": _instant(key.last_used_at),
        "replaces": None if key.replaces_id is None else key_id_text(key.replaces_id),
        "replacedBy": None if listed.replaced_by is None else key_id_text(listed.replaced_by),
    }


def _instant(at: int | None) -> str | None:
    return None if at is None else instant(at)


def _print_table(listed: list[ListedKey]) -> None:
    told = table()
    for heading in _HEADINGS:
        words(told, heading)
    for each in listed:
        key = each.key
        told.add_row(
            each.wire,
            key.name,
            key.prefix,
            "a former member" if each.owner is None else each.owner.email,
            each.state,
            _instant(key.last_used_at) or "never",
            _instant(key.expires_at if key.revoked_at is None else key.revoked_at) or "",
        )
    tell(told)
