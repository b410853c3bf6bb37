"""Jobs and re-pricings of the in-memory storage."""

from __future__ import annotations

from itertools import count
from typing import Generic, TypeVar

from msgspec.structs import replace

from farthing.rules.job import Job
from farthing.rules.repricing import Repricing

R = TypeVar("R", Job, Repricing)


class Versions(Generic[R]):
    """The last version of each record, by id."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._kept: dict[int, R] = {}

    def add(self, record: R) -> R:
        kept: R = replace(record, id=next(self._ids))
        self._kept[kept.id] = kept
        return kept

    def all(self) -> list[R]:
        return list(self._kept.values())

    def one(self, workspace_id: int, record_id: int) -> R | None:
        found = self._kept.get(record_id)
        return None if found is None or found.workspace_id != workspace_id else found

    def change(self, after: R) -> R | None:
        """Keep `after` as a further version; None when it was changed since."""
        if self._kept[after.id].version != after.version:
            return None
        self._kept[after.id] = replace(after, version=after.version + 1)
        return self._kept[after.id]
