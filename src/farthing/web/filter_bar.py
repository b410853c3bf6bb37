"""The filter bar: what is chosen, and where each other choice leads. The same on every page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from farthing.actions.reads.query_window import RANGE_DEFAULT
from farthing.reports.dimensions import DIMENSIONS, UNKNOWN
from farthing.reports.written_filters import ALL
from farthing.rules.events import DATA_MODES, ENVIRONMENTS, PRICING_STATUSES, STATUSES
from farthing.rules.filters import Filters
from farthing.rules.ids import key_id_text
from farthing.web.address import Address, Pair
from farthing.web.chips import Chip, chip_label, chips
from farthing.web.moments import local, window_text
from farthing.web.view import CHIPPED, View

_RANGES: Final = {
    "today": "Today",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "14d": "Last 14 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "mtd": "Month to date",
    "last_month": "Last month",
}
_MODES: Final = {"real": "Real calls", "test": "Test calls", "demo": "Demo calls", ALL: "All data modes"}
_ENVIRONMENTS: Final = {ALL: "All environments", "prod": "Prod", "staging": "Staging", "dev": "Dev"}
_CLOSED: Final = {"status": STATUSES, "pricingStatus": PRICING_STATUSES}
"""Dimensions with a few words of ours; data modes and environments have menus of their own."""


@dataclass(frozen=True)
class Choice:
    """One entry of a menu."""

    label: str
    address: Address
    is_on: bool


@dataclass(frozen=True)
class Menu:
    """A menu of choices; `is_default` while the plain one is chosen."""

    label: str
    choices: tuple[Choice, ...]
    is_default: bool = True


@dataclass(frozen=True)
class ClosedSet:
    """A parameter whose values are all known: `values` are (value, label)."""

    parameter: str
    label: str
    values: tuple[Pair, ...]


@dataclass(frozen=True)
class FilterBar:
    """All that the bar shows. `dates` are the first and last day of the range, for the form.

    `dimensions` are (parameter, label), for which any value is typed; `closed` are those with a few values.
    """

    address: Address
    ranges: Menu
    compare: Menu | None
    modes: Menu
    environments: Menu
    chips: tuple[Chip, ...]
    dimensions: tuple[tuple[str, str], ...]
    closed: tuple[ClosedSet, ...]
    dates: tuple[str, str]
    range_fields: tuple[Pair, ...]
    add_fields: tuple[Pair, ...]
    zone_fields: tuple[Pair, ...]
    timezone: str
    when: str
    warning: str | None
    real_address: Address
    ways_on: tuple[tuple[str, Address], ...]


def filter_bar(view: View, can_compare: bool = True) -> FilterBar:  # noqa: FBT001, FBT002 - pages differ in this alone
    """The bar of a view; `can_compare` for pages that show the window before as well."""
    query, address = view.query, view.address
    return FilterBar(
        address=address,
        ranges=_ranges(view),
        compare=_compare(view) if can_compare else None,
        modes=_menu(address, "data_mode", _MODES, _words(query.filters.data_modes, DATA_MODES), "real"),
        environments=_menu(
            address, "environment", _ENVIRONMENTS, _words(query.filters.environments, ENVIRONMENTS), ALL
        ),
        chips=chips(view),
        dimensions=tuple((wire, chip_label(wire)) for wire in CHIPPED if wire not in {"apiKey", *_CLOSED}),
        closed=_closed(view),
        dates=_dates(view),
        range_fields=address.hidden("range", "from", "to"),
        add_fields=address.hidden("add", "value", "not"),
        zone_fields=address.hidden("timezone"),
        timezone=query.timezone,
        when=window_text(query.window, view.zone),
        warning=warning(query.filters),
        real_address=address.put(dataMode=None, environment=None),
        ways_on=_ways_on(view),
    )


def _ways_on(view: View) -> tuple[tuple[str, Address], ...]:
    """What a page without calls offers: no filters, all data modes, a longer time; only what would be new."""
    address, filters = view.address, view.query.filters
    bare = address.put(environment=None, **dict.fromkeys(CHIPPED, None))
    longest = address.put(range="90d", from_=None, to=None, compareFrom=None, compareTo=None)
    ways = (
        ("Clear the filters", bare, bare != address),
        ("Look at all data modes", address.put(dataMode=ALL), filters.data_modes != DATA_MODES),
        ("Look at the last 90 days", longest, view.query.range_name != "90d"),
    )
    return tuple((words, place) for words, place, is_new in ways if is_new)


def _closed(view: View) -> tuple[ClosedSet, ...]:
    words = [
        ClosedSet(wire, chip_label(wire), tuple((word, word.replace("_", " ")) for word in known))
        for wire, known in _CLOSED.items()
    ]
    if not view.keys:
        return tuple(words)
    keys = [(key_id_text(key.id), view.key_name(key_id_text(key.id))) for key in view.keys]
    return (*words, ClosedSet("apiKey", "API key", (*keys, (UNKNOWN, "no key (unknown)"))))


def _ranges(view: View) -> Menu:
    chosen = view.query.range_name
    choices = tuple(
        Choice(label, view.address.put(range=name, from_=None, to=None, step=view.fresh_step), name == chosen)
        for name, label in _RANGES.items()
    )
    label = window_text(view.query.window, view.zone) if chosen is None else _RANGES[chosen]
    return Menu(label, choices, chosen == RANGE_DEFAULT)


def _compare(view: View) -> Menu:
    labels = {None: "the period before", "none": "nothing"}
    choices = tuple(
        Choice(f"Compare with {label}", view.address.put(compare=value), view.compares == (value is None))
        for value, label in labels.items()
    )
    return Menu("vs period before" if view.compares else "No comparison", choices, view.compares)


def _menu(address: Address, name: str, labels: dict[str, str], chosen: tuple[str, ...], default: str) -> Menu:
    parameter = DIMENSIONS[name].wire
    choices = tuple(
        Choice(label, address.put(**{parameter: None if value == default else value}), value in chosen)
        for value, label in labels.items()
    )
    return Menu(" + ".join(labels[word] for word in chosen), choices, chosen == (default,))


def _words(words: tuple[str, ...], every: tuple[str, ...]) -> tuple[str, ...]:
    return (ALL,) if words == every else words


def _dates(view: View) -> tuple[str, str]:
    window = view.query.window
    last = local(window.end, view.zone) - timedelta(milliseconds=1)
    return local(window.start, view.zone).date().isoformat(), last.date().isoformat()


def warning(filters: Filters) -> str | None:
    """What the banner says when this is not the plain view of real money; None when it is."""
    if filters.is_default:
        return None
    modes, environments = filters.data_modes, filters.environments
    said = []
    if modes == DATA_MODES:
        said.append("real, test and demo calls are added together")
    elif len(modes) > 1:
        said.append(f"{' and '.join(modes)} calls are added together")
    elif modes != ("real",):
        said.append(f"only {modes[0]} calls are shown")
    if environments != ENVIRONMENTS:
        said.append(f"only {' and '.join(environments)} {'is' if len(environments) == 1 else 'are'} included")
    return "; ".join(said)
