"""Which colour of the palette a name has. The colours themselves stand in frontend/styles/tokens.css."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from zlib import crc32

PALETTE_SIZE: Final = 12
REST: Final = "rest"
"""The colour of everything that is not named."""


def assign(names: Iterable[str], familiar: Sequence[str] = ()) -> dict[str, str]:
    """The colour of each of `names`: the number of a palette entry, as text.

    A name's colour follows from its text. Where two names would share one, the later moves on to the next
    that is free. So that a model keeps its colour whatever is filtered, and when others lead, the `familiar`
    names, which do not depend on filters, take theirs first, the oldest before all; the others do by hash.
    """
    wanted = set(names)
    colours: dict[str, int] = {}
    for group, ordered in ((None, list(dict.fromkeys(familiar))), (wanted, _by_hash(wanted))):
        for name in (each for each in ordered if each not in colours):
            # Only colours of names that are shown beside it matter to a name that is not familiar.
            rivals = {colours[each] for each in colours if group is None or each in group}
            colours[name] = _first_free(_hash(name) % PALETTE_SIZE, rivals)
    return {name: str(colours[name]) for name in wanted}


def _by_hash(names: set[str]) -> Sequence[str]:
    return sorted(names, key=lambda name: (_hash(name), name))


def _hash(name: str) -> int:
    return crc32(name.encode())


def _first_free(wanted: int, taken: set[int]) -> int:
    """The first colour from `wanted` on that is not taken; `wanted` itself when all are."""
    candidates = ((wanted + step) % PALETTE_SIZE for step in range(PALETTE_SIZE))
    return next((colour for colour in candidates if colour not in taken), wanted)
