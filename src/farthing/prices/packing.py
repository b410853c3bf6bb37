"""A snapshot file as it is kept in a database: a tenth of its size, and the same bytes again."""

from __future__ import annotations

import zlib

from farthing.prices.snapshot import SnapshotError


def pack(content: bytes) -> bytes:
    return zlib.compress(content)


def unpack(body: bytes, name: str) -> bytes:
    """`name` is for messages. Raises SnapshotError for what `pack` did not make."""
    try:
        return zlib.decompress(body)
    except zlib.error as error:
        raise SnapshotError(f"{name} cannot be unpacked: {error}") from error
