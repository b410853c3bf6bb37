"""Import files: read, price and store their calls, or say what would come of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from farthing.actions.asker import Asker
from farthing.actions.errors import ConflictError
from farthing.actions.events.load_demo import NO_KEY_ID
from farthing.actions.imports.cursor import Cursor, cursor_of
from farthing.actions.imports.entered import Entered
from farthing.actions.imports.read_file import FileReader, Group, Reject, documents_of
from farthing.actions.imports.rejected import rejecting
from farthing.actions.imports.report import FileReport, Spent
from farthing.actions.imports.take import Storer, Taken, Taker, Weigher
from farthing.actions.imports.wanted import Wanted, check
from farthing.actions.parts import Parts, writing
from farthing.intake.imports.format import Format
from farthing.intake.llm_request import Sender

Progress = Callable[[FileReport, float], None]
"""Is told of the file under way, and what share of it has been read."""


async def import_here(parts: Parts, asker: Asker, wanted: Wanted, told: Progress) -> list[FileReport]:
    """Store the calls of files in the asker's workspace; each file is entered in the audit log.

    That it begins is entered before anything of it is stored, and how it ended also where it is broken off.
    Raises InvalidInputError and ConflictError before anything of a file is stored; what files before it held
    is.
    """
    await _refresh(parts)
    sender = Sender(asker.workspace.id, NO_KEY_ID, asker.user.id)
    storer = Storer(parts, sender)
    reports = []
    with rejecting(wanted.rejected) as reject:
        readers = _readers(wanted, reject)
        for reader in readers:
            require_calls(reader.format, wanted)
        async with writing(parts):
            cursors = [
                await cursor_of(parts, sender.workspace_id, path, wanted, reader.report)
                for path, reader in zip(wanted.files, readers, strict=True)
            ]
            reject.begin(is_resumed=any([await each.row_count() for each in cursors]))
            for reader, cursor in zip(readers, cursors, strict=True):
                entered = Entered(parts, asker, reader.report, storer)
                async with entered:
                    await _take_file(reader, entered, reject, told, cursor)
                reports.append(reader.report)
    return reports


async def weigh(parts: Parts, asker: Asker, wanted: Wanted, told: Progress) -> list[FileReport]:
    """The same without storing anything: what would be stored, refused, left out, and what it costs."""
    await _refresh(parts)
    sender = Sender(asker.workspace.id, NO_KEY_ID, asker.user.id)
    weigher = Weigher(sender, parts.prices.cards(sender.workspace_id), parts.clock.now())
    return await take_files(wanted, weigher, told)


async def take_files(
    wanted: Wanted, taker: Taker, told: Progress, *, is_stored: bool = False
) -> list[FileReport]:
    """Give all calls of files to a taker. If it stores them, raises what `import_here` does."""
    with rejecting(wanted.rejected) as reject:
        readers = _readers(wanted, reject)
        if is_stored:
            for reader in readers:
                require_calls(reader.format, wanted)
        reject.begin(is_resumed=False)
        for reader in readers:
            await _take_file(reader, taker, reject, told, None)
    return [reader.report for reader in readers]


def _readers(wanted: Wanted, reject: Reject) -> list[FileReader]:
    """All files are looked at before any is read."""
    check(wanted)
    return [FileReader(path, wanted, reject) for path in wanted.files]


def require_calls(format_: Format, wanted: Wanted) -> None:
    """Raises ConflictError for a file of sums that may not, or not yet, be stored (decision 0039)."""
    if not format_.is_summed:
        return
    if not format_.has_calls:
        raise ConflictError(
            f"{format_.title}: its rows are sums, and none says that it is one call, so none can be stored "
            "as one; they are for comparing with what is stored. --dry-run shows them"
        )
    if not wanted.is_confirmed:
        raise ConflictError(
            f"{format_.title}: its rows are sums. Those of exactly one request can be stored as calls, but "
            "have no id of the call: if the application reported it, too, it would count twice. --dry-run "
            "shows how many there are; --confirm stores them"
        )


async def _refresh(parts: Parts) -> None:
    """Prices and limits as they are now: a command has nobody who watches them."""
    await parts.prices.refresh()
    await parts.plans.refresh()


async def _take_file(
    reader: FileReader, taker: Taker, reject: Reject, told: Progress, cursor: Cursor | None
) -> None:
    after = 0 if cursor is None else await cursor.row_count()
    for group in reader.groups(after):
        taken = await taker.take(documents_of(group.ready)) if group.ready else []
        _count(reader.report, group, taken, reject)
        is_all = not reader.report.over_limit_count  # what a plan left out comes with the next import
        if cursor is not None and is_all and (last := _last_stored(group, taken)) is not None:
            cursor.put(group.row_count, last)
        told(reader.report, group.share)
    if cursor is not None:
        cursor.end()


def _count(report: FileReport, group: Group, taken: Sequence[Taken], reject: Reject) -> None:
    for ready, one in zip(group.ready, taken, strict=True):
        if one.fate == "refused":
            report.refuse(ready.place, one.problems)
            reject(report, ready.place, ready.row, one.problems)
            continue
        report.stored_count += one.fate == "stored"
        report.duplicate_count += one.fate == "duplicate"
        report.over_limit_count += one.fate == "over_limit"
        spent = report.models.setdefault((one.provider, one.model), Spent())
        spent.add(one.cost_picousd, ready.told.source_cost, is_whole=one.is_priced)


def _last_stored(group: Group, taken: Sequence[Taken]) -> str | None:
    """The id of the last call of a group that was not refused."""
    pairs = zip(group.ready, taken, strict=True)
    ids = [str(ready.told.document["externalRequestId"]) for ready, one in pairs if one.fate != "refused"]
    return ids[-1] if ids else None
