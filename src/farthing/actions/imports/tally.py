"""How often each digest has been seen, of any number of them, in a file instead of in memory.

Open addressing over a mapped temporary file: a slot holds a digest and its count, and the file
doubles when it is two thirds full. What is used of it lies in the system's page cache, which gives it up
when memory is short.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from typing import Final

from farthing.actions.errors import InvalidInputError
from farthing.intake.imports.identity import DIGEST_BYTES
from farthing.rules.problems import FieldProblem

_COUNT_BYTES: Final = 8
_SLOT: Final = DIGEST_BYTES + _COUNT_BYTES
_SLOTS: Final = 1 << 16


class Tally:
    """Counts digests. Close it, and the file is gone."""

    def __init__(self, slot_count: int = _SLOTS) -> None:
        self._slot_count = slot_count
        self._used_count = 0
        self._map = _mapped(slot_count)

    def add(self, digest: bytes) -> int:
        """How often it has been seen, this time included."""
        if self._used_count * 3 >= self._slot_count * 2:
            self._grow()
        at, seen = self._find(self._map, self._slot_count, digest)
        self._used_count += not seen
        self._map[at : at + _SLOT] = digest + (seen + 1).to_bytes(_COUNT_BYTES, "big")
        return seen + 1

    def close(self) -> None:
        self._map.close()

    @staticmethod
    def _find(map_: mmap.mmap, slot_count: int, digest: bytes) -> tuple[int, int]:
        """Where the slot of a digest is, or where it would be; and its count."""
        place = int.from_bytes(digest[:8], "big") % slot_count
        while True:
            at = place * _SLOT
            count = int.from_bytes(map_[at + DIGEST_BYTES : at + _SLOT], "big")
            if not count or map_[at : at + DIGEST_BYTES] == digest:
                return at, count
            place = (place + 1) % slot_count

    def _grow(self) -> None:
        count = self._slot_count * 2
        larger = _mapped(count)
        for start in range(0, self._slot_count * _SLOT, _SLOT):
            slot = self._map[start : start + _SLOT]
            if any(slot[DIGEST_BYTES:]):
                at, _ = self._find(larger, count, slot[:DIGEST_BYTES])
                larger[at : at + _SLOT] = slot
        self._map.close()
        self._map, self._slot_count = larger, count


def _mapped(slot_count: int) -> mmap.mmap:
    """All of the file is there: writing where a full disk has no room would end the process (SIGBUS).

    Raises InvalidInputError.
    """
    size = slot_count * _SLOT
    try:
        with tempfile.TemporaryFile() as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:  # macOS
                file.write(bytes(size))
                file.flush()
            return mmap.mmap(file.fileno(), size)
    except OSError as error:
        told = (
            f"{tempfile.gettempdir()} has no room for {size:,} bytes, which tell equal rows apart: "
            f"{error.strerror}; make room, or name another folder by TMPDIR"
        )
        raise InvalidInputError([FieldProblem("disk", told)]) from error
