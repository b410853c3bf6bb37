"""All that is in a database."""

from __future__ import annotations

from pathlib import Path

from farthing.storage.copying import read_place
from farthing.storage.copying.tables import TABLES, Row


async def content(place: Path | str) -> dict[str, list[Row]]:
    """Every row of every table."""
    async with read_place(str(place)).side.reading() as side:
        return {table.name: [row async for rows in side.rows(table) for row in rows] for table in TABLES}
