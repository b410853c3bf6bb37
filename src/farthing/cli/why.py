"""`farthing why`: what spend changed by, in parts that add up, and who is behind it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter
from rich.table import Table

from farthing.actions.parts import Parts
from farthing.actions.reads.ask_change import ask_change
from farthing.actions.reads.asked_query import asked_query
from farthing.actions.reads.compare_window import compare_window
from farthing.api.changes import CHANGES, ChangesAnswer, DriversShape, SideShape, changes_answer
from farthing.cli.amounts import AT_LEAST, dollars
from farthing.cli.filter_options import ALL_CALLS, Calls
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, figures, table, tell, words


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Against:
    """What to compare with.

    Parameters
    ----------
    compare_from
        From this date or instant on [default: the time right before, as long].
    compare_to
        Before this date or instant [default: as long as the time in question].
    limit
        How many values of each dimension, at most 100.
    """

    compare_from: Annotated[str | None, Parameter(name="--compare-from")] = None
    compare_to: Annotated[str | None, Parameter(name="--compare-to")] = None
    limit: int = 5

    def pairs(self) -> list[tuple[str, str]]:
        """As a URL would say it."""
        named = {"compareFrom": self.compare_from, "compareTo": self.compare_to, "limit": str(self.limit)}
        return [(name, value) for name, value in named.items() if value is not None]


BEFORE: Final = Against()
"""The time right before, as long."""


def why(
    *,
    whom: Whom,
    calls: Calls = ALL_CALLS,
    against: Against = BEFORE,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Say why spend changed: a sentence, the parts that the change is made of, and who is behind it.

    Parameters
    ----------
    as_json
        Print one object, with the fields of the API.
    """

    async def work(parts: Parts) -> ChangesAnswer:
        asker = await whom.asker(parts)
        pairs = [*calls.pairs(), *against.pairs()]
        query = await asked_query(parts, asker, pairs, CHANGES)
        return changes_answer(query, await ask_change(parts, asker, query, compare_window(pairs, query)))

    told = work_with(place, work)
    if as_json:
        print(msgspec.json.encode(told).decode())
        return
    tell(told.summary, "", _sides(told))
    if told.parts:
        tell("", _parts(told))
    for each in told.drivers:
        tell("", _drivers(each))
    notes = [told.note, _unpriced(told)]
    for note in filter(None, notes):
        tell("", note)


def _sides(told: ChangesAnswer) -> Table:
    shown = table()
    for name in ("", "From", "To"):
        words(shown, name)
    for name in ("Requests", "USD"):
        figures(shown, name)
    for name, side in (("before", told.before), ("now", told.after)):
        amount = _bound(side) + _money(side.amount_usd)
        shown.add_row(name, side.range.start, side.range.end, f"{side.requests:,}", amount)
    return shown


def _bound(side: SideShape) -> str:
    return AT_LEAST if side.unpriced.requests else ""


def _money(amount_usd: str) -> str:
    return dollars(Decimal(amount_usd))


def _parts(told: ChangesAnswer) -> Table:
    """The parts that are not 0, and their sum; --json has them to the last digit."""
    shown = table()
    words(shown, "Part")
    figures(shown, "USD")
    words(shown, "Most of it")
    parts = [each for each in told.parts if each.cost_usd]
    for each in parts:
        most = " ".join(each.leaders[0].where.values()) if each.leaders else ""
        shown.add_row(each.label, _money(each.amount_usd), most)
    shown.add_row("Change", _money(told.change.amount_usd), "", style="bold")
    return shown


def _drivers(found: DriversShape) -> Table:
    """The values of a dimension; those that explain most of the change have a mark."""
    shown = table()
    words(shown, found.by)
    for name in ("Before", "Now", "Change"):
        figures(shown, name)
    for each in found.items:
        cells = (_money(side.amount_usd) for side in (each.before, each.after, each.change))
        mark = "* " if each.key in found.explaining else "  "
        shown.add_row(mark + each.key, *cells)
    if found.rest.cost_usd:
        shown.add_row("  (all others)", "", "", _money(found.rest.amount_usd), style="dim")
    return shown


def _unpriced(told: ChangesAnswer) -> str:
    """Which costs are lower bounds."""
    sides = [(name, side) for name, side in (("before", told.before), ("now", told.after)) if _bound(side)]
    if not sides:
        return ""
    said = [f"{side.unpriced.requests:,} of {side.requests:,} requests {name}" for name, side in sides]
    return f"{' and '.join(said)} have no full price: what they cost is in no part."
