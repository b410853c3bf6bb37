"""What exports that hold sums have in common (decision 0039)."""

from __future__ import annotations

import hashlib
from typing import Final

from farthing.intake.imports.cells import CellError

EMPTY: Final = "a time in which nothing was called"
_DIGITS: Final = 32


def identity_of(*parts: object) -> str:
    """An id of a row by what it is about, not by what it counts: exported anew, it is the same row."""
    told = "\x1f".join("" if part is None else str(part) for part in parts)
    return f"{parts[0]}:{hashlib.sha256(told.encode()).hexdigest()[:_DIGITS]}"


def no_negative(column: str, count: int) -> int:
    """A count of requests. Raises CellError for one below 0."""
    if count < 0:
        raise CellError(column, f"({count}) is negative")
    return count
