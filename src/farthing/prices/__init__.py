"""The prices that a release ships: a snapshot file with its sources, and its reader.

`farthing.prices.build` makes the snapshot from two price packages; nothing else needs those packages.
"""

from farthing.prices.snapshot import Snapshot, SnapshotError, load_price_book, load_snapshot

__all__ = ["Snapshot", "SnapshotError", "load_price_book", "load_snapshot"]
