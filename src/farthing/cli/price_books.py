"""`farthing prices import`, `update` and `versions`: the price books of an installation."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
from cyclopts import Parameter, validators
from rich.table import Table

from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.prices.import_prices import NewBook, Outcome, import_prices, update_prices
from farthing.actions.prices.list_price_books import BookRow, list_price_books
from farthing.cli.place import HERE, Place, work_with
from farthing.cli.tables import AsJson, figures, table, tell, under_way, words
from farthing.cli.who import who
from farthing.prices.comparison import Kind
from farthing.prices.faults import RULES, Fault
from farthing.prices.snapshot import snapshot_bytes
from farthing.rules.instants import instant
from farthing.rules.problems import FieldProblem

_ROWS_SHOWN: Final = 50
_SIGNS: Final[dict[Kind, str]] = {"added": "+", "removed": "-", "changed": "~"}
_TO_MINUTES: Final = len("2026-11-24T22:46")

T = TypeVar("T")
Switch = Annotated[bool, Parameter(negative=())]
Limit = Annotated[int, Parameter(validator=validators.Number(gte=1))]


def import_file(
    file: Path,
    *,
    confirm: Switch = False,
    check: Switch = False,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Let a price book from a file hold, if no row of it breaks a rule. Running servers know in two seconds.

    Parameters
    ----------
    file
        A snapshot, as `farthing prices export --format snapshot` prints it.
    confirm
        Rates may change more than threefold, and announced prices may change or go.
    check
        Only say what would come of it.
    as_json
        Print {"before", "version", "isStored", "isKnown", "changes", "refused", "toConfirm"}.
    """
    new = NewBook(content=snapshot_bytes(file), source=file.name, imported_by=who())

    def work(parts: Parts) -> Awaitable[Outcome]:
        return import_prices(parts, new, is_confirmed=confirm, is_check=check)

    _tell_outcome(_worked(place, work, "Comparing the price books"), as_json=as_json, is_confirmed=confirm)


def update(
    *, confirm: Switch = False, check: Switch = False, as_json: AsJson = False, place: Place = HERE
) -> None:
    """Carry the price book on with what the installed price packages say now. Nothing is fetched.

    Parameters
    ----------
    confirm
        Rates may change more than threefold, and announced prices may change or go.
    check
        Only say what would come of it.
    as_json
        Print {"before", "version", "isStored", "isKnown", "changes", "refused", "toConfirm"}.
    """

    def work(parts: Parts) -> Awaitable[Outcome]:
        return update_prices(parts, who(), is_confirmed=confirm, is_check=check)

    outcome = _worked(place, work, "Reading the installed price packages")
    _tell_outcome(outcome, as_json=as_json, is_confirmed=confirm)


def versions(*, limit: Limit = 20, as_json: AsJson = False, place: Place = HERE) -> None:
    """The release's price book and the imported ones: which holds, who imported it, what it changed.

    Parameters
    ----------
    limit
        How many at most, the last ones.
    as_json
        Print a list with the counts of models, entries and changes.
    """

    def work(parts: Parts) -> Awaitable[list[BookRow]]:
        return list_price_books(parts, limit)

    rows = _worked(place, work, "Reading the price books")
    if as_json:
        print(json.dumps([_row(row) for row in rows]))
    else:
        tell(_versions(rows), *(row.problem for row in rows if row.problem))
        tell("", "Entries: + added, - removed, ~ changed against the book above.")


def _worked(place: Place, work: Callable[[Parts], Awaitable[T]], what: str) -> T:
    with under_way(what):
        return work_with(place, work)


def _tell_outcome(outcome: Outcome, *, as_json: bool, is_confirmed: bool) -> None:
    """Raises InvalidInputError, when all is told, for a book that may not hold."""
    refused, doubtful = outcome.verdict.refused, outcome.verdict.to_confirm
    if as_json:
        print(json.dumps(_answer(outcome)))
    else:
        for faults in filter(None, (refused, doubtful)):
            tell(*_lines(faults))
    if refused:
        told = f"{_rows(refused, 'breaks', 'break')} a rule; nothing was changed"
        raise InvalidInputError([FieldProblem("book", told)])
    if doubtful and not is_confirmed:
        told = f"{_rows(doubtful, 'needs', 'need')} a look first; nothing was changed"
        raise InvalidInputError([FieldProblem("--confirm", told)])
    if not as_json:
        tell(_sentence(outcome))


