"""A model's page: what it costs here, every price it had, where the sources differ, and what is own of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get
from markupsafe import Markup

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.prices.look_up import KnownModel, look_up_model
from farthing.actions.prices.manage_own_prices import emails_of_members
from farthing.actions.reads.ask_question import ask_question
from farthing.prices.differences import KINDS, Difference, when_words
from farthing.prices.entries import EntryRow, RateRow, conditions_words, in_order
from farthing.prices.history import Step
from farthing.reports.question import Question
from farthing.rules.filters import Filters
from farthing.rules.periods import preset
from farthing.rules.price import STANDARD
from farthing.rules.pricing import rate_unit, rate_usd_text
from farthing.rules.ratecard import UNKNOWN
from farthing.web.address import Address, address_of
from farthing.web.amounts import NARROW_SPACE, money, rate_text
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.overview.figures import dollars
from farthing.web.pages import Frame, render
from farthing.web.prices.chart import HEIGHT, WIDTH, step_chart
from farthing.web.prices.own_words import own_price
from farthing.web.prices.places import COST_PATH, MODEL_PATH, PAGE
from farthing.web.requests.receipt import safe_link
from farthing.web.words import MATCHED_BY, REASONS, unit_label

_RANGE: Final = "30d"
MINUS: Final = "\u2212"


@dataclass(frozen=True)
class RateLine:
    """A rate in words; `price_id` names the price that it is from."""

    unit: str
    rate: str
    per: str
    rule: str
    price_id: str = ""


@dataclass(frozen=True)
class EntryLine:
    """A price that holds now: its conditions, its rates, and where it is from."""

    conditions: str
    rates: tuple[RateLine, ...]
    note: str
    row: EntryRow
    source_url: str | None


@dataclass(frozen=True)
class StepRow:
    """A price of the history: when it held and what it changed, as (unit, before, after)."""

    conditions: str
    start: str
    end: str
    changes: tuple[tuple[str, str, str], ...]
    note: str
    row: EntryRow
    source_url: str | None
    is_now: bool


@dataclass(frozen=True)
class Used:
    """What the workspace used of it in the last 30 days."""

    spend: Markup
    request_count: int
    unpriced_count: int
    rows: Address


@get(MODEL_PATH, needs="read")
async def show_model(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The model that `provider` and `model` mean here."""
    pairs = address_of(MODEL_PATH, request.query_params.multi_items()).pairs
    known = await look_up_model(parts, asker, pairs)
    emails = await emails_of_members(parts, asker)
    card, now = known.card, parts.clock.now()
    names = (("provider", known.provider), ("model", known.name))
    return render(
        request,
        "price_model",
        Frame(asker, PAGE),
        known=known,
        matched=MATCHED_BY[card.matched_by],
        reason=None if card.reason is None else REASONS[card.reason],
        is_unknown=card.reason in UNKNOWN,
        rates=_rates_now(known),
        entries=[_entry_line(row) for row in known.holding],
        chart=step_chart(known.steps, now),
        size=(WIDTH, HEIGHT),
        steps=[_step_row(step, known.holding) for step in reversed(known.steps)],
        differences=[difference_line(each) for each in known.differences],
        kinds=KINDS,
        own=[own_price(each, emails.get(each.created_by), now) for each in known.own],
        used=await _used(parts, asker, known),
        cost=Address(COST_PATH, names),
        new_price=Address("/prices/own/new", names),
        new_alias=Address(
            "/prices/aliases/new",
            (("target_provider", known.entry.provider), ("target_model", known.entry.model)),
        ),
    )


HANDLERS: Final = (show_model,)


def _rates_now(known: KnownModel) -> list[RateLine]:
    """What a plain call costs in this workspace."""
    return [
        RateLine(
            unit=unit_label(unit),
            rate=rate_text(rate_usd_text(unit, known.card.rates[unit].picousd)),
            per=rate_unit(unit),
            rule=known.card.rates[unit].rule,
            price_id=known.card.rates[unit].price_id,
        )
        for unit in in_order(known.card.rates)
    ]


def _rate_line(rate: RateRow) -> RateLine:
    rule = "" if rate.rule == "listed" else rate.rule
    return RateLine(unit_label(rate.unit), rate_text(rate.rate_usd), rate.rate_unit, rule)


