"""The tables of `farthing prices`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal

from rich.table import Table

from farthing.cli.tables import facts, figures, same_places, table, unrepeated, words
from farthing.prices.catalogue import PricePage
from farthing.prices.differences import KINDS, Difference, when_words
from farthing.prices.entries import EntryRow, conditions_words
from farthing.prices.history import Step
from farthing.rules.matching import Match
from farthing.rules.price import STANDARD, ModelPrices


def heading(match: Match, entry: ModelPrices, at: str | None) -> Table:
    """Which model it is, and how its name was found."""
    told = facts()
    told.add_row("Model", f"{entry.provider} {entry.model}")
    if entry.aliases:
        told.add_row("Also named", ", ".join(entry.aliases))
    told.add_row("Matched by", match.matched_by)
    if match.is_resold:
        told.add_row("Resold", f"at the list price of {entry.provider}, standard tier only")
    if at is not None:
        told.add_row("Time", at)
    return told


def price_list(page: PricePage) -> Table:
    shown = table()
    words(shown, "Provider")
    words(shown, "Model")
    rows = page.rows
    prices = {
        "Input": [row.input_price for row in rows],
        "Output": [row.output_price for row in rows],
        "Cache read": [row.cached_input_price for row in rows],
        "Write": [row.cache_write_price for row in rows],
    }
    for name in prices:
        figures(shown, name)
    shown.add_column("Since", no_wrap=True)
    columns = [same_places([_decimal(number) for number in numbers]) for numbers in prices.values()]
    providers = unrepeated(row.provider for row in rows)
    for row, provider, numbers in zip(rows, providers, zip(*columns, strict=True), strict=True):
        shown.add_row(provider, row.model, *numbers, _day(row.effective_from))
    return shown


def rates(rows: list[EntryRow]) -> Table:
    """Every rate of every entry."""
    shown = table()
    words(shown, "Conditions")
    words(shown, "Unit")
    figures(shown, "USD")
    shown.add_column("per", no_wrap=True)
    words(shown, "Rule")
    numbers = iter(same_places([rate.rate_usd for row in rows for rate in row.rates]))
    for row in rows:
        for place, (unit, has_rate, per, rule) in enumerate(_rate_lines(row)):
            said = "" if place else conditions_words(row)
            shown.add_row(said, unit, next(numbers) if has_rate else "", per, rule)
    return shown


def _rate_lines(row: EntryRow) -> Iterator[tuple[str, bool, str, str]]:
    """Unit, whether it has a rate of its own, what that is for, and what else is to be told."""
    for rate in row.rates:
        yield rate.unit, True, rate.rate_unit, "" if rate.rule == "listed" else rate.rule
    if row.is_free:
        yield "all units", False, "", "free"
    elif row.keeps_standard:
        yield "other units", False, "", "as in the standard tier"


def origins(rows: list[EntryRow]) -> Table:
    """Where every entry is from, and until when it holds."""
    shown = table()
    for name in ("Price", "Until", "Confidence", "Source", "Checked"):
        words(shown, name)
    for row in rows:
        shown.add_row(row.price_id, _day(row.end), row.confidence, row.source, row.checked or "")
    return shown


def steps_table(steps: tuple[Step, ...]) -> Table:
    """One row for each rate that an entry changed."""
    shown = table()
    shown.add_column("From", no_wrap=True)
    shown.add_column("Until", no_wrap=True)
    words(shown, "Conditions")
    shown.add_column("Unit", no_wrap=True)
    figures(shown, "Was")
    figures(shown, "Is")
    for step in steps:
        entry = step.entry
        first = (_day(entry.start), _day(entry.end), conditions_words(entry))
        for place, line in enumerate(_step_lines(step)):
            shown.add_row(*(("", "", "") if place else first), *line)
    return shown


def _step_lines(step: Step) -> Iterator[tuple[str, str, str]]:
    """Unit, rate before, rate from now on."""
    if step.begins_later:
        yield "unpriced till then", "", ""
    if step.entry.is_free:
        yield "all units", "", "free"
    elif step.follows is None:
        for rate in step.entry.rates:
            yield rate.unit, "", rate.rate_usd
    elif step.changes:
        for change in step.changes:
            yield change.unit, change.before_usd or "none", change.after_usd or "none"
    else:
        yield "no rate changed", "", ""


def differences_table(found: Iterable[Difference]) -> Table:
    entries = tuple(found)
    is_mixed = len({each.source for each in entries}) > 1
    shown = table()
    for name in ("Model", "Kind", "Unit"):
        words(shown, name)
    figures(shown, "Book")
    figures(shown, "Other")
    for name in ("When", *(["Source"] if is_mixed else [])):
        words(shown, name)
    ours, theirs = (
        same_places([getattr(each, name) for each in entries]) for name in ("book_usd", "other_usd")
    )
    models = unrepeated(each.name or each.model for each in entries)
    for each, model, book, other in zip(entries, models, ours, theirs, strict=True):
        source = [each.source] if is_mixed else []
        shown.add_row(model, each.kind, _unit(each), book, other, when_words(each), *source)
    return shown


def other_source(found: Iterable[Difference]) -> str:
    """What the columns of a table of differences mean."""
    sources = " or ".join(sorted({each.source for each in found}))
    return f"Book: what calls are priced by. Other: {sources}. USD for 1M tokens."


def kinds_table(counts: dict[str, int]) -> Table:
    shown = table()
    words(shown, "Kind")
    figures(shown, "Count")
    words(shown, "Means")
    for kind, count in counts.items():
        shown.add_row(kind, f"{count:,}", KINDS.get(kind, ""))
    return shown


def providers_table(found: tuple[Difference, ...]) -> Table:
    shown = table()
    words(shown, "Provider")
    figures(shown, "Count")
    for provider, count in Counter(each.provider for each in found).most_common():
        shown.add_row(provider, f"{count:,}")
    return shown


def _unit(each: Difference) -> str:
    tier = "" if each.tier == STANDARD else f", {each.tier}"
    above = f", above {each.context_above:,}" if each.context_above else ""
    return each.unit + tier + above


def _decimal(number: float | None) -> str | None:
    """A price as text. The number is the nearest to an exact decimal, which its shortest form gives back."""
    return None if number is None else f"{Decimal(repr(number)):f}"


def _day(instant: str | None) -> str:
    """A UTC time to the minute, the bare date where it is midnight; nothing for an open end."""
    if instant is None:
        return ""
    day, _, clock = instant.partition("T")
    return day if clock == "00:00:00Z" else f"{day} {clock[:5]}"
