"""One version of a prompt against another: the verdict, the figures side by side, and how sure they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from litestar import Response, get
from markupsafe import Markup

from farthing.actions.errors import InvalidInputError
from farthing.actions.reads.ask_prompt_impact import PAIR, ask_prompt_impact, read_pair
from farthing.actions.reads.read_query import Accepted
from farthing.reports.prompt_impact import Impact, Version, verdict_text
from farthing.reports.question import Value
from farthing.rules.money import usd
from farthing.web.address import Address
from farthing.web.amounts import money
from farthing.web.figures import NONE, Change, count, milliseconds, percent, relative_change, share_change
from farthing.web.filter_bar import filter_bar
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.investigate.waterfall import signed_money
from farthing.web.moments import bucket_text, minute_text
from farthing.web.pages import Frame, redirect, render
from farthing.web.prompts.listing import IMPACT_PATH, PATH
from farthing.web.rows_address import group_address, rows_address
from farthing.web.view import View, read_view

_ACCEPTED: Final = Accepted(parameters=PAIR)
_BLOCKS: Final = {"15m": "quarter hour", "hour": "hour", "day": "day"}


@dataclass(frozen=True)
class Compared:
    """One measure of both versions."""

    label: str
    a: Markup | str
    b: Markup | str
    moved: Change | None


@get(IMPACT_PATH, needs="read")
async def show_impact(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Version b of an endpoint's prompt against version a."""
    view = await read_view(request, parts, asker, _ACCEPTED)
    if not view.address.first("endpointTag"):
        return redirect(request, str(view.address.on(PATH)))
    pair = read_pair(view.address.pairs, view.query.filters)
    frame = Frame(asker, "prompts")
    bar = filter_bar(view, can_compare=False)
    shown: dict[str, Any] = {"address": view.address, "bar": bar, "endpoint": pair.endpoint_tag}
    back = view.address.on(PATH).put(endpointTag=None)
    try:
        impact = await ask_prompt_impact(parts, asker, view.query, pair)
    except InvalidInputError as error:
        (problem,) = error.problems
        if problem.field != "endpointTag":
            raise
        return render(request, "prompt_impact_none", frame, problem=problem.message, back=back, **shown)
    return render(
        request,
        "prompt_impact",
        frame,
        verdict=verdict_text(impact),
        impact=impact,
        month=_month(impact),
        measures=_measures(impact),
        names=_choices(impact),
        pair_fields=view.address.hidden(*PAIR),
        turned=view.address.put(a=impact.b.name, b=impact.a.name),
        rows=tuple(_rows(view.address, each.name) for each in (impact.a, impact.b)),
        notes=_notes(impact, view),
        block=_BLOCKS[impact.step],
        back=back,
        **shown,
    )


def _choices(impact: Impact) -> tuple[str, ...]:
    """The versions to choose from: those that were called, and those that are compared."""
    return tuple(dict.fromkeys((*impact.others, impact.a.name, impact.b.name)))


def _rows(address: Address, name: str) -> Address:
    return group_address(rows_address(address), "prompt_version", name)


def _month(impact: Impact) -> tuple[Compared, ...]:
    """What the difference comes to in thirty days: in all, and at the ends of the interval."""
    found = impact.difference
    if found is None:
        return ()
    between: Markup | str = ""
    if found.low is not None and found.high is not None:
        ends = (signed_money(impact.monthly(end)) for end in (found.low, found.high))
        between = Markup("{} to {}").format(*ends)
    whole = signed_money(impact.monthly(found.mean))
    return (Compared("A month at the present volume", whole, between, None),)


def _measures(impact: Impact) -> tuple[Compared, ...]:
    a, b = impact.a, impact.b
    return (
        _pair("Requests", count, a.requests, b.requests),
        _money("Spend", a, b, lambda version: version.cost),
        _cost_of_one(impact),
        _rated("Input tokens per request", _whole, a.input_per_request, b.input_per_request),
        _rated("Output tokens per request", _whole, a.output_per_request, b.output_per_request),
        _shared("Cached input", a.cached_share, b.cached_share),
        _shared("Errors", a.error_rate, b.error_rate),
        _shared("Retries", a.retry_rate, b.retry_rate),
        _pair("Latency p50", milliseconds, *(each.latency.latency_ms(50) for each in (a, b)), is_rated=True),
        _pair("Latency p95", milliseconds, *(each.latency.latency_ms(95) for each in (a, b)), is_rated=True),
    )


def _cost_of_one(impact: Impact) -> Compared:
    """Cost per request: a difference that may be chance is no loud one."""
    told = _money(
        "Cost per request", impact.a, impact.b, lambda version: version.cost_per_request, is_rated=True
    )
    is_noise = impact.verdict not in ("dearer", "cheaper")
    return replace(told, moved=replace(told.moved, is_small=True)) if told.moved and is_noise else told


def _pair(
    label: str, text: Callable[[Value], str], a: int | None, b: int | None, *, is_rated: bool = False
) -> Compared:
    return Compared(label, text(a), text(b), relative_change(b, a) if is_rated else None)


def _money(
    label: str,
    a: Version,
    b: Version,
    amount: Callable[[Version], Fraction | int | None],
    *,
    is_rated: bool = False,
) -> Compared:
    amounts = [_dollars(amount(each)) for each in (a, b)]
    texts = [
        money(value, each.sums["unpriced_request_count"] > 0)
        for value, each in zip(amounts, (a, b), strict=True)
    ]
    moved = relative_change(amounts[1], amounts[0]) if is_rated else None
    return Compared(label, texts[0], texts[1], moved)


def _dollars(picousd: Fraction | int | None) -> Decimal | None:
    """Dollars to the pico-dollar."""
    return None if picousd is None else usd(round(picousd))


def _rated(
    label: str, text: Callable[[Fraction | None], str], a: Fraction | None, b: Fraction | None
) -> Compared:
    return Compared(label, text(a), text(b), relative_change(_decimal(b), _decimal(a)))


def _shared(label: str, a: Fraction | None, b: Fraction | None) -> Compared:
    shares = [_decimal(each) for each in (a, b)]
    return Compared(label, percent(shares[0]), percent(shares[1]), share_change(shares[1], shares[0]))


def _whole(value: Fraction | None) -> str:
    return NONE if value is None else f"{round(value):,}"


def _decimal(value: Fraction | None) -> Decimal | None:
    return None if value is None else Decimal(value.numerator) / value.denominator


def _notes(impact: Impact, view: View) -> tuple[str, ...]:
    said = []
    if impact.reach.is_truncated:
        since = minute_text(impact.reach.available_from, view.zone)
        said.append(f"What is shown here is known from {since} on.")
    a, b = impact.a, impact.b
    if a.last_at is not None and b.first_at is not None and a.last_at < b.first_at:
        ended, began = (bucket_text(at, "hour", view.zone) for at in (a.last_at, b.first_at))
        said.append(
            f"The two were not called at the same time: {a.name} last on {ended}, {b.name} first on {began}. "
            "What else changed in between is in the difference, too."
        )
    if any(each.sums["unpriced_request_count"] for each in (a, b)):
        said.append("Some of these calls have no full price: their costs are lower bounds.")
    return tuple(said)
