"""The keys of a workspace at one moment: which of them may be changed, and whether there may be more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from farthing.actions.errors import ConflictError, NotFoundError
from farthing.rules.api_key import key_state
from farthing.rules.ids import key_id_text
from farthing.rules.instants import instant
from farthing.storage.contract import ApiKey

KEYS_LIVE_MAX: Final = 300
"""How many live keys a workspace may have; one that another replaces already is not counted."""


class WorkspaceKeys:
    """All keys of a workspace at `now`."""

    def __init__(self, keys: Sequence[ApiKey], now: int) -> None:
        self._keys = keys
        self._now = now

    def unrevoked(self, key_id: int) -> ApiKey:
        """The key, live or expired. Raises NotFoundError."""
        for key in self._keys:
            if key.id == key_id and key.revoked_at is None:
                return key
        raise NotFoundError(f"there is no live API key {key_id_text(key_id)} in this workspace")

    def live(self, key_id: int) -> ApiKey:
        """The key, which works. Raises NotFoundError, and ConflictError when it has expired."""
        key = self.unrevoked(key_id)
        if key.expires_at is not None and not self._is_live(key):
            ended = f"{key_id_text(key_id)} has expired ({instant(key.expires_at)})"
            raise ConflictError(f"{ended}, and can't be brought back: make another key")
        return key

    def replaceable(self, key_id: int) -> ApiKey:
        """The key, which works and which no other replaces. Raises NotFoundError and ConflictError."""
        key = self.live(key_id)
        successor = self.successor(key_id)
        if successor is None:
            return key
        is_revoked = successor.revoked_at is not None
        told = "has been revoked: make another key" if is_revoked else "can be rotated in its turn"
        ids = f"{key_id_text(key_id)} has been replaced by {key_id_text(successor.id)}"
        raise ConflictError(f"{ids} already, which {told}")

    def successor(self, key_id: int) -> ApiKey | None:
        """The key that takes the place of this one."""
        return next((key for key in self._keys if key.replaces_id == key_id), None)

    def make_room(self) -> None:
        """Raises ConflictError when there are as many live keys as there may be."""
        replaced = {key.replaces_id for key in self._keys}
        count = sum(key.id not in replaced and self._is_live(key) for key in self._keys)
        if count >= KEYS_LIVE_MAX:
            most = f"this workspace has {count} live API keys, and may have {KEYS_LIVE_MAX}"
            raise ConflictError(f"{most}: revoke one that is not needed")

    def _is_live(self, key: ApiKey) -> bool:
        return key_state(key.revoked_at, key.expires_at, self._now) == "live"
