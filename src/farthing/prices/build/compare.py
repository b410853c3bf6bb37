"""Where two sources differ on one model: by unit, threshold and time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, pairwise
from typing import Final

from msgspec.structs import replace

from farthing.rules.price import ALWAYS, STANDARD, Disagreement, ModelPrices, Price
from farthing.rules.pricebook import PriceBook, PricedCall
from farthing.rules.pricing import rate_usd_text

COMPARED: Final = ("input_uncached", "output_visible", "cache_read", "cache_write", "cache_write_1h")
_WRITE: Final = "cache_write"
_FIVE_MINUTES: Final = "cache_write_5m"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One of our models against another source's prices of it.

    `now` (UTC ms) tells past from present. `evidence_start` is when the other source begins to know. Output
    rates in `explained` are those of another modality, which the other source takes for the model's own.
    """

    ours: tuple[Price, ...]
    theirs: tuple[Price, ...]
    now: int
    evidence_start: int
    explained: frozenset[int] = frozenset()


class Rates:
    """The rates of one model at any time, most specific entry first."""

    def __init__(self, prices: tuple[Price, ...]) -> None:
        self.prices = prices
        self._book = PriceBook("", [ModelPrices(provider="p", model="m", prices=prices)])

    def entry(self, at: int, tier: str = STANDARD, tokens: int = 0) -> Price | None:
        found = self._book.find(PricedCall("p", "m", at, tokens, tier))
        return found.entries[0] if found.entries else None

    def at(self, at: int, tier: str = STANDARD, tokens: int = 0) -> Mapping[str, int]:
        """Rates by compared unit; the five minute write is the plain one where no other is listed."""
        entry = self.entry(at, tier, tokens)
        rates = dict(entry.rates) if entry is not None else {}
        if _WRITE not in rates and _FIVE_MINUTES in rates:
            rates[_WRITE] = rates[_FIVE_MINUTES]
        return rates

    def thresholds(self, at: int) -> tuple[int, ...]:
        """The context thresholds in force."""
        covering = (price for price in self.prices if price.tier == STANDARD and price.covers(at))
        return tuple(sorted({price.context_above for price in covering} - {0}))


def disagreements(comparison: Comparison) -> list[Disagreement]:
    """All differences, each once, with the time it holds for."""
    ours, theirs = Rates(comparison.ours), Rates(comparison.theirs)
    found = [
        item
        for start, end in _stretches(comparison)
        for item in _between(comparison, ours, theirs, (start, end))
    ]
    found.extend(_context(comparison, ours, theirs))
    found.extend(_batch(comparison, ours, theirs))
    return _joined(found)


def agrees(ours: Mapping[str, int], theirs: Mapping[str, int]) -> bool:
    """Whether both name input and output (an embedding has none), and name them alike."""
    units = ("input_uncached", "output_visible")
    return "input_uncached" in ours and all(ours.get(unit) == theirs.get(unit) for unit in units)


def _stretches(comparison: Comparison) -> Iterator[tuple[int, int]]:
    """Times between the edges of both sources, from the first evidence on. Without hours of the day."""
    prices = [price for price in chain(comparison.ours, comparison.theirs) if price.tier == STANDARD]
    edges = {edge for price in prices for edge in (price.start, price.end) if edge is not None}
    first = min(comparison.evidence_start, comparison.now)
    inner = sorted(edge for edge in edges if edge > first)
    yield from pairwise([first, *inner, ALWAYS[1]])


def _between(
    comparison: Comparison, ours: Rates, theirs: Rates, stretch: tuple[int, int]
) -> Iterator[Disagreement]:
    start, end = stretch
    entry = theirs.entry(start)
    if entry is None or entry.hours is not None:
        return
    own, other = ours.at(start), theirs.at(start)
    for unit in COMPARED:
        kind = _kind(comparison.now, start, end)
        rate = other.get(unit)
        if rate is None or rate == own.get(unit) or _is_other_output(unit, rate, own, comparison):
            continue
        if unit in own:
            yield _disagreement(entry, kind, unit, rate, stretch)
        elif kind == "price" and unit != "cache_write_1h":
            yield _disagreement(entry, "missing", unit, rate, stretch)


def _kind(now: int, start: int, end: int) -> str:
    if start > now:
        return "announced"
    return "history" if end <= now else "price"


def _is_other_output(unit: str, rate: int, own: Mapping[str, int], comparison: Comparison) -> bool:
    return unit == "output_visible" and (rate == own.get("image_output") or rate in comparison.explained)


def _context(comparison: Comparison, ours: Rates, theirs: Rates) -> Iterator[Disagreement]:
    """Thresholds in force now that only one source knows.

    One token apart is no difference: "from 200,000" and "above 199,999" are the same.
    """
    now = comparison.now
    entry = theirs.entry(now)
    if entry is None:
        return
    known, others = ours.thresholds(now), theirs.thresholds(now)
    for above in sorted({*known, *others}):
        if not (_near(above, known) and _near(above, others)):
            rate = theirs.at(now, tokens=above + 2).get("input_uncached")
            if rate is not None:
                stretch = (entry.start or ALWAYS[0], ALWAYS[1])
                yield replace(
                    _disagreement(entry, "context", "input_uncached", rate, stretch), context_above=above
                )


def _near(above: int, thresholds: tuple[int, ...]) -> bool:
    return any(abs(above - threshold) <= 1 for threshold in thresholds)


def _batch(comparison: Comparison, ours: Rates, theirs: Rates) -> Iterator[Disagreement]:
    own, other = ours.at(comparison.now, "batch"), theirs.at(comparison.now, "batch")
    entry = theirs.entry(comparison.now, "batch")
    for unit in COMPARED[:3]:
        rate = other.get(unit)
        if entry is None or rate is None or unit not in own or rate == own[unit]:
            continue
        if not _is_other_output(unit, rate, own, comparison):
            stretch = (entry.start or ALWAYS[0], ALWAYS[1])
            yield replace(_disagreement(entry, "price", unit, rate, stretch), tier="batch")


def _disagreement(entry: Price, kind: str, unit: str, rate: int, stretch: tuple[int, int]) -> Disagreement:
    start, end = stretch
    return Disagreement(
        source=entry.source,
        kind=kind,
        unit=unit,
        usd=rate_usd_text(unit, rate),
        start=None if start == ALWAYS[0] else start,
        end=None if end == ALWAYS[1] else end,
        url=entry.source_url,
    )


def _joined(found: list[Disagreement]) -> list[Disagreement]:
    """Neighbouring stretches that say the same, as one."""
    joined: dict[tuple[object, ...], Disagreement] = {}
    for item in sorted(found, key=_order):
        key = (item.kind, item.unit, item.usd, item.tier, item.context_above)
        before = joined.get(key)
        if before is not None and before.end is not None and before.end == item.start:
            joined[key] = replace(before, end=item.end)
        else:
            joined[key if before is None else (*key, item.start)] = item
    return sorted(joined.values(), key=_order)


def _order(item: Disagreement) -> tuple[object, ...]:
    unit = COMPARED.index(item.unit)
    start = ALWAYS[0] if item.start is None else item.start
    return item.tier != STANDARD, item.context_above, unit, start, Decimal(item.usd)
