"""Rows that a storage has added up, and who read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")

OF_ROWS: Final = "rows"
"""What is read from where calls are recorded, and not from a copy of them."""


NOTHING_READ: Final = "none"
"""What is read where nothing can match."""


@dataclass(frozen=True)
class RowGroups(Generic[T]):
    """Groups in no order, none of them empty; `source` names what was read, as `Facts` does."""

    groups: list[T]
    source: str = OF_ROWS
