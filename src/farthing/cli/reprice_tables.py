"""Re-pricings on a terminal: the list of them, and what one would do or has done."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from farthing.api.repricings import PreviewShape, RepricingItem, TallyShape
from farthing.cli.tables import figures, same_places, table, words


def listed(items: list[RepricingItem]) -> Table:
    """One line each: what it changes, or has changed."""
    shown = table()
    for heading in ("Id", "State", "Made"):
        shown.add_column(heading, no_wrap=True)
    figures(shown, "Changed")
    figures(shown, "Difference USD")
    words(shown, "Note")
    tallies = [_tally(item) for item in items]
    differences = same_places([tally.difference_usd for tally in tallies])
    for item, tally, difference in zip(items, tallies, differences, strict=True):
        shown.add_row(item.id, item.state, item.created_at[:10], f"{tally.changed:,}", difference, item.note)
    return shown


def _tally(item: RepricingItem) -> TallyShape:
    return item.applied if item.applied_at or item.preview is None else item.preview.total


def told_of(item: RepricingItem) -> Iterator[object]:
    """Texts and tables that say what it would do, has done, or has undone, and what can be done next."""
    if item.state == "previewed" and item.preview is not None:
        yield from _previewed(item, item.preview)
    elif item.state == "reverted":
        back = item.reverted - item.passed_over
        yield f"{item.id}: {back:,} calls have back what they had"
        if item.passed_over:
            yield f"{item.passed_over:,} were amended or voided since, and stay as they are"
    else:
        done = item.applied
        yield f"{item.id}: {done.changed:,} calls changed, from {done.before_usd} to {done.after_usd} USD"
        if done.changed:
            yield f"Undo it with: farthing reprice --revert {item.id}"


def _previewed(item: RepricingItem, preview: PreviewShape) -> Iterator[object]:
    total, closed = preview.total, preview.closed
    yield f"{item.id}: {total.changed:,} of {total.requests:,} calls would change"
    if total.changed or closed.changed:
        yield from ("", _months(preview), "", _models(preview))
    if preview.retention.truncated:
        yield ""
        since = preview.retention.available_from_utc
        yield f"Calls before {since} are kept as sums only, which stay as they are."
    if closed.changed:
        yield ""
        yield f"{closed.changed:,} calls of closed months would change by {closed.difference_usd} USD."
        yield "They stay as they are without --include-closed-months."
    elif closed.requests:
        yield f"{closed.requests:,} calls of closed months were looked at too; none of them would change."
    yield ""
    yield f"Do it with: farthing reprice --apply {item.id}" if total.changed else "There is nothing to do."


def _months(preview: PreviewShape) -> Table:
    shown = table()
    shown.add_column("Month", no_wrap=True)
    for heading in ("Calls", "Changed", "Before USD", "After USD", "Unpriced", "then"):
        figures(shown, heading)
    before = same_places([line.tally.before_usd for line in preview.months])
    after = same_places([line.tally.after_usd for line in preview.months])
    for line, was, will in zip(preview.months, before, after, strict=True):
        tally = line.tally
        name = f"{line.month} (closed)" if line.is_closed else line.month
        counts = (tally.unpriced_before, tally.unpriced_after)
        shown.add_row(
            name, f"{tally.requests:,}", f"{tally.changed:,}", was, will, *(f"{count:,}" for count in counts)
        )
    return shown


def _models(preview: PreviewShape) -> Table:
    shown = table()
    words(shown, "Model")
    words(shown, "then")
    for heading in ("Changed", "Difference USD"):
        figures(shown, heading)
    differences = same_places([line.tally.difference_usd for line in preview.models])
    for line, difference in zip(preview.models, differences, strict=True):
        then = "" if line.model_after == line.model else line.model_after
        shown.add_row(f"{line.provider} {line.model}", then, f"{line.tally.changed:,}", difference)
    return shown
