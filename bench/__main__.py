"""`python -m bench`: runs what was chosen, prints tables, keeps the result. Exits 1 when counts disagree."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console

from bench import deletion, fill, growth, ingest, install, limits, reads, report, reprice, results, start
from bench.measurement import Measurement, merged
from bench.options import Options, parse
from bench.plan import LoadResult
from bench.server import BenchError, Installation, copied, initialise, running

_PRINTED_WIDTH = 132


class Session:
    """One run: what is measured so far, one value a repeat, and a folder that is gone afterwards."""

    def __init__(self, options: Options, console: Console, folder: Path) -> None:
        self.options = options
        self.console = console
        self.load_average = os.getloadavg()[0]
        self.measurements: list[Measurement] = []
        self.loads: list[LoadResult] = []
        self.problems: list[str] = []
        self._folder = folder
        self._folders: dict[int, fill.Filled] = {}

    def scratch(self) -> Path:
        """A new, empty folder."""
        return Path(tempfile.mkdtemp(dir=self._folder))

    def run(self) -> None:
        """Everything that was chosen. Raises BenchError where the server fails."""
        origin = initialise(self.scratch() / "data", self.options.database_url)
        if "start" in self.options.sections:
            self._start(origin)
        self._ingest(origin)
        if "reads" in self.options.sections:
            self._reads()
        if "reprice" in self.options.sections:
            self._reprice()
        if "deletion" in self.options.sections:
            self._deletion()
        if "limits" in self.options.sections:
            self._say("measuring what no server here could pass")
            for _ in range(self.options.repeat):
                self.measurements += limits.measure(self.scratch(), self.options.seconds)
        if "growth" in self.options.sections:
            cache = self.options.cache or self.scratch()
            self.measurements += growth.measure(cache, self.options.row_counts, self._say, self.scratch())
        if self.options.install:
            self._say("installing into a fresh environment")
            self.measurements += install.measure(self.scratch())

    def _start(self, origin: Installation) -> None:
        self._say("starting on an empty and on an existing folder")
        for _ in range(self.options.repeat):
            self.measurements += start.measure(origin, self.scratch())

    def _ingest(self, origin: Installation) -> None:
        shapes = [shape for shape in ingest.SHAPES if shape.section in self.options.sections]
        timing = ingest.Timing(self.options.seconds, self.options.warmup_s)
        if self.options.smoke:
            with running(origin) as server:  # one for all: starting takes longer than such short loads
                for shape in shapes:
                    self._took(shape, ingest.measure(shape, server, timing))
            return
        for _ in range(
            self.options.repeat
        ):  # all once, then all again: a busy minute spoils one value of each
            for shape in shapes:
                self._took(shape, ingest.measure_alone(shape, origin, self.scratch(), timing))

    def _took(self, shape: ingest.LoadShape, loaded: ingest.Loaded) -> None:
        self._say(f"{shape.label}: {report.amount(loaded.result.events_per_s)} events/s")
        self.measurements += loaded.measurements
        self.loads.append(loaded.result)
        self.problems += loaded.problems

    def _reads(self) -> None:
        if self.options.database_url:
            self._say("reads are left out: they are measured on filled SQLite folders")
            return
        for row_count in self.options.row_counts:
            self._say(f"reading from {row_count:,} rows")
            filled = self._filled(row_count)
            window = filled.contents
            with running(filled.installation) as server:
                self.measurements += reads.measure(server, row_count, window.end, self.options.tries)
                rows = server.row_count(reads.range_query(window.start, window.end))
            self.problems += filled.count_problems(rows)
            self.measurements.append(filled.bytes_per_event())

    def _filled(self, row_count: int) -> fill.Filled:
        """A folder with so many rows, filled once a run at most."""
        if row_count not in self._folders:
            cache = self.options.cache or self.scratch()
            self._folders[row_count] = fill.ensure(cache, row_count, self._say)
        return self._folders[row_count]

    def _reprice(self) -> None:
        if self.options.database_url:
            self._say("re-pricing is left out: it is measured on a copy of a filled SQLite folder")
            return
        row_count = min(self.options.row_counts)
        self._say(f"pricing {row_count:,} rows anew")
        filled = self._filled(row_count)
        with running(copied(filled.installation, self.scratch() / "data")) as server:
            self.measurements += reprice.measure(server, row_count)

    def _deletion(self) -> None:
        if self.options.database_url:
            self._say("deleting is left out: it is measured on a SQLite folder of its own")
            return
        row_count = min(self.options.row_counts)
        self._say(f"deleting {row_count:,} demo calls")
        self.measurements += deletion.measure(self.scratch(), row_count)

    def _say(self, what: str) -> None:
        self.console.print(what, style="dim", highlight=False)


def smoke_problems(session: Session) -> list[str]:
    """In a smoke run nothing may be refused or lost."""
    return [f"{load.name}: {report.failures(load)}" for load in session.loads if load.failures]


def finish(session: Session) -> int:
    """Print, compare, keep; the exit status."""
    options, console = session.options, session.console
    commit, has_local_changes = results.commit()
    run = results.Run(
        taken_at=results.now_utc(),
        commit=commit,
        has_local_changes=has_local_changes,
        machine=results.machine(),
        database=options.database,
        seconds=options.seconds,
        repeat=options.repeat,
        measurements=merged(session.measurements),
        load_average=session.load_average,
        loads=session.loads,
    )
    report.show(console, run, {} if options.smoke else results.last_values(results.kept(options.database)))
    problems = session.problems + (smoke_problems(session) if options.smoke else [])
    for problem in problems:
        console.print(f"FAILED {problem}", style="bold red", highlight=False, markup=False)
    if options.keep and not problems:
        console.print(f"kept as bench/results/{results.keep(run).name}")
    return 1 if problems else 0


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    console = Console(width=None if sys.stdout.isatty() else _PRINTED_WIDTH)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    with tempfile.TemporaryDirectory(prefix="farthing-bench-") as folder:
        session = Session(options, console, Path(folder))
        try:
            session.run()
        except BenchError as error:
            session.problems.append(str(error))
        except KeyboardInterrupt:
            console.print("interrupted; the servers are stopped and nothing is kept")
            return 130
        return finish(session)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does: the servers this process started must not outlive it."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
