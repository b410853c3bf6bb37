"""`farthing compact`: write the database anew, so that all room it does not use goes back to the disk."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from time import perf_counter
from typing import Final

from farthing.actions.errors import ConflictError
from farthing.actions.parts import Parts
from farthing.assembly import is_there, served_alone
from farthing.cli.place import HERE, Place, work_with
from farthing.cli.tables import AsJson, tell_done
from farthing.settings import Settings
from farthing.storage.contract import StorageUnusableError

_MB: Final = 1_000_000
_BYTES_PER_SECOND: Final = 50 * _MB
"""What a slow disk manages, reading and writing: better said too long than too short."""


def compact(*, as_json: AsJson = False, place: Place = HERE) -> None:
    """Write the database anew without the room it does not use; from then on it gives room back by itself.

    With SQLite no server may run meanwhile, and twice the size of the database has to be free. With
    PostgreSQL servers may run: each table is locked while it is written, so that senders wait or are
    told to try again; a table's size has to be free.

    Parameters
    ----------
    as_json
        Print {"bytesBefore", "bytesAfter"}.
    """
    settings = place.settings()
    is_file = settings.database_url is None and is_there(settings)

    async def work(parts: Parts) -> tuple[int, int, float]:
        before = await parts.storage.database_bytes()
        if is_file:
            _require_room(before, shutil.disk_usage(settings.data).free)
        seconds = max(1, before // _BYTES_PER_SECOND)
        told = f"{before / _MB:,.1f} MB to write anew, some {seconds:,} s ..."
        print(told, file=sys.stderr if as_json else sys.stdout, flush=True)
        began = perf_counter()
        await parts.storage.compact()
        return before, await parts.storage.database_bytes(), perf_counter() - began

    with _alone(settings) if is_file else nullcontext():
        before, after, seconds = work_with(place, work)
    sentence = f"{before / _MB:,.1f} MB before, {after / _MB:,.1f} MB now, in {seconds:,.1f} s"
    tell_done(sentence, {"bytesBefore": before, "bytesAfter": after}, as_json=as_json)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Keep servers off for as long as it takes; fails where one runs."""
    with ExitStack() as stack:
        try:
            stack.enter_context(served_alone(settings))
        except StorageUnusableError as error:
            told = f"a server works on the data folder {settings.data}: stop it, compact, and start it again"
            raise StorageUnusableError(told) from error
        yield


def _require_room(needed: int, free: int) -> None:
    if free < 2 * needed:
        raise ConflictError(
            f"this takes {2 * needed / _MB:,.1f} MB of room for a while, and {free / _MB:,.1f} MB are free"
        )
