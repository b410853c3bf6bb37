"""A second workspace with a person and a key, put into a database beside whatever is there.

There is no action that makes one yet.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from argon2 import PasswordHasher

from farthing.actions.credentials import digest
from farthing.storage.contract import ApiKey
from farthing.storage.sql import api_keys, schema
from farthing.storage.sql.inserting import insert, insertion
from farthing.storage.sql.storage import SqlStorage
from farthing.storage.sql.transaction import Transaction

_AT = 1_700_000_000_000


async def add_neighbour(storage: SqlStorage, email: str, password: str, name: str, key: str) -> None:
    """Add a workspace called `name`, whose owner signs in with `email` and has the API key `key`."""
    await storage.open()  # type: ignore[attr-defined]
    try:
        await storage._write(lambda tx: _add(tx, email, PasswordHasher().hash(password), name, key))
    finally:
        await storage.close()  # type: ignore[attr-defined]


async def _add(tx: Transaction, email: str, password_hash: str, name: str, key: str) -> None:
    person = {"email": email, "password_hash": password_hash, **_made()}
    person_id = await insert(tx, schema.person, person)
    place: dict[str, Any] = {
        "name": name,
        "timezone": "UTC",
        "sealed_quarter": 0,
        "prices_version": 0,
        "plan": None,
        **_made(),
    }
    workspace_id = await insert(tx, schema.workspace, place)
    role = {"workspace_id": workspace_id, "person_id": person_id, "role": "owner", "created_at": _AT}
    await tx.execute(insertion(schema.membership), role)
    await api_keys.create(
        tx, ApiKey(0, workspace_id, person_id, f"{name} key", f"fk_live_{name[:9]}", digest(key), _AT)
    )


def _made() -> dict[str, Any]:
    return {"public_id": str(uuid4()), "created_at": _AT}
