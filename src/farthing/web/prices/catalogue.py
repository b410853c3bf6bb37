"""The price list as this workspace pays it: what it used of it lately first, then everything, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get
from markupsafe import Markup

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_question
from farthing.actions.reads.query_parameters import Parameters
from farthing.prices.catalogue import PriceQuery, price_page
from farthing.prices.entries import conditions_words, entry_row, holding
from farthing.reports.question import Question, Row
from farthing.rules.periods import preset
from farthing.rules.price import ModelPrices
from farthing.rules.pricebook import PricedCall
from farthing.rules.pricing import rate_unit, rate_usd_text
from farthing.rules.ratecard import RateCard
from farthing.web.address import Address, address_of
from farthing.web.amounts import money, rate_text
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.overview.figures import dollars
from farthing.web.pages import Frame, render
from farthing.web.prices.places import PAGE, PATH, model_address
from farthing.web.words import unit_label

_A_PAGE: Final = 50
_PAGES_MAX: Final = 10_000
_USED_MAX: Final = 20
_RANGE: Final = "30d"
COLUMNS: Final = ("input_uncached", "output_visible", "cache_read", "cache_write")
"""Units that have a column; others stand beside them in words."""
_BORROWED: Final = "has no rate of its own"

Names = tuple[str, str]


@dataclass(frozen=True)
class ModelLine:
    """A model with what a plain call of it costs here now. `rates` are those of COLUMNS, None where unknown.

    `more` are further rates in words, `conditions` those under which it has another price.
    """

    provider: str
    model: str
    address: Address
    rates: tuple[str | None, ...]
    more: tuple[str, ...]
    conditions: tuple[str, ...]
    is_own: bool
    is_free: bool
    is_disputed: bool
    since: str | None
    source: str | None


@dataclass(frozen=True)
class UsedModel:
    """What the workspace used of a model in the last 30 days; `rows` are its requests."""

    line: ModelLine
    spend: Markup
    request_count: int
    unpriced_count: int
    rows: Address


@get(PATH, needs="read")
async def show_prices(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A page of the models that the search finds."""
    pairs = request.query_params.multi_items()
    parameters = Parameters(pairs)
    parameters.refuse_others(("q", "provider", "page"))
    q, provider = parameters.one("q"), parameters.one("provider")
    page = parameters.whole("page", 1, _PAGES_MAX, 1)
    parameters.raise_problems()
    first = (page - 1) * _A_PAGE
    now = parts.clock.now()
    book = parts.prices.book
    found = price_page(book, PriceQuery(at=now, provider=provider, q=q, limit=_A_PAGE, offset=first))
    address = address_of(PATH, pairs)
    has_more = first + len(found.rows) < found.total
    return render(
        request,
        "prices",
        Frame(asker, PAGE),
        used=await _used(parts, asker, provider, q) if page == 1 else [],
        lines=_lines(parts, asker, [(row.provider, row.model) for row in found.rows], now),
        total=found.total,
        first=first + 1,
        q=q or "",
        provider="" if provider is None else book.provider(provider) or provider,
        providers=sorted({entry.provider for entry in book.models}),
        newer=None if page == 1 else address.put(page=None if page == 2 else str(page - 1)),  # noqa: PLR2004 - the first
        older=address.put(page=str(page + 1)) if has_more else None,
        version=parts.prices.cards(asker.workspace.id).version,
    )


HANDLERS: Final = (show_prices,)


async def _used(parts: Parts, asker: Asker, provider: str | None, q: str | None) -> list[UsedModel]:
    """What was called in the last 30 days and passes the search, most spend first."""
    now, zone = parts.clock.now(), asker.workspace.timezone
    question = Question(
        workspace_id=asker.workspace.id,
        window=preset(_RANGE, now, ZoneInfo(zone)),
        measures=("cost", "requests", "unpriced_requests"),
        dimensions=("provider", "model"),
        timezone=zone,
        limit=_USED_MAX,
    )
    rows = (await ask_question(parts, question)).rows
    book = parts.prices.book
    wanted = None if provider is None else (book.provider(provider) or provider)
    part = (q or "").lower()
    asked = [
        row
        for row in rows
        if wanted in (None, book.provider(row.keys[0]) or row.keys[0]) and part in row.keys[1].lower()
    ]
    lines = _lines(parts, asker, [(row.keys[0], row.keys[1]) for row in asked], now)
    return [
        UsedModel(
            line=line,
            spend=_spend(row),
            request_count=int(row.values["requests"] or 0),
            unpriced_count=int(row.values["unpriced_requests"] or 0),
            rows=_rows_of(line),
        )
        for row, line in zip(asked, lines, strict=True)
    ]


def _spend(row: Row) -> Markup:
    """Unknown, not nothing, where no call of it has any price."""
    cost, unpriced = dollars(row.values["cost"]), row.values["unpriced_requests"]
    is_unknown = not cost and unpriced == row.values["requests"]
    return money(None if is_unknown else cost, bool(unpriced))


def _rows_of(line: ModelLine) -> Address:
    return Address("/requests", (("range", _RANGE), ("provider", line.provider), ("model", line.model)))


def _lines(parts: Parts, asker: Asker, names: Sequence[Names], now: int) -> list[ModelLine]:
    cards = parts.prices.cards(asker.workspace.id)
    found = [(each, cards.rate_card(PricedCall(*each, now, 0))) for each in names]
    wanted = {(card.provider, card.model) for _, card in found}
    entries = {
        (each.provider, each.model): each
        for each in parts.prices.book.models
        if (each.provider, each.model) in wanted
    }
    return [_line(each, card, entries.get((card.provider, card.model)), now) for each, card in found]


def _line(names: Names, card: RateCard, entry: ModelPrices | None, now: int) -> ModelLine:
    held = [] if entry is None else [entry_row(price) for price in holding(entry.prices, now)]
    plain = held[0] if held else None
    return ModelLine(
        provider=names[0],
        model=names[1],
        address=model_address(*names),
        rates=tuple(_rate(card, unit) for unit in COLUMNS),
        more=tuple(_more(card)),
        conditions=tuple(dict.fromkeys(conditions_words(row) for row in held[1:])),
        is_own="own price" in card.conditions or any("own/" in rate.price_id for rate in card.rates.values()),
        is_free=plain is not None and plain.is_free,
        is_disputed=any(row.confidence == "disputed" for row in held),
        since=None if plain is None or plain.start is None else plain.start[:10],
        source=None if plain is None else plain.source,
    )


def _rate(card: RateCard, unit: str) -> str | None:
    rate = card.rates.get(unit)
    return None if rate is None else rate_text(rate_usd_text(unit, rate.picousd))


def _more(card: RateCard) -> list[str]:
    """Rates of other units that are not borrowed from one of the columns."""
    told = []
    for unit, rate in card.rates.items():
        if unit in COLUMNS or _BORROWED in rate.rule or rate.rule == "free":
            continue
        if unit.startswith("cache_write") and rate.picousd == _picousd(card, "cache_write"):
            continue
        per = rate_unit(unit)
        text = rate_text(rate_usd_text(unit, rate.picousd))
        told.append(f"{unit_label(unit)} ${text}" + ("" if per == "1M tokens" else f" for {per}"))
    return told


def _picousd(card: RateCard, unit: str) -> int | None:
    rate = card.rates.get(unit)
    return None if rate is None else rate.picousd
