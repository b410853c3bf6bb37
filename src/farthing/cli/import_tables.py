"""What an import has found and done, on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

from farthing.actions.imports.report import FileReport, Spent, Sums, all_of
from farthing.cli.tables import facts, figures, same_places, table, tell, words
from farthing.rules.money import usd_text


def tell_reports(reports: Sequence[FileReport], *, is_dry_run: bool) -> None:
    """Each file, and at the end all of them together where there are several."""
    for place, report in enumerate(reports):
        tell(*([""] if place else []), *_parts(report, is_dry_run=is_dry_run))
    if len(reports) > 1:
        told = ", ".join(f"{sum(counts):,} {word}" for word, counts in _all(reports, is_dry_run=is_dry_run))
        tell("", f"All {len(reports)} files: {told}")


def _all(reports: Sequence[FileReport], *, is_dry_run: bool) -> Iterator[tuple[str, list[int]]]:
    yield "rows", [each.row_count for each in reports]
    if is_dry_run:
        yield "calls", [each.call_count for each in reports]
    else:
        yield "stored", [each.stored_count for each in reports]
        yield "duplicates", [each.duplicate_count for each in reports]
    yield "refused", [each.refused_count for each in reports]


def _parts(report: FileReport, *, is_dry_run: bool) -> Iterator[object]:
    how = "known by its columns" if report.is_recognised else "as it was said"
    yield f"{report.file}: {report.title}, {report.kind}, {how}"
    yield _counts(report, is_dry_run=is_dry_run)
    if report.models:
        yield ""
        yield _models(report.models)
    if report.summed:
        yield ""
        yield "Rows that are sums of calls; none of them is stored:"
        yield _sums(report.summed)
    yield from _columns("Unknown columns, of which nothing is kept, with an example:", report.unknown)
    if report.hints:
        yield ""
        yield "Some may be meant for fields of a call; these flags take them for such:"
        yield from (f"  {flag}" for flag in report.hints.values())
    yield from _columns("Columns that are left out on purpose:", report.ignored)
    yield from _refusals(report)


def _counts(report: FileReport, *, is_dry_run: bool) -> Table:
    grid = facts()
    _row(grid, "rows", report.row_count)
    if report.resumed_after:
        _row(grid, "done before", report.resumed_after, "an import was broken off after these rows")
    if is_dry_run:
        _row(grid, "calls", report.call_count, "would be stored, unless they are already")
    else:
        _row(grid, "stored", report.stored_count)
        _row(grid, "duplicates", report.duplicate_count, "were there already")
    if report.over_limit_count:
        _row(grid, "over the limit", report.over_limit_count, "the plan has no request left in this month")
    for why, count in report.skipped.items():
        _row(grid, "no call", count, why)
    if report.summed_count:
        _row(grid, "sums", report.summed_count, "rows that hold more than one call, or don't say how many")
    _row(grid, "refused", report.refused_count)
    for note, count in report.notes.items():
        _row(grid, "note", count, note)
    return grid


def _row(grid: Table, word: str, count: int, why: str = "") -> None:
    grid.add_row(f"  {word}", f"{count:,}", why)


def _models(models: Mapping[tuple[str, str], Spent]) -> Table:
    shown = table()
    words(shown, "Provider")
    words(shown, "Model")
    for heading in ("Calls", "Cost USD", "Unpriced", "Source says", "Difference"):
        figures(shown, heading)
    rows = sorted(models.items(), key=lambda item: (-item[1].cost_picousd, item[0]))
    if len(rows) > 1:
        rows.append((("All", ""), all_of(models.values())))
    costs = same_places([_cost(spent) for _, spent in rows], 6)
    sources = same_places([_source(spent) for _, spent in rows], 6)
    differences = same_places([_difference(spent) for _, spent in rows], 6)
    for (key, spent), cost, source, difference in zip(rows, costs, sources, differences, strict=True):
        bound = "≥ " if cost and spent.unpriced_count else ""
        unpriced = f"{spent.unpriced_count:,}" if spent.unpriced_count else ""
        shown.add_row(
            *key, f"{spent.call_count:,}", bound + (cost or "unknown"), unpriced, source, difference
        )
    return shown


def _cost(spent: Spent) -> str | None:
    """None where nothing of it has a price."""
    is_unknown = spent.unpriced_count == spent.call_count and not spent.cost_picousd
    return None if is_unknown else usd_text(spent.cost_picousd)


def _source(spent: Spent) -> str | None:
    return usd_text(spent.source_picousd) if spent.compared_count else None


def _difference(spent: Spent) -> str | None:
    """Of those calls that both have a cost for."""
    return usd_text(spent.compared_picousd - spent.source_picousd) if spent.compared_count else None


def _sums(summed: Mapping[str, Sums]) -> Table:
    shown = table()
    words(shown, "Model or item")
    for heading in ("Rows", "Requests", "Input tokens", "Output tokens", "Source says USD"):
        figures(shown, heading)
    costs = same_places(
        [usd_text(each.cost_picousd) if each.cost_picousd else None for each in summed.values()]
    )
    for (model, sums), cost in zip(summed.items(), costs, strict=True):
        requests = "" if sums.request_count is None else f"{sums.request_count:,}"
        shown.add_row(
            model,
            f"{sums.row_count:,}",
            requests,
            *(f"{count:,}" if count else "" for count in (sums.input_tokens, sums.output_tokens)),
            cost,
        )
    return shown


def _columns(heading: str, columns: Mapping[str, str]) -> Iterator[Any]:
    if columns:
        yield ""
        yield heading
        grid = facts()
        for name, told in columns.items():
            grid.add_row(f"  {name}", told)
        yield grid


def _refusals(report: FileReport) -> Iterator[str]:
    if not report.refused_count:
        return
    yield ""
    yield "Refused:"
    for refusal in report.refusals:
        yield f"  {report.place_word} {refusal.place}: {refusal.told}"
    more = report.refused_count - len(report.refusals)
    if more:
        yield f"  and {more:,} more; --rejected FILE keeps all"
