"""From what a storage gives to the cells of a file.

Batches are columns, in the order of the file's own, with values of their kinds (reports.export_columns).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from farthing.storage.contract import ColumnPage

Batch = Sequence[list[Any]]
"""A list for each column; all have the same length."""


class Shaper(Protocol):
    """Makes batches of pages of calls, in order. Not for two threads at once."""

    def add(self, page: ColumnPage) -> Batch | None:
        """What is ready with this page."""
        ...

    def end(self) -> Batch | None:
        """What was left."""
        ...