def _sentence(outcome: Outcome) -> str:
    if outcome.is_known:
        return f"The price book that holds says all of it already: {outcome.before}"
    counts = _changes(outcome)
    changes = ", ".join(f"{counts[kind]:,} {kind}" for kind in _SIGNS)
    verb = "holds from now on" if outcome.is_stored else "would hold"
    return f"{outcome.version} {verb}. Entries against {outcome.before}: {changes}"


def _changes(outcome: Outcome) -> dict[str, int]:
    counts = Counter(each.kind for each in outcome.differences)
    return {kind: counts[kind] for kind in _SIGNS}


def _answer(outcome: Outcome) -> dict[str, Any]:
    return {
        "before": outcome.before,
        "version": outcome.version,
        "isStored": outcome.is_stored,
        "isKnown": outcome.is_known,
        "changes": _changes(outcome),
        "refused": msgspec.to_builtins(outcome.verdict.refused),
        "toConfirm": msgspec.to_builtins(outcome.verdict.to_confirm),
    }


def _rows(faults: tuple[Fault, ...], does: str, do: str) -> str:
    return f"1 row {does}" if len(faults) == 1 else f"{len(faults):,} rows {do}"


def _lines(faults: tuple[Fault, ...]) -> Iterator[str]:
    """The first rows, then what the rules ask that they break."""
    yield from map(_line, faults[:_ROWS_SHOWN])
    more = len(faults) - _ROWS_SHOWN
    if more > 0:
        yield f"and {more:,} more; --json has all"
    yield ""
    for rule in dict.fromkeys(fault.rule for fault in faults):
        yield f"{rule}: {RULES[rule]}"
    yield ""


def _line(fault: Fault) -> str:
    """A line that can be searched and copied: in columns the ids would be broken."""
    limit = None if fault.limit is None else f"against {fault.limit}"
    per = None if fault.rate_unit is None else f"({fault.rate_unit})"
    told = (_price(fault), fault.unit, fault.given, limit, per)
    return " ".join(each for each in (*told, f"- {fault.rule}") if each)


def _price(fault: Fault) -> str:
    """The entry's id, which begins with provider and model; or as much of it as the row is about."""
    return fault.price_id or "/".join(filter(None, (fault.provider, fault.model)))


def _versions(rows: list[BookRow]) -> Table:
    shown = table()
    shown.add_column("Version", no_wrap=True)
    shown.add_column("", no_wrap=True)
    figures(shown, "Models")
    figures(shown, "Entries")
    shown.add_column("Imported", no_wrap=True)
    words(shown, "From")
    for row in rows:
        imported = row.imported
        shown.add_row(
            row.version,
            "holds" if row.holds else "broken" if row.problem else "",
            "" if row.model_count is None else f"{row.model_count:,}",
            " ".join(f"{sign}{row.changes[kind]:,}" for kind, sign in _SIGNS.items()) if row.changes else "",
            "" if imported is None else instant(imported.imported_at)[:_TO_MINUTES],
            "this release" if imported is None else f"{imported.source}, by {imported.imported_by}",
        )
    return shown


def _row(row: BookRow) -> dict[str, Any]:
    imported = row.imported
    return {
        "version": row.version,
        "date": row.date,
        "isRelease": imported is None,
        "holds": row.holds,
        "source": None if imported is None else imported.source,
        "importedBy": None if imported is None else imported.imported_by,
        "importedAt": None if imported is None else instant(imported.imported_at),
        "modelCount": row.model_count,
        "entryCount": row.entry_count,
        "changes": row.changes,
        "problem": row.problem,
    }
