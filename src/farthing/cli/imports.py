"""`farthing import`: what other tools have exported, as calls."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from farthing.actions.errors import InvalidInputError
from farthing.actions.imports.import_files import import_here, take_files, weigh
from farthing.actions.imports.report import FileReport
from farthing.actions.imports.wanted import Wanted, check
from farthing.actions.parts import Parts
from farthing.cli.failures import REFUSED
from farthing.cli.filter_options import Several
from farthing.cli.import_mapping import mapped
from farthing.cli.import_tables import tell_reports
from farthing.cli.place import HERE, Place, member, work_with
from farthing.cli.tables import AsJson
from farthing.intake.imports.format import Defaults
from farthing.rules.problems import FieldProblem

Switch = Annotated[bool, Parameter(negative=())]
Told = Callable[[FileReport, float], None]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Into:
    """Where the calls go.

    Parameters
    ----------
    email
        In whose name: anybody in the workspace. The calls are theirs.
    workspace
        Name or id of the workspace, when that person is in several.
    server
        Address of a server that the calls are sent to, instead of the installation here.
    api_key_stdin
        The first line of standard input is the API key for that server.
    """

    email: Annotated[str | None, Parameter(env_var="FARTHING_EMAIL")] = None
    workspace: Annotated[str | None, Parameter(env_var="FARTHING_WORKSPACE")] = None
    server: str | None = None
    api_key_stdin: Switch = False


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class How:
    """How the files are read.

    Parameters
    ----------
    as_format
        litellm, langfuse, helicone, openrouter, openrouter-days, openai-usage, openai-costs, anthropic-usage,
        anthropic-costs, farthing or table. Without it, it is told by the columns.
    mapping
        A TOML file that says which column of a table is which field of a call.
    columns
        field=column, one of these; may be repeated, and wins over the file.
    values
        field=value for all rows of a table; may be repeated.
    provider
        Whose models they are, where the file doesn't say.
    data_mode
        real, test or demo, where the file doesn't say.
    environment
        prod, staging or dev, where the file doesn't say.
    endpoint_tag
        The endpoint tag, where the file says none.
    token_accounting
        inclusive or exclusive: whether the input of Helicone's rows, or of a table's, holds what was cached.
    confirm
        Rows that are sums may be stored as calls where they hold one request: nobody else reported those.
    rejected
        A file for refused rows with the reasons, begun anew by each run that does not go on where another
        was; mended, it can be imported.
    """

    as_format: Annotated[str | None, Parameter(name="--format")] = None
    mapping: Path | None = None
    columns: Annotated[Several, Parameter(name="--map")] = ()
    values: Annotated[Several, Parameter(name="--set")] = ()
    provider: str | None = None
    data_mode: str = "real"
    environment: str | None = None
    endpoint_tag: str | None = None
    token_accounting: str | None = None
    confirm: Switch = False
    rejected: Path | None = None

    def wanted(self, files: Sequence[Path]) -> Wanted:
        """What the flags say of these files."""
        return Wanted(
            files=files,
            format_name=self.as_format,
            mapped=mapped(self.mapping, self.columns, self.values),
            defaults=Defaults(
                provider=self.provider,
                data_mode=self.data_mode,
                environment=self.environment,
                endpoint_tag=self.endpoint_tag,
                accounting=self.token_accounting,
            ),
            is_confirmed=self.confirm,
            rejected=self.rejected,
        )


PLAINLY: Final = How()
NOWHERE: Final = Into()


def import_files(
    *files: Path,
    into: Into = NOWHERE,
    how: How = PLAINLY,
    dry_run: Switch = False,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Store the calls that files of other tools tell of, each once, however often it is imported.

    CSV, NDJSON, JSON and Parquet, also packed with gzip or zstd. An import that was killed goes on where it
    was when it is started again. Prompts and answers are never kept. The exit code is 1 if any row was
    refused, though the others are stored; of --dry-run it is 0.

    Parameters
    ----------
    files
        What to import.
    dry_run
        Only say what would come of it, and what the calls would cost.
    as_json
        Print {"isDryRun", "files": [{"file", "format", "rows", "stored", "duplicates", "refused" …}]}.
    """
    wanted = how.wanted(files)
    check(wanted)
    with _bar() as told:
        reports = _work(into, place, wanted, told, is_dry_run=dry_run)
    if as_json:
        print(json.dumps({"isDryRun": dry_run, "files": [each.as_json() for each in reports]}))
    else:
        tell_reports(reports, is_dry_run=dry_run)
    if not dry_run:
        _require_all(reports)


def _work(into: Into, place: Place, wanted: Wanted, told: Told, *, is_dry_run: bool) -> list[FileReport]:
    if into.server is not None and not is_dry_run:
        return _send(into, wanted, told)
    if into.email is None:
        message = "is needed: in whose name are the calls stored, and by whose prices are they weighed?"
        raise InvalidInputError([FieldProblem("--email", message)])
    email = into.email

    async def work(parts: Parts) -> list[FileReport]:
        asker = await member(parts, email, into.workspace)
        return await (weigh if is_dry_run else import_here)(parts, asker, wanted, told)

    return work_with(place, work)


def _send(into: Into, wanted: Wanted, told: Told) -> list[FileReport]:
    import httpx

    from farthing.actions.imports.send import Sender

    if not into.api_key_stdin:
        raise InvalidInputError([FieldProblem("--api-key-stdin", "is needed with --server")])
    key = sys.stdin.readline().strip()
    url = into.server or ""

    async def work() -> list[FileReport]:
        async with httpx.AsyncClient() as client:
            return await take_files(wanted, Sender(client, url, key), told, is_stored=True)

    return asyncio.run(work())


def _require_all(reports: list[FileReport]) -> None:
    """End with REFUSED, when all is told, where rows were; InvalidInputError where no call was left."""
    refused = sum(each.refused_count for each in reports)
    if refused and any(each.call_count for each in reports):
        sys.exit(REFUSED)
    if refused:
        message = f"all of {refused:,} rows that should be calls were refused; nothing was stored"
        raise InvalidInputError([FieldProblem("files", message)])


@contextmanager
def _bar() -> Iterator[Told]:
    """A bar for the file under way on standard error, where a person is looking."""
    columns: tuple[Any, ...] = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    shown = Progress(
        *columns,
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with shown as progress:
        task = progress.add_task("Reading", total=1.0, rows=0)

        def told(report: FileReport, share: float) -> None:
            name = report.file.rpartition("/")[2]
            progress.update(task, description=name, completed=share, rows=report.row_count)

        yield told
