"""One imported price book to vary."""

from __future__ import annotations

from typing import Any

from farthing.storage.contract import ImportedBook
from tests.contract.samples import AT


def imported_book(**changes: Any) -> ImportedBook:
    fields: dict[str, Any] = {
        "id": 0,
        "version": "2026-12-01-0123abcd",
        "date": "2026-12-01",
        "source": "prices — “own”.json",
        "imported_by": "ada",
        "imported_at": AT,
    }
    return ImportedBook(**(fields | changes))
