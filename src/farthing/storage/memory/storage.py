"""The in-memory storage put together: its events, its accounts, and whether it is open."""

from __future__ import annotations

from farthing.storage.memory.changes import MemoryChanges
from farthing.storage.memory.checklists import MemoryChecklists
from farthing.storage.memory.checks import MemoryChecks
from farthing.storage.memory.deletions import MemoryDeletions
from farthing.storage.memory.exports import MemoryExports
from farthing.storage.memory.hygiene import MemoryHygiene
from farthing.storage.memory.identities import MemoryIdentities
from farthing.storage.memory.names import MemoryNames
from farthing.storage.memory.own_prices import MemoryOwnPrices
from farthing.storage.memory.personal_tokens import MemoryPersonalTokens
from farthing.storage.memory.plans import MemoryPlans
from farthing.storage.memory.price_books import MemoryPriceBooks
from farthing.storage.memory.signing_keys import MemorySigningKeys
from farthing.storage.memory.token_metrics import MemoryTokenMetrics
from farthing.storage.memory.told import MemoryTold
from farthing.storage.memory.totp import MemoryTotp
from farthing.storage.memory.upkeep import MemoryUpkeep


class MemoryStorage(
    MemoryTold,
    MemoryTokenMetrics,
    MemoryUpkeep,
    MemoryDeletions,
    MemoryPlans,
    MemoryHygiene,
    MemoryChecks,
    MemoryPersonalTokens,
    MemorySigningKeys,
    MemoryTotp,
    MemoryChecklists,
    MemoryIdentities,
    MemoryOwnPrices,
    MemoryPriceBooks,
    MemoryNames,
    MemoryExports,
    MemoryChanges,
):
    """Keeps `farthing.storage.contract.Storage`. Closing it does not lose what it holds; dropping it does."""

    async def open(self) -> None:
        self.is_open = True

    async def is_ready(self) -> bool:
        return self.is_open

    async def close(self) -> None:
        self.is_open = False
