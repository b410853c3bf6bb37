"""API keys of a workspace: make one, change one, put another in its place, revoke one.

What is changed holds in this process at once and in others within two seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.entry.credentials import new_api_key
from farthing.actions.errors import InvalidInputError
from farthing.actions.keys.key_settings import (
    LATEST_END_MS,
    OVERLAP_MS_MAX,
    UNSET,
    KeySettings,
    Unset,
    described,
    with_settings,
)
from farthing.actions.keys.workspace_keys import WorkspaceKeys
from farthing.actions.parts import Parts
from farthing.rules.audit import changed
from farthing.rules.ids import key_id_text
from farthing.rules.instants import instant
from farthing.rules.periods import MINUTE_MS
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import ApiKey, Membership


@dataclass(frozen=True)
class NewKey:
    """A key that was just made. `key` is its text, which nobody can be shown again."""

    api_key: ApiKey
    key: str


async def create_api_key(parts: Parts, asker: Asker, given: KeySettings) -> NewKey:
    """A key of the workspace, owned by the person unless another is named.

    Raises InvalidInputError, and ConflictError when there are too many.
    """
    if given.name is UNSET:
        raise InvalidInputError([FieldProblem("name", "is required")])
    now = parts.clock.now()
    secret = new_api_key()
    fresh = ApiKey(0, asker.workspace.id, asker.user.id, "", secret.prefix, secret.digest, now)
    members = await parts.storage.members(asker.workspace.id)
    new = with_settings(fresh, given, members, now)

    async def work(audited: Audited) -> ApiKey:
        (await _keys(audited, asker, now)).make_room()
        return await _create(audited, new, members)

    api_key = await change(parts, asker, work)
    parts.keys.forget(secret.digest)
    return NewKey(api_key, secret.text)


async def change_api_key(parts: Parts, asker: Asker, key_id: int, given: KeySettings) -> ApiKey:
    """Give a live key other settings. Raises InvalidInputError, NotFoundError and ConflictError."""
    now = parts.clock.now()
    members = await parts.storage.members(asker.workspace.id)

    async def work(audited: Audited) -> ApiKey:
        keys = await _keys(audited, asker, now)
        before = keys.live(key_id)
        is_replaced = keys.successor(key_id) is not None
        after = with_settings(before, given, members, now, is_replaced=is_replaced)
        if after != before:
            await audited.changes.change_api_key(after)
            told = changed(described(before, members), described(after, members))
            await audited.enter("api_key.changed", key_id_text(key_id), *told)
        return after

    after = await change(parts, asker, work)
    parts.keys.forget(after.key_hash)
    return after


async def rotate_api_key(
    parts: Parts, asker: Asker, key_id: int, overlap_ms: int, expires_at: str | Unset | None = UNSET
) -> NewKey:
    """Put a new key with the same settings in a live one's place; the old one works for `overlap_ms` more.

    A new key whose end is not given lives as long as the old one was to, counted from now. Raises
    InvalidInputError, NotFoundError, and ConflictError when the key has ended or another replaces it.
    """
    if not 0 <= overlap_ms <= OVERLAP_MS_MAX:
        most = f"must be from 0 to {OVERLAP_MS_MAX // MINUTE_MS}, not {overlap_ms // MINUTE_MS}"
        raise InvalidInputError([FieldProblem("overlapMinutes", most)])
    now = parts.clock.now()
    secret = new_api_key()
    members = await parts.storage.members(asker.workspace.id)

    async def work(audited: Audited) -> tuple[ApiKey, ApiKey]:
        old = (await _keys(audited, asker, now)).replaceable(key_id)
        same = replace(
            old,
            prefix=secret.prefix,
            key_hash=secret.digest,
            created_at=now,
            expires_at=_same_life(old, now),
            last_used_at=None,
            replaces_id=old.id,
        )
        new = await _create(
            audited, with_settings(same, KeySettings(expires_at=expires_at), members, now), members
        )
        end = now + overlap_ms
        ending = replace(old, expires_at=end if old.expires_at is None else min(end, old.expires_at))
        await audited.changes.change_api_key(ending)
        before, after = changed(described(old, members), described(ending, members))
        replaced = {"replacedBy": key_id_text(new.id)}
        await audited.enter("api_key.rotated", key_id_text(old.id), before, after | replaced)
        return old, new

    old, new = await change(parts, asker, work)
    parts.keys.forget(old.key_hash)
    parts.keys.forget(secret.digest)
    return NewKey(new, secret.text)


async def revoke_api_key(parts: Parts, asker: Asker, key_id: int) -> None:
    """Refuse the key from now on. Raises NotFoundError when the workspace has no such unrevoked key."""
    now = parts.clock.now()

    async def work(audited: Audited) -> ApiKey:
        key = (await _keys(audited, asker, now)).unrevoked(key_id)
        await audited.changes.revoke_api_key(asker.workspace.id, key_id, now)
        told = {"revokedAt": None}, {"revokedAt": instant(now)}
        await audited.enter("api_key.revoked", key_id_text(key_id), *told)
        return key

    key = await change(parts, asker, work)
    parts.keys.forget(key.key_hash)


def _same_life(old: ApiKey, now: int) -> int | None:
    """When a key ends that lives from now on as long as the old one was to."""
    return None if old.expires_at is None else min(now + old.expires_at - old.created_at, LATEST_END_MS)


async def _keys(audited: Audited, asker: Asker, now: int) -> WorkspaceKeys:
    return WorkspaceKeys(await audited.changes.api_keys(asker.workspace.id), now)


async def _create(audited: Audited, new: ApiKey, members: Sequence[Membership]) -> ApiKey:
    kept = await audited.changes.create_api_key(new)
    told = described(kept, members) | {"prefix": kept.prefix}
    if kept.replaces_id is not None:
        told["replaces"] = key_id_text(kept.replaces_id)
    await audited.enter("api_key.created", key_id_text(kept.id), after=told)
    return kept
