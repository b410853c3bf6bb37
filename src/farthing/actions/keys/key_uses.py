"""When keys were last used: remembered by each process, and written now and then, for all keys at once."""

from __future__ import annotations

from farthing.actions.keys.written_at_times import WrittenAtTimes
from farthing.storage.contract import Accounts


class KeyUses(WrittenAtTimes):
    """What of this process is not written yet. `latest` holds UTC milliseconds by the keys' ids."""

    def __init__(self, accounts: Accounts) -> None:
        super().__init__("uses of keys")
        self.latest: dict[int, int] = {}
        self._accounts = accounts

    async def _write(self) -> None:
        uses, self.latest = self.latest, {}
        if not uses:
            return
        try:
            await self._accounts.note_key_uses(uses)
        except BaseException:
            self.latest = uses | self.latest
            raise
