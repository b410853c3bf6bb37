"""`farthing prices export` and `diff`: the price book as a file, and against another one."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter
from rich.table import Table

from farthing.actions.errors import InvalidInputError
from farthing.cli.given import provider_given
from farthing.cli.place import HERE, Place, book_content, book_of
from farthing.cli.tables import AsJson, figures, table, tell, words
from farthing.prices.comparison import Difference, compare
from farthing.prices.export import COLUMNS, ExportRow, export
from farthing.prices.snapshot import load_snapshot
from farthing.rules.csv_cell import csv_cell
from farthing.rules.problems import FieldProblem

_SHOWN_MAX = 200


def export_prices(
    *,
    provider: str | None = None,
    as_format: Annotated[Literal["csv", "ndjson", "snapshot"], Parameter(name="--format")] = "csv",
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Print every rate of the price book, one a line, with its conditions, time and source.

    Parameters
    ----------
    provider
        Only models of this provider, however it is spelled.
    as_format
        csv with a heading; ndjson: one JSON object a line; or snapshot: the whole book, as
        `farthing prices import` reads it.
    as_json
        Print {"version", "rates"}, with the rates as `ndjson` has them.
    """
    if as_json and as_format != "csv":
        raise InvalidInputError(
            [FieldProblem("--json", f"can't be given together with --format {as_format}")]
        )
    if as_format == "snapshot":
        _print_snapshot(provider, place)
        return
    book = book_of(place)
    rows = export(book, provider_given(book, provider))
    if as_json:
        print(msgspec.json.encode({"version": book.version, "rates": list(rows)}).decode())
    elif as_format == "csv":
        _print_csv(rows)
    else:
        for row in rows:
            print(msgspec.json.encode(row).decode())


def diff(snapshot: Path, *, as_json: AsJson = False, place: Place = HERE) -> None:
    """What a snapshot file would change: from the book that holds to the one in the file.

    Without --data or --database-url the book that holds is the one of this release.

    Parameters
    ----------
    snapshot
        The file: what `farthing prices export --format snapshot` prints.
    as_json
        Print {"before", "after", "differences"}, with rates as exact decimal text.
    """
    own, other = book_of(place), load_snapshot(snapshot).book
    found = list(compare(own, other))
    if as_json:
        told = {"before": own.version, "after": other.version, "differences": msgspec.to_builtins(found)}
        print(json.dumps(told))
        return
    if found:
        tell(_differences(found[:_SHOWN_MAX]), "")
    counts = Counter(each.kind for each in found)
    said = ", ".join(f"{counts[kind]:,} {kind}" for kind in ("added", "removed", "changed"))
    rest = f"; the first {_SHOWN_MAX} are shown, --json has all" if len(found) > _SHOWN_MAX else ""
    tell(f"From {own.version} to {other.version}: entries {said}{rest}")


def _print_snapshot(provider: str | None, place: Place) -> None:
    """The bytes as they are: another line end would be another version."""
    if provider is not None:
        raise InvalidInputError([FieldProblem("--provider", "a snapshot holds all providers; leave it out")])
    sys.stdout.buffer.write(book_content(place))


def _print_csv(rows: Iterable[ExportRow]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([csv_cell(value) for value in msgspec.structs.astuple(row)])


def _differences(found: list[Difference]) -> Table:
    shown = table()
    words(shown, "Price")
    words(shown, "What")
    words(shown, "Unit")
    for name in ("Before", "After"):
        figures(shown, name)
    shown.add_column("per", no_wrap=True)
    for each in found:
        what = f"{each.kind}, new model" if each.is_new_model and each.kind == "added" else each.kind
        what += ", other end" if each.is_end_moved else ""
        shown.add_row(each.price_id, what)
        for change in each.changes:
            shown.add_row(
                "", "", change.unit, change.before_usd or "", change.after_usd or "", change.rate_unit
            )
    return shown
