"""A new price book for the installation, from a file or from the installed price packages.

It is compared with the book that holds first. Where a row breaks a rule nothing is changed; a price that
changes so much that it may be a slip has to be confirmed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import msgspec

from farthing.actions.audit import of_installation
from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.prices import Snapshot, SnapshotError
from farthing.prices.admission import Verdict, judge, untimely
from farthing.prices.build import missing_packages
from farthing.prices.comparison import Difference, compare, says_the_same
from farthing.prices.packing import pack
from farthing.prices.snapshot import read
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import AlreadyExistsError, Changes, ImportedBook

_NAME_MAX: Final = 200
_MS: Final = 1000


class NewBook(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be imported: a snapshot file's content, what it was read from, and who asks for it."""

    content: bytes
    source: str
    imported_by: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it, or would without `is_check`.

    `version` is None for a file that could not be read as a whole. `is_known`: the book that holds says the
    same. `is_stored`: it holds from now on.
    """

    before: str
    version: str | None = None
    verdict: Verdict = Verdict()
    differences: tuple[Difference, ...] = ()
    is_known: bool = False
    is_stored: bool = False


async def import_prices(
    parts: Parts, new: NewBook, *, is_confirmed: bool = False, is_check: bool = False
) -> Outcome:
    """Judge a book and, if nothing speaks against it, let it hold: in this process at once, in others soon.

    Raises SnapshotError for what is no snapshot, InvalidInputError for one of the wrong day or when another
    was imported meanwhile.
    """
    await parts.prices.refresh()
    held, after_id = parts.prices.shelf.held, parts.prices.shelf.newest_id
    try:
        snapshot = read(new.content, new.source)
    except SnapshotError as error:
        if not error.faults:
            raise
        return Outcome(before=held.book.version, verdict=Verdict(error.faults))
    outcome = _judged(held, snapshot, parts.clock.now())
    is_stopped = (
        outcome.is_known or outcome.verdict.refused or (outcome.verdict.to_confirm and not is_confirmed)
    )
    if is_stopped or is_check:
        return outcome
    await _store(parts, new, snapshot, after_id)
    return msgspec.structs.replace(outcome, is_stored=True)


async def update_prices(
    parts: Parts, imported_by: str, *, is_confirmed: bool = False, is_check: bool = False
) -> Outcome:
    """The same with the book that holds, carried on with what the installed price packages say now.

    Raises NotFoundError where they are not installed.
    """
    missing = missing_packages()
    if missing:
        raise NotFoundError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed beside Farthing; "
            "`pip install 'farthing[prices]'` brings them, and nothing else needs them"
        )
    from farthing.prices.build.update import updated  # noqa: PLC0415 - needs the packages

    await parts.prices.refresh()
    held = parts.prices.shelf.held
    content = await asyncio.to_thread(updated, held, parts.clock.now())
    snapshot = read(content, "the installed packages")
    if says_the_same(held.book, snapshot.book):
        return Outcome(before=held.book.version, version=snapshot.book.version, is_known=True)
    source = ", ".join(f"{source.name} {source.version}" for source in snapshot.sources)
    new = NewBook(content=content, source=source, imported_by=imported_by)
    return await import_prices(parts, new, is_confirmed=is_confirmed, is_check=is_check)


def _judged(held: Snapshot, snapshot: Snapshot, now: int) -> Outcome:
    before, after = held.book, snapshot.book
    if before.version == after.version:
        return Outcome(before=before.version, version=after.version, is_known=True)
    reason = untimely(held, snapshot, datetime.fromtimestamp(now / _MS, UTC).date())
    if reason is not None:
        raise InvalidInputError([FieldProblem("date", reason)])
    verdict = judge(before, after, now)
    return Outcome(
        before=before.version,
        version=after.version,
        verdict=verdict,
        differences=tuple(compare(before, after)),
    )


async def _store(parts: Parts, new: NewBook, snapshot: Snapshot, after_id: int) -> None:
    book = ImportedBook(
        id=0,
        version=snapshot.book.version,
        date=snapshot.date,
        source=_printable(new.source),
        imported_by=_printable(new.imported_by),
        imported_at=parts.clock.now(),
    )
    body = pack(new.content)

    async def work(changes: Changes) -> None:
        kept = await changes.add_price_book(book, body, after_id)
        told = {"date": kept.date, "source": kept.source}
        entry = of_installation(kept.imported_by, kept.imported_at, "price_book.imported", kept.version, told)
        await changes.enter(entry)

    try:
        await parts.change(work)
    except AlreadyExistsError as error:
        raise InvalidInputError([FieldProblem("book", f"{error}; look at it, then try again")]) from error
    await parts.prices.refresh()


def _printable(text: Iterable[str]) -> str:
    """A name for a column and a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_NAME_MAX]
