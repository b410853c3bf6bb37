"""What `farthing doctor` looks at on the machine: the data folder, its disk, the clock, rights of files."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from farthing.assembly import database_file
from farthing.cli.finding import Finding, fine, odd, wrong
from farthing.intake.times import read_time
from farthing.prices import load_snapshot
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS, HOUR_MS, midnight
from farthing.settings import Settings
from farthing.storage.contract import StorageError

_MB: Final = 1_000_000
_FREE_MIN: Final = 100 * _MB
"""Below it a busy workspace stands still within hours."""
_CLOCK_OFF_MS: Final = 2_000
_CLOCK_WRONG_MS: Final = 60_000
_OTHERS: Final = stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH
_OLD_BACKUP_HOURS: Final = 48
_CONFIG_VARIABLE: Final = "FARTHING_CONFIG"


def examine_machine(settings: Settings, now: int) -> Iterator[Finding]:
    """Everything that can be told without opening the database; `now` is the system's clock."""
    yield _folder(settings.data)
    if settings.data.is_dir():
        yield _disk(settings)
        yield clock("clock", now, _time_of_new_file(settings.data), "files of the data folder")
    yield _date(now)
    yield from _rights(settings)


def examine_backups(place: str, now: int) -> Finding:
    """Whether there is a backup of late in a folder or bucket."""
    from farthing.storage.backup import open_shelf, read_all

    mend = f"`farthing backup make --to {place}`, each night"
    try:
        found = read_all(open_shelf(place, is_new=False))
    except StorageError as error:
        return wrong("backups", str(error), mend)
    if not found:
        return wrong("backups", f"there is none in {place}", mend)
    hours = (now - read_time(found[0].made_at)) // HOUR_MS
    told = f"{len(found)}, the newest {hours} hours old"
    return odd("backups", told, mend) if hours > _OLD_BACKUP_HOURS else fine("backups", told)


def _folder(folder: Path) -> Finding:
    if not folder.is_dir():
        return wrong("folder", f"{folder} is not there", "--data says where it is; `farthing init` makes one")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return wrong(
            "folder", f"{folder} can't be written", f"give it to the user of the server: chown {folder}"
        )
    return fine("folder", f"{folder} can be written")


def _disk(settings: Settings) -> Finding:
    """Room, also for what takes as much as the database for a while."""
    free = shutil.disk_usage(settings.data).free
    file = database_file(settings)
    size = file.stat().st_size if settings.database_url is None and file.exists() else 0
    told = f"{free / _MB:,.0f} MB free, the database has {size / _MB:,.1f} MB"
    if free < _FREE_MIN:
        return wrong(
            "disk", told, "make room, or move the folder to a larger disk: without, nothing is stored"
        )
    if free < 2 * size:
        return odd("disk", told, "`farthing compact` and erasures need twice the database's size for a while")
    return fine("disk", told)


def clock(check: str, ours: int, theirs: int | None, whose: str) -> Finding:
    """The system's clock against another one."""
    if theirs is None:
        return odd(
            check, f"{whose} can't be written, so their time is not known", "see what is said of the folder"
        )
    off = ours - theirs
    told = f"{abs(off) / 1000:,.1f} s {'ahead of' if off > 0 else 'behind'} {whose}"
    if abs(off) > _CLOCK_WRONG_MS:
        return wrong(check, told, "set the clocks (NTP): calls would be counted in other hours and days")
    if abs(off) > _CLOCK_OFF_MS:
        return odd(check, told, "set the clocks (NTP)")
    return fine(check, f"as {whose}")


def _time_of_new_file(folder: Path) -> int | None:
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            file.write(b"\n")
            file.flush()
            return Path(file.name).stat().st_mtime_ns // 1_000_000
    except OSError:
        return None


def _date(now: int) -> Finding:
    """A clock that was never set shows a time before this release was made."""
    made = midnight(date.fromisoformat(load_snapshot().date), ZoneInfo("UTC"))
    if now < made - DAY_MS:
        told = f"the clock says {instant(now)}, and this release is of {instant(made)[:10]}"
        return wrong("date", told, "set the clock (NTP)")
    return fine("date", f"the clock says {instant(now)[:19]}Z")


def _rights(settings: Settings) -> Iterator[Finding]:
    """Files that hold secrets, and the database, which holds password hashes and the secrets of channels."""
    named = os.environ.get(_CONFIG_VARIABLE)
    holding = [Path(named)] if named else []
    if settings.oidc_client_secret_file is not None:
        holding.append(settings.oidc_client_secret_file)
    for file in holding:
        if _is_open(file):
            told = f"others may read {file}, which may hold secrets"
            yield wrong("secrets", told, f"chmod 600 {file}")
        else:
            yield fine("secrets", f"{file} is for its owner alone")
    database = database_file(settings)
    if settings.database_url is None and database.exists():
        if _is_open(database) and _is_open(settings.data, stat.S_IXGRP | stat.S_IXOTH):
            told = f"others may read {database}, which holds password hashes and secrets of channels"
            yield odd("rights", told, f"chmod 700 {settings.data}")
        else:
            yield fine("rights", f"{database} is for its owner alone")


def _is_open(path: Path, bits: int = _OTHERS) -> bool:
    return bool(path.stat().st_mode & bits)
