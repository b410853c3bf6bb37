"""Overrides and aliases of the in-memory storage."""

from __future__ import annotations

from collections import Counter
from itertools import count

from msgspec.structs import replace

from farthing.rules.override import Alias, Override, OwnPrices
from farthing.storage.contract import AlreadyExistsError
from farthing.storage.memory.openness import Openable


class MemoryOwnPrices(Openable):
    """Keeps `OwnPriceStore` of the storage contract."""

    def __init__(self) -> None:
        super().__init__()
        self._price_ids = count(1)
        self._price_versions: Counter[int] = Counter()
        self._overrides: dict[tuple[int, int], Override] = {}
        self._aliases: dict[tuple[int, int], Alias] = {}
        self._removed: list[tuple[Override | Alias, int, int]] = []

    async def own_price_versions(self) -> dict[int, int]:
        self.require_open()
        return dict(self._price_versions)

    async def own_prices(self, workspace_id: int) -> OwnPrices:
        self.require_open()
        return OwnPrices(
            self._price_versions[workspace_id],
            tuple(each for (owner, _), each in self._overrides.items() if owner == workspace_id),
            tuple(each for (owner, _), each in self._aliases.items() if owner == workspace_id),
        )

    async def add_override(self, workspace_id: int, new: Override) -> Override:
        for other in (await self.own_prices(workspace_id)).overrides:
            if other.overlaps(new):
                raise AlreadyExistsError(f"own/{other.id} ({other.told}) prices the same at that time")
        kept = replace(new, id=next(self._price_ids))
        self._overrides[workspace_id, kept.id] = kept
        self._price_versions[workspace_id] += 1
        return kept

    async def remove_override(self, workspace_id: int, override_id: int, by: int, at: int) -> bool:
        self.require_open()
        return self._remove(workspace_id, self._overrides.pop((workspace_id, override_id), None), by, at)

    async def add_alias(self, workspace_id: int, new: Alias) -> Alias:
        for other in (await self.own_prices(workspace_id)).aliases:
            if other.names == new.names:
                raise AlreadyExistsError(f"{other.name} means {other.target_model} already")
        kept = replace(new, id=next(self._price_ids))
        self._aliases[workspace_id, kept.id] = kept
        self._price_versions[workspace_id] += 1
        return kept

    async def remove_alias(self, workspace_id: int, alias_id: int, by: int, at: int) -> bool:
        self.require_open()
        return self._remove(workspace_id, self._aliases.pop((workspace_id, alias_id), None), by, at)

    def _remove(self, workspace_id: int, found: Override | Alias | None, by: int, at: int) -> bool:
        if found is None:
            return False
        self._removed.append((found, by, at))
        self._price_versions[workspace_id] += 1
        return True
