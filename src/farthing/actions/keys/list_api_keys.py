"""The API keys of a workspace, with what there is to say of each now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from farthing.actions.asker import Asker
from farthing.actions.errors import NotFoundError
from farthing.actions.parts import Parts
from farthing.rules.api_key import KeyState, is_unused, key_state
from farthing.rules.ids import key_id_text
from farthing.storage.contract import ApiKey, User

Which = Literal["live", "ended"]
WHICH: Final[tuple[Which, ...]] = get_args(Which)


@dataclass(frozen=True)
class ListedKey:
    """A key, and whose it is: None for somebody who has left the workspace.

    `replaced_by` is the id of the key that takes its place. `is_unused` is said of live keys alone.
    """

    key: ApiKey
    owner: User | None
    state: KeyState
    replaced_by: int | None
    is_unused: bool

    @property
    def wire(self) -> str:
        """Its id on the wire."""
        return key_id_text(self.key.id)

    @property
    def is_live(self) -> bool:
        """Whether it works now."""
        return self.state == "live"


async def list_api_keys(parts: Parts, asker: Asker, only: Which | None = None) -> list[ListedKey]:
    """Keys of the workspace, newest first; "ended" are those that are revoked or expired."""
    keys = await parts.storage.api_keys(asker.workspace.id)
    people = {each.user.id: each.user for each in await parts.storage.members(asker.workspace.id)}
    successors = {key.replaces_id: key.id for key in keys if key.replaces_id is not None}
    now = parts.clock.now()
    listed = [_listed(key, people.get(key.owner_id), successors.get(key.id), now) for key in keys]
    return [each for each in listed if only is None or each.is_live == (only == "live")]


async def find_api_key(parts: Parts, asker: Asker, key_id: int) -> ListedKey:
    """One key of the workspace. Raises NotFoundError."""
    for each in await list_api_keys(parts, asker):
        if each.key.id == key_id:
            return each
    raise NotFoundError(f"there is no API key {key_id_text(key_id)} in this workspace")


def _listed(key: ApiKey, owner: User | None, replaced_by: int | None, now: int) -> ListedKey:
    state = key_state(key.revoked_at, key.expires_at, now)
    is_idle = state == "live" and is_unused(key.created_at, key.last_used_at, now)
    return ListedKey(key, owner, state, replaced_by, is_idle)
