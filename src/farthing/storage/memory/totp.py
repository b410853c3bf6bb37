"""Second steps of the in-memory storage."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from farthing.storage.contract import Totp
from farthing.storage.memory.openness import Openable


class MemoryTotp(Openable):
    """Keeps `TotpStore`, and `TotpChanges` of a change."""

    def __init__(self) -> None:
        super().__init__()
        self._totp: dict[int, Totp] = {}
        self._recovery_codes: dict[int, frozenset[bytes]] = {}

    async def totp(self, user_id: int) -> Totp | None:
        self.require_open()
        return self._totp.get(user_id)

    async def use_totp_step(self, user_id: int, step: int) -> bool:
        self.require_open()
        totp = self._totp.get(user_id)
        if totp is None or totp.last_step >= step:
            return False
        self._totp[user_id] = replace(totp, last_step=step)
        return True

    async def recovery_code_count(self, user_id: int) -> int:
        self.require_open()
        return len(self._recovery_codes.get(user_id, ()))

    async def set_totp(self, new: Totp) -> None:
        self._totp[new.user_id] = new

    async def set_recovery_codes(self, user_id: int, code_hashes: Collection[bytes]) -> None:
        self._recovery_codes[user_id] = frozenset(code_hashes)

    async def use_recovery_code(self, user_id: int, code_hash: bytes) -> bool:
        codes = self._recovery_codes.get(user_id, frozenset())
        self._recovery_codes[user_id] = codes - {code_hash}
        return code_hash in codes

    async def remove_totp(self, user_id: int) -> bool:
        self._recovery_codes.pop(user_id, None)
        return self._totp.pop(user_id, None) is not None
