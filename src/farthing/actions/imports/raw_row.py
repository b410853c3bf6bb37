"""A row as it was read from a file, before anybody knows what it means."""

from __future__ import annotations

from typing import Any, NamedTuple


class RawRow(NamedTuple):
    """`place` is its line, or which row it is where a file has no lines. `problem` makes it useless."""

    place: int
    row: dict[str, Any]
    problem: str | None = None
