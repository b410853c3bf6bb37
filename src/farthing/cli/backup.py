"""`farthing backup`: backups in a folder or a bucket, made while the server runs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter, validators
from rich.table import Table

from farthing.assembly import bring_back as restore_backup
from farthing.cli.job_bar import work_bar
from farthing.cli.place import HERE, Place
from farthing.cli.tables import AsJson, figures, ids, table, tell, words
from farthing.clock import SystemClock
from farthing.rules.money import usd_text
from farthing.storage.backup import Manifest, back_up, open_shelf, read_all, read_one
from farthing.storage.copying import DatabasePlace, read_place

_MB: Final = 1_000_000
AtLeastOne = Annotated[int | None, Parameter(validator=validators.Number(gte=1))]


def make(
    *,
    to: str,
    keep: AtLeastOne = None,
    scratch: Path | None = None,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Make a backup of everything in the database, while it is served or not.

    The database is cut into pieces of a megabyte, and those that are not there yet are written. So one that
    is made each night costs what has changed since. Whoever can read a backup has the secrets of channels.

    Parameters
    ----------
    to
        A folder, or s3://bucket/prefix. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, for other
        services than Amazon's, AWS_ENDPOINT_URL lead there.
    keep
        Afterwards remove all backups of this database but so many, the newest.
    scratch
        Where a snapshot may be put meanwhile, as large as the database [default: the data folder].
    as_json
        Print {"name", "madeAt", "byteCount", "newPieces", "newBytes", "requestCount", "costUsd", "removed"}.
    """
    shelf = open_shelf(to, is_new=True)
    with work_bar() as told:
        kept = asyncio.run(
            back_up(_database(place), shelf, scratch=scratch, keep=keep, now=SystemClock().now(), told=told)
        )
    made, removed = kept.manifest, [each.name for each in kept.forgotten]
    if as_json:
        added = {"newPieces": kept.new_pieces, "newBytes": kept.new_bytes, "removed": removed}
        print(json.dumps(_plain(made) | added))
        return
    tell(
        f"Backup {made.name}: {made.request_count:,} calls, {usd_text(made.cost_picousd)} USD;"
        f" {made.byte_count / _MB:,.1f} MB, of which {kept.new_bytes / _MB:,.1f} MB were new, packed."
    )
    if removed:
        tell(f"Removed {', '.join(removed)} and {kept.removed_pieces:,} pieces that none needs any more.")


def list_all(at: str, *, as_json: AsJson = False) -> None:
    """List the backups in a place, newest first.

    Parameters
    ----------
    at
        The folder, or s3://bucket/prefix.
    as_json
        Print a list of {"name", "madeAt", "source", "release", "byteCount", "requestCount", "costUsd"}.
    """
    found = read_all(open_shelf(at, is_new=False))
    if as_json:
        print(json.dumps([_plain(each) for each in found]))
    elif found:
        tell(_table(found))
    else:
        tell("There is no backup.")


def bring_back(
    *,
    from_: Annotated[str, Parameter(name="--from")],
    backup: str | None = None,
    replace: bool = False,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Bring a backup back into a data folder, or a PostgreSQL database, while nobody serves it.

    Each piece is compared with its digest, and the whole looked through, before anything is changed.

    Parameters
    ----------
    from_
        The folder, or s3://bucket/prefix.
    backup
        Its name [default: the newest].
    replace
        There is a database already: put its file aside, under another name. What a PostgreSQL database holds
        is lost.
    as_json
        Print {"name", "madeAt", "source", "release", "byteCount", "requestCount", "costUsd", "aside"}.
    """
    shelf = open_shelf(from_, is_new=False)
    manifest, to = read_one(shelf, backup), _database(place)
    with work_bar() as told:
        aside = asyncio.run(restore_backup(shelf, manifest, to, may_replace=replace, told=told))
    if as_json:
        print(json.dumps(_plain(manifest) | {"aside": None if aside is None else str(aside)}))
        return
    tell(
        f"{to.name} is as it was at {manifest.made_at}: {manifest.request_count:,} calls,"
        f" {usd_text(manifest.cost_picousd)} USD."
    )
    if aside is not None:
        tell(f"What was there before is {aside}.")


def _database(place: Place) -> DatabasePlace:
    settings = place.settings()
    return read_place(settings.database_url or str(settings.data))


def _plain(manifest: Manifest) -> dict[str, object]:
    return {
        "name": manifest.name,
        "madeAt": manifest.made_at,
        "source": manifest.source,
        "release": manifest.release,
        "byteCount": manifest.byte_count,
        "requestCount": manifest.request_count,
        "costUsd": usd_text(manifest.cost_picousd),
    }


def _table(found: list[Manifest]) -> Table:
    made = table()
    ids(made, "Name")
    words(made, "Of")
    for heading in ("MB", "Calls", "USD"):
        figures(made, heading)
    for each in found:
        sums = f"{each.byte_count / _MB:,.1f}", f"{each.request_count:,}", usd_text(each.cost_picousd)
        made.add_row(each.name, each.source, *sums)
    return made
