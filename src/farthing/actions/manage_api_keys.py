"""API keys of a workspace: make one, list them, revoke one. What a role may do follows with roles."""

from __future__ import annotations

from dataclasses import dataclass

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, Described, change
from farthing.actions.credentials import new_api_key
from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.names import name_problem
from farthing.actions.parts import Parts
from farthing.rules.ids import key_id_text
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import ApiKey


@dataclass(frozen=True)
class NewKey:
    """A key that was just made. `key` is its text, which nobody can be shown again."""

    api_key: ApiKey
    key: str


async def create_api_key(parts: Parts, asker: Asker, name: str) -> NewKey:
    """A key of the workspace, owned by the person. Raises InvalidInputError."""
    problem = name_problem(name)
    if problem is not None:
        raise InvalidInputError([FieldProblem("name", problem)])
    secret = new_api_key()
    new = ApiKey(
        id=0,
        workspace_id=asker.workspace.id,
        owner_id=asker.user.id,
        name=name.strip(),
        prefix=secret.prefix,
        key_hash=secret.digest,
        created_at=parts.clock.now(),
    )

    async def work(audited: Audited) -> ApiKey:
        kept = await audited.changes.create_api_key(new)
        await audited.enter("api_key.created", key_id_text(kept.id), after=_described(kept))
        return kept

    api_key = await change(parts, asker, work)
    parts.keys.forget(secret.digest)
    return NewKey(api_key, secret.text)


async def list_api_keys(parts: Parts, asker: Asker) -> list[ApiKey]:
    """All keys of the workspace, newest first, revoked ones too."""
    return await parts.storage.api_keys(asker.workspace.id)


async def revoke_api_key(parts: Parts, asker: Asker, key_id: int) -> None:
    """Refuse the key from now on: at once in this process, within two seconds in others.

    Raises NotFoundError when the workspace has no such live key.
    """
    workspace_id = asker.workspace.id
    # Looked for first: a database's key numbers are smaller than what an id on the wire can hold.
    found = next((key for key in await parts.storage.api_keys(workspace_id) if key.id == key_id), None)
    wire = key_id_text(key_id)

    async def work(audited: Audited) -> bool:
        is_revoked = await audited.changes.revoke_api_key(workspace_id, key_id, parts.clock.now())
        if is_revoked:
            await audited.enter("api_key.revoked", wire)
        return is_revoked

    if found is None or not await change(parts, asker, work):
        raise NotFoundError(f"there is no live API key {wire} in this workspace")
    parts.keys.forget(found.key_hash)


def _described(key: ApiKey) -> Described:
    return {"name": key.name, "prefix": key.prefix}
