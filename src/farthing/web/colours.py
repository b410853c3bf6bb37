"""Which colour of the palette a name has. The colours themselves stand in frontend/styles/tokens.css."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from zlib import crc32

PALETTE_SIZE: Final = 12
REST: Final = "rest"
"""The colour of everything that is not named."""


def assign(names: Iterable[str]) -> dict[str, str]:
    """The colour of each name: the number of a palette entry, as text.

    A name's colour follows from its text alone, so that a model looks the same on every page. Only where two
    names of one chart would share a colour does the later of them (by hash, so that the order of the names
    does not matter) move on to the next free one.
    """
    taken: set[int] = set()
    colours = {}
    for name in sorted(set(names), key=lambda each: (crc32(each.encode()), each)):
        wanted = crc32(name.encode()) % PALETTE_SIZE
        colour = _first_free(wanted, taken)
        taken.add(colour)
        colours[name] = str(colour)
    return colours


def _first_free(wanted: int, taken: set[int]) -> int:
    if len(taken) >= PALETTE_SIZE:
        return wanted
    return next(c for c in ((wanted + i) % PALETTE_SIZE for i in range(PALETTE_SIZE)) if c not in taken)
