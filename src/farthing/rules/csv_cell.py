"""Cells of a CSV that spreadsheet programs show and do not run (decision D18)."""

from __future__ import annotations

from typing import Final

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_cell(value: object) -> str:
    """A value as a cell that no spreadsheet takes for a formula: those get an apostrophe before them."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_text(cell: str) -> str:
    """What `csv_cell` was given. A text that began with an apostrophe and one of these comes back shorter."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell
