"""Prices of the installation, and of workspaces."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Column, LargeBinary, Table, Text

from farthing.storage.sql.schema.columns import big, metadata, row_id, text


def _own(name: str, *columns: Column[Any]) -> Table:
    """What a workspace has of its own, with who made it and who removed it."""
    made: list[Column[Any]] = [*text("note"), *big("created_by", "created_at")]
    removed = big("removed_by", "removed_at", nullable=True)
    return Table(name, metadata, row_id(), *big("workspace_id"), *columns, *made, *removed)


price_override: Final = _own(
    "price_override",
    *text("provider"),
    *(Column(name, Text, nullable=True) for name in ("model", "tier")),
    *text("rates"),
    *big("discount_ppm"),
    *big("start", "end", nullable=True),
    Column("discount_units", Text, nullable=False, server_default="[]"),
)


model_alias: Final = _own("model_alias", *text("provider", "name", "target_provider", "target_model"))


price_book: Final = Table(
    "price_book",
    metadata,
    row_id(),
    *text("version", "date", "source", "imported_by"),
    *big("imported_at"),
    Column("body", LargeBinary, nullable=False),
)
