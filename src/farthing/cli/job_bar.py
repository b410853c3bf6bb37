"""How far long work is, on the terminal of whoever waits for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from farthing.jobs.runner import Told
from farthing.rules.job import Job


@contextmanager
def job_bar(doing: Mapping[str, str]) -> Iterator[Told]:
    """A bar on standard error, where a person is looking; `doing` says in a word what each kind does."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=None)

        def told(job: Job) -> None:
            progress.update(task, description=doing[job.kind], completed=job.done, total=job.total or None)

        yield told
