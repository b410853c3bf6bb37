"""What a run of the bench is asked to do, from the command line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

SECTIONS = ("start", "single", "batch", "reads", "reprice", "deletion", "limits", "growth")
NOT_BY_DEFAULT = ("growth",)
"""Sections that have to be asked for: they take long."""
SMOKE_ROW_COUNT = 20_000
_SECONDS_MAX = 3_600.0


@dataclass(frozen=True)
class Options:
    """See the help texts below for each."""

    sections: tuple[str, ...]
    seconds: float
    warmup_s: float
    repeat: int
    tries: int
    row_counts: tuple[int, ...]
    cache: Path | None
    database_url: str | None
    install: bool
    keep: bool
    smoke: bool

    @property
    def database(self) -> str:
        return "postgresql" if self.database_url else "sqlite"


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Ends the process with a usage message when the arguments make no sense."""
    given = _parser().parse_args(arguments)
    options = Options(
        sections=given.only or tuple(name for name in SECTIONS if name not in NOT_BY_DEFAULT),
        seconds=given.seconds,
        warmup_s=1.0,
        repeat=given.repeat,
        tries=30,
        row_counts=given.rows,
        cache=given.cache,
        database_url=given.database_url,
        install=given.install,
        keep=given.keep,
        smoke=False,
    )
    return _shortened(options) if given.smoke else options


def _shortened(options: Options) -> Options:
    """As little of everything as shows that it works."""
    return replace(
        options,
        seconds=1.0,
        warmup_s=0.2,
        repeat=1,
        tries=5,
        row_counts=(SMOKE_ROW_COUNT,),
        cache=None,
        install=False,
        keep=False,
        smoke=True,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure a real Farthing server and compare with the last kept run.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--smoke", action="store_true", help="only see that it works, in under a minute")
    add(
        "--only",
        type=_sections,
        metavar="A,B",
        help=f"some of {','.join(SECTIONS)} (default: all but growth)",
    )
    add("--seconds", type=_seconds, default=5.0, help="length of each load, after a second of warm-up")
    add("--repeat", type=_count, default=3, help="how often each load is run; the median counts")
    add("--rows", type=_counts, default=(1_000_000, 10_000_000), metavar="N,M", help="rows to read from")
    add("--cache", type=Path, default=_default_cache(), help="keeps filled databases between runs")
    add("--database-url", help="an empty database for the server; leaves reads out")
    add("--install", action="store_true", help="also measure a runtime-only installation")
    add("--keep", action=argparse.BooleanOptionalAction, default=True, help="keep the result")
    return parser


def _sections(text: str) -> tuple[str, ...]:
    chosen = tuple(text.split(","))
    unknown = sorted(set(chosen) - set(SECTIONS))
    if unknown:
        raise argparse.ArgumentTypeError(f"{','.join(unknown)} is not among {','.join(SECTIONS)}")
    return chosen


def _count(text: str) -> int:
    count = int(text.replace("_", ""))
    if count < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return count


def _counts(text: str) -> tuple[int, ...]:
    return tuple(_count(part) for part in text.split(","))


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= _SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {_SECONDS_MAX:g}")
    return seconds


def _default_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "farthing-bench"
