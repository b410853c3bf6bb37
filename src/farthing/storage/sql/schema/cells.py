"""Rollups: sums of calls by what they have in common, and by time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Column, LargeBinary, Table

from farthing.reports.facts import SUMS
from farthing.storage.sql.schema.calls import NAME_REFS
from farthing.storage.sql.schema.columns import big, metadata

_COLUMNS: Final = {**NAME_REFS, "api_key": "api_key_id"}


@dataclass(frozen=True)
class Family:
    """Rollups that keep the same key.

    One table per grain, with latency histograms beside them if `has_latency`. Where groups come by the
    thousand (`has_many`), the first few are found without adding up all. Where cells came later than calls
    (`is_later`), those of before are not whole (`rules.retention.Kept.keys_from`).
    """

    name: str
    dimensions: tuple[str, ...]
    has_latency: bool = False
    has_many: bool = False
    is_later: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The key columns that name the group."""
        return tuple(_COLUMNS[dimension] for dimension in self.dimensions)


FAMILIES: Final = (
    Family("model", ("provider", "model"), has_latency=True),
    Family("endpoint", ("endpoint_tag", "prompt_version"), has_latency=True),
    Family("tenant", ("tenant_id",), has_many=True),
    Family("user", ("user_id",), has_many=True),
    Family("key", ("api_key",), is_later=True),
)
"""Smallest first: the first family that knows every dimension of a question answers it."""


GRAINS: Final = ("quarter", "hour", "day", "month")


CELL_KEY: Final = ("workspace_id", "data_mode", "environment", "quarter")
"""What leads the key of every cell; `quarter` is the cell's first quarter."""


def _cells(family: Family, grain: str) -> Table:
    return Table(
        f"by_{family.name}_{grain}",
        metadata,
        *(Column(column, BigInteger, primary_key=True) for column in (*CELL_KEY, *family.keys)),
        *big(*SUMS),
    )


def _latency(family: Family) -> Table:
    return Table(
        f"latency_by_{family.name}_quarter",
        metadata,
        *(
            Column(column, BigInteger, primary_key=True)
            for column in (*CELL_KEY, *family.keys, "latency_bin")
        ),
        *big("event_count"),
    )


def _histograms(family: Family, grain: str) -> Table:
    return Table(
        f"latency_by_{family.name}_{grain}",
        metadata,
        *(Column(column, BigInteger, primary_key=True) for column in (*CELL_KEY, *family.keys)),
        Column("histogram", LargeBinary, nullable=False),
    )


CELLS: Final = {(f.name, grain): _cells(f, grain) for f in FAMILIES for grain in GRAINS}


LATENCY_CELLS: Final = {f.name: _latency(f) for f in FAMILIES if f.has_latency}
"""Histograms of quarters, a row for each bin."""


HISTOGRAMS: Final = {
    (f.name, grain): _histograms(f, grain) for f in FAMILIES if f.has_latency for grain in GRAINS[1:]
}
"""Histograms of hours, days and months, each packed into one value (rules.latency.pack)."""
