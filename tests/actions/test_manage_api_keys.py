"""API keys: made, listed, revoked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.manage_api_keys import create_api_key, list_api_keys, revoke_api_key
from tests.installations import Installed


async def test_a_new_key_works_at_once_and_belongs_to_who_made_it(installation: Installed) -> None:
    parts, asker = installation.parts, installation.asker
    made = await create_api_key(parts, asker, " ci ")
    found = await parts.keys.find(made.key.encode())
    assert found is not None
    assert (found.key_id, found.owner_id) == (made.api_key.id, asker.user.id)
    assert made.api_key.name == "ci"
    assert [key.name for key in await list_api_keys(parts, asker)] == ["ci", "First key"]


async def test_a_revoked_key_is_refused_at_once_in_this_process(installation: Installed) -> None:
    parts, asker = installation.parts, installation.asker
    made = await create_api_key(parts, asker, "ci")
    assert await parts.keys.find(made.key.encode()) is not None
    await revoke_api_key(parts, asker, made.api_key.id)
    assert parts.keys.get_cached(made.key.encode()) is None
    assert await parts.keys.find(made.key.encode()) is None
    listed = await list_api_keys(parts, asker)
    assert listed[0].revoked_at == installation.clock.now()
    assert await parts.keys.find(installation.key.encode()) is not None


async def test_a_key_is_revoked_once_and_by_its_own_workspace(installation: Installed) -> None:
    parts, asker = installation.parts, installation.asker
    made = await create_api_key(parts, asker, "ci")
    elsewhere = replace(
        asker, membership=replace(asker.membership, workspace=replace(asker.workspace, id=999))
    )
    with pytest.raises(NotFoundError):
        await revoke_api_key(parts, elsewhere, made.api_key.id)
    await revoke_api_key(parts, asker, made.api_key.id)
    with pytest.raises(NotFoundError, match=f"key_{made.api_key.id}"):
        await revoke_api_key(parts, asker, made.api_key.id)


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\nb"])
async def test_a_name_must_be_one(installation: Installed, name: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await create_api_key(installation.parts, installation.asker, name)
    assert refused.value.problems[0].field == "name"