def _entry_line(row: EntryRow) -> EntryLine:
    note = "all units are free" if row.is_free else ""
    if row.keeps_standard:
        note = "other units as in the standard tier"
    rates = tuple(_rate_line(rate) for rate in row.rates)
    return EntryLine(_label(row), rates, note, row, safe_link(row.source_url))


def _label(row: EntryRow) -> str:
    words = conditions_words(row)
    return "standard" if words == STANDARD else words


def _step_row(step: Step, now: tuple[EntryRow, ...]) -> StepRow:
    row = step.entry
    if step.follows is None:
        changes = tuple((unit_label(rate.unit), "", _usd(rate.rate_usd)) for rate in row.rates)
        note = "free" if row.is_free else ""
    else:
        changes = tuple(
            (unit_label(each.unit), _usd(each.before_usd), _usd(each.after_usd)) for each in step.changes
        )
        note = "" if changes else "no rate changed"
    if step.begins_later:
        note = "without a price until then"
    return StepRow(
        conditions=_label(row),
        start=_day(row.start),
        end=_day(row.end),
        changes=changes,
        note=note,
        row=row,
        source_url=safe_link(row.source_url),
        is_now=row in now,
    )


def _usd(text: str | None) -> str:
    return "none" if text is None else f"${rate_text(text)}"


def _day(instant: str | None) -> str:
    """A UTC time to the minute, the bare date where it is midnight; nothing for an open end."""
    if instant is None:
        return ""
    day, _, clock = instant.partition("T")
    return day if clock == "00:00:00Z" else f"{day} {clock[:5]}"


@dataclass(frozen=True)
class DifferenceLine:
    """What the sources say of a unit. `gap` is how far the other is from the book, in per cent of it."""

    item: Difference
    unit: str
    book: str | None
    other: str
    gap: str
    when: str
    url: str | None


def difference_line(each: Difference) -> DifferenceLine:
    """A difference in words."""
    unit = unit_label(each.unit)
    unit += "" if each.tier == STANDARD else f", {each.tier}"
    unit += f", above {each.context_above:,}" if each.context_above else ""
    return DifferenceLine(
        item=each,
        unit=unit,
        book=None if each.book_usd is None else f"${rate_text(each.book_usd)}",
        other=f"${rate_text(each.other_usd)}",
        gap=_gap(each),
        when=when_words(each),
        url=safe_link(each.url),
    )


def _gap(each: Difference) -> str:
    if each.book_usd is None or not Decimal(each.book_usd):
        return ""
    percent = (Decimal(each.other_usd) / Decimal(each.book_usd) - 1) * 100
    sign = "+" if percent > 0 else MINUS
    return f"{sign}{abs(percent):,.0f}{NARROW_SPACE}%" if round(percent) else f"<1{NARROW_SPACE}%"


async def _used(parts: Parts, asker: Asker, known: KnownModel) -> Used | None:
    """None where it was not called. Calls keep the provider as it was sent, however it is spelled."""
    zone, model, book = asker.workspace.timezone, known.card.model, parts.prices.book
    question = Question(
        workspace_id=asker.workspace.id,
        window=preset(_RANGE, parts.clock.now(), ZoneInfo(zone)),
        measures=("cost", "requests", "unpriced_requests"),
        dimensions=("provider",),
        timezone=zone,
        filters=Filters(equals=(("model", (model,)),)),
    )
    rows = [
        row
        for row in (await ask_question(parts, question)).rows
        if (book.provider(row.keys[0]) or row.keys[0]) == known.provider
    ]
    if not rows:
        return None
    spent = [dollars(row.values["cost"]) for row in rows]
    known_costs = [each for each in spent if each is not None]
    unpriced_count = sum(int(row.values["unpriced_requests"] or 0) for row in rows)
    providers = (("provider", row.keys[0]) for row in rows)
    return Used(
        spend=money(sum(known_costs, Decimal(0)) if known_costs else None, unpriced_count > 0),
        request_count=sum(int(row.values["requests"] or 0) for row in rows),
        unpriced_count=unpriced_count,
        rows=Address("/requests", (("range", _RANGE), *providers, ("model", model))),
    )
