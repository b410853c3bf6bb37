"""`python -m farthing.prices.build [--date DAY] [--output FILE] [--accept-big-changes]`.

Reads the installed price packages, compares them, and writes the snapshot unless something is wrong with it.
A model that both packages have dropped stays as the last snapshot has it: its calls must remain priceable.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from farthing.clock import SystemClock
from farthing.prices.build.dated import DatedData
from farthing.prices.build.merge import Merged, merge
from farthing.prices.build.report import big_changes, oddities, summary
from farthing.prices.build.write import snapshot, sources
from farthing.prices.checks import faults
from farthing.prices.lines import at
from farthing.prices.snapshot import SNAPSHOT_NAME, load_snapshot
from farthing.rules.price import ModelPrices

_HERE = Path(__file__).parent.parent / SNAPSHOT_NAME


def build(day: str, before: tuple[ModelPrices, ...] = ()) -> tuple[bytes, Merged]:
    """The snapshot of the installed packages as of `day`, with the models of `before` that they dropped.

    Raises ValueError when the prices cannot be used.
    """
    data = DatedData()
    merged = merge(data, at(day))
    known = {
        (entry.provider, name.lower()) for entry in merged.models for name in (entry.model, *entry.aliases)
    }
    dropped = [entry for entry in before if (entry.provider, entry.model.lower()) not in known]
    merged.counts["kept from the last snapshot"] = len(dropped)
    merged.models += dropped
    wrong = list(faults(merged.models))
    if wrong:
        raise ValueError("\n".join(map(str, wrong)))
    content = snapshot(day, sources(day, data), data.calendars(), merged.providers, merged.models)
    return content, merged


def main(arguments: list[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    before = load_snapshot(options.output).book.models if options.output.exists() else ()
    content, merged = build(options.date, before)
    now = at(options.date)
    _say(summary(merged.models, merged.counts))
    _say(f"look at: {line}" for line in oddities(merged.models, now))
    changes = list(big_changes(before, merged.models, now))
    _say(f"big change: {line}" for line in changes)
    if changes and not options.accept_big_changes:
        _say(["Nothing written. Look at the big changes, then run again with --accept-big-changes."])
        return 1
    options.output.write_bytes(content)
    _say([f"{len(content):,} bytes written to {options.output.name}"])
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m farthing.prices.build", description=__doc__)
    today = datetime.fromtimestamp(SystemClock().now() / 1000, UTC).date().isoformat()
    parser.add_argument("--date", default=today, help="the day of the snapshot (today)")
    parser.add_argument("--output", type=Path, default=_HERE, help="the file to write")
    parser.add_argument(
        "--accept-big-changes", action="store_true", help="rates may change more than threefold"
    )
    return parser


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
