"""Kept results: one JSON file a run, with what is needed to judge whether two runs may be compared."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from bench.measurement import Measurement
from bench.plan import LoadResult

FOLDER = Path(__file__).with_name("results")
_PACKAGES = (
    "farthing",
    "apsw",
    "asyncpg",
    "httptools",
    "litestar",
    "msgspec",
    "sqlalchemy",
    "uvicorn",
    "uvloop",
)


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures depend on beside the code; no name or path of the machine."""

    cores: int
    cpu: str
    memory_gb: float
    kernel: str
    python: str
    packages: dict[str, str]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one run found."""

    taken_at: str
    """UTC, as YYYYMMDDTHHMMSSZ: file names sort by time."""
    commit: str
    has_local_changes: bool
    machine: Machine
    load_average: float
    """Of the last minute, when the run began: what else the machine was doing."""
    database: str
    """"sqlite" or "postgresql": figures of one are no yardstick for the other."""
    seconds: float
    repeat: int
    measurements: list[Measurement]
    loads: list[LoadResult]

    @property
    def file_name(self) -> str:
        return f"{self.taken_at}-{self.commit}.json"


def keep(run: Run, folder: Path = FOLDER) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / run.file_name
    path.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=1) + b"\n")
    return path


def kept(database: str, folder: Path = FOLDER) -> list[Run]:
    """All kept runs on this kind of database, oldest first."""
    runs = (msgspec.json.decode(path.read_bytes(), type=Run) for path in sorted(folder.glob("*.json")))
    return [run for run in runs if run.database == database]


def last_values(runs: list[Run]) -> dict[str, Measurement]:
    """The newest measurement of every key: a run of some sections does not hide earlier ones of others."""
    return {measurement.key: measurement for run in runs for measurement in run.measurements}


def machine() -> Machine:
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        cpu=_found(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo")) or platform.machine(),
        memory_gb=round(int(_found(r"^MemTotal:\s+(\d+) kB$", Path("/proc/meminfo")) or 0) / 1e6, 1),
        kernel=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        packages={name: found for name in _PACKAGES if (found := _version(name))},
    )


def now_utc() -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())


def commit() -> tuple[str, bool]:
    """The short hash of what is checked out, and whether files differ from it; "unknown" outside of git."""
    short = _git("rev-parse", "--short=9", "HEAD")
    return (short, bool(_git("status", "--porcelain", "--", "src", "bench"))) if short else ("unknown", True)


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=FOLDER.parent, capture_output=True, text=True, check=False, timeout=10
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _found(pattern: str, path: Path) -> str:
    match = re.search(pattern, path.read_text(), re.MULTILINE)
    return match[1].strip() if match else ""
