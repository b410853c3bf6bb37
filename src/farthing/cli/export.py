"""`farthing export`: calls or daily sums as a file, for whoever may touch the database."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Any, Literal

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from farthing.actions.errors import FieldProblem, InvalidInputError
from farthing.actions.exports.asked import What, asked_export
from farthing.actions.exports.export import Export, begin_export, pieces
from farthing.actions.exports.export_jobs import note_export
from farthing.actions.parts import Parts
from farthing.cli.engine_told import tell_source
from farthing.cli.filter_options import ALL_CALLS, Calls, Several
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.reach_told import reach_told


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class File:
    """What is written, and where to.

    Parameters
    ----------
    as_format
        csv, json, ndjson, parquet, focus (which is CSV) or focus-parquet.
    focus_version
        Version of FOCUS [default: 1.4].
    output
        File to write; it is there whole or not at all. Without it, standard output.
    """

    as_format: Annotated[
        Literal["csv", "json", "ndjson", "parquet", "focus", "focus-parquet"], Parameter(name="--format")
    ] = "csv"
    focus_version: Literal["1.4", "1.3", "1.2"] | None = None
    output: Path | None = None

    def pairs(self) -> list[tuple[str, str]]:
        """As a URL would say it."""
        version = [] if self.focus_version is None else [("focusVersion", self.focus_version)]
        return [("format", self.as_format), *version]


AS_CSV = File()


def requests(*, whom: Whom, calls: Calls = ALL_CALLS, file: File = AS_CSV, place: Place = HERE) -> None:
    """Write every call that the flags let through, oldest first."""
    _export("requests", whom, [*calls.pairs(), *file.pairs()], file.output, place)


def summary(
    *, whom: Whom, calls: Calls = ALL_CALLS, by: Several = (), file: File = AS_CSV, place: Place = HERE
) -> None:
    """Write the sums of each local day, split by up to two dimensions.

    Parameters
    ----------
    by
        model (which is the default), provider, endpointTag, userId, tenantId …; may be repeated.
    """
    pairs = [*calls.pairs(), *file.pairs(), *(("by", name) for name in by)]
    _export("summary", whom, pairs, file.output, place)


def _export(what: What, whom: Whom, pairs: list[tuple[str, str]], output: Path | None, place: Place) -> None:
    async def work(parts: Parts) -> None:
        asker = await whom.asker(parts)
        asked = await asked_export(parts, asker, what, pairs)
        export = await begin_export(parts, asker.workspace, asked)
        await note_export(parts, asker, export)
        if left_out := reach_told(export.reach):
            print(left_out, file=sys.stderr)
        source = ""
        with _file(output) as file, _bar(export) as told:
            async for piece in pieces(parts, export):
                await asyncio.to_thread(file.write, piece.body)
                told(piece.done)
                source = piece.source
        tell_source(parts, source)

    work_with(place, work)


@contextmanager
def _file(output: Path | None) -> Iterator[IO[bytes]]:
    """Where the bytes go; a file gets its name when all of them are in it. Raises InvalidInputError."""
    if output is None:
        yield sys.stdout.buffer
        return
    if output.is_dir():
        raise _cant_write(output, "it is a folder")
    part = output.with_name(f"{output.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(output)
    except OSError as error:
        raise _cant_write(output, str(error.strerror)) from error
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _cant_write(output: Path, why: str) -> InvalidInputError:
    return InvalidInputError([FieldProblem("--output", f"{output} can't be written: {why}")])


@contextmanager
def _bar(export: Export) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where a person is looking."""
    columns: tuple[Any, ...] = (TextColumn("Exporting"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    shown = Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True, disable=not sys.stderr.isatty()
    )
    with shown as progress:
        task = progress.add_task("", total=export.snapshot.request_count)
        yield lambda done: progress.update(task, completed=done)
