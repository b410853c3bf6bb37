"""A second workspace with a person and a key of known text, put into a database beside whatever is there."""

from __future__ import annotations

from argon2 import PasswordHasher

from farthing.actions.entry.credentials import digest
from farthing.storage.contract import ApiKey, Changes, Storage

_AT = 1_700_000_000_000


async def add_neighbour(storage: Storage, email: str, password: str, name: str, key: str) -> None:
    """Add a workspace called `name`, whose owner signs in with `email` and has the API key `key`."""
    password_hash = PasswordHasher().hash(password)

    async def work(changes: Changes) -> None:
        person = await changes.create_user(email, password_hash, _AT)
        place = await changes.create_workspace(name, "UTC", _AT)
        await changes.add_member(place.id, person.id, "owner", _AT)
        prefix = f"fk_live_{name[:9]}"
        await changes.create_api_key(ApiKey(0, place.id, person.id, f"{name} key", prefix, digest(key), _AT))

    await storage.open()
    try:
        await storage.change(work)
    finally:
        await storage.close()
