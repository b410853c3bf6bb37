"""How far long work is, on the terminal of whoever waits for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from farthing.jobs.runner import Told


@contextmanager
def job_bar(doing: Mapping[str, str]) -> Iterator[Told]:
    """A bar on standard error, where a person is looking; `doing` says in a word what each kind does."""
    with work_bar() as shown:
        yield lambda job: shown(doing[job.kind], job.done, job.total or 0)


@contextmanager
def work_bar() -> Iterator[Callable[[str, int, int], None]]:
    """The same for work that is no job: takes what is done, how much of it is, and how much there is."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=None)

        def told(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total or None)

        yield told
