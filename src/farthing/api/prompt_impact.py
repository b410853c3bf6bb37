"""One version of a prompt against another, over HTTP."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import msgspec
from litestar import Request, Response, get

from farthing.actions.reads.ask_prompt_impact import PAIR, ask_prompt_impact, read_pair
from farthing.actions.reads.read_query import Accepted, ReadQuery
from farthing.actions.reads.told_filters import filters_shape
from farthing.api.envelope import (
    RangeShape,
    RetentionShape,
    UnpricedShape,
    range_shape,
    retention_headers,
    retention_shape,
)
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import described, query_of
from farthing.reports.prompt_impact import Impact, Version, verdict_text
from farthing.reports.wire_names import camel
from farthing.rules.instants import instant
from farthing.rules.money import PICO_PER_USD, usd_number, usd_text

IMPACT: Final = Accepted(parameters=PAIR)


class VersionShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The calls of one version; ratios are null without calls, retries where they were not counted.

    `firstAt` and `lastAt` are when the blocks of the first and last call begin.
    """

    prompt_version: str
    requests: int
    cost_usd: float
    amount_usd: str
    cost_per_request_usd: float | None
    input_tokens_per_request: float | None
    output_tokens_per_request: float | None
    cached_share: float | None
    error_rate: float | None
    retry_rate: float | None
    latency_ms_p50: int | None
    latency_ms_p95: int | None
    unpriced: UnpricedShape
    first_at: str | None
    last_at: str | None


class DifferenceShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a call of b costs more than one of a, with its 95 % interval; null without enough calls."""

    cost_per_request_usd: float
    low_usd: str | None
    high_usd: str | None
    ratio: float | None
    confidence: float
    block: str


class MonthShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the difference comes to in thirty days with the calls that the endpoint has now."""

    requests: int
    requests_from: str
    requests_to: str
    cost_usd: float
    amount_usd: str
    low_usd: str | None
    high_usd: str | None


class ImpactAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The comparison. `verdict` is dearer, cheaper, noDifference, tooFew or noCalls: `summary` in a word."""

    summary: str
    verdict: str
    endpoint_tag: str
    range: RangeShape
    filters: dict[str, str | list[str]]
    retention: RetentionShape
    source: str
    a: VersionShape
    b: VersionShape
    difference: DifferenceShape | None
    month: MonthShape | None
    versions: list[str]


@get("/prompt-impact", tags=["reads"], operation_class=described(IMPACT), needs="read")
async def prompt_impact(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> Response[ImpactAnswer]:
    """Version `b` of an endpoint's prompt against version `a`; without them, the two newest."""
    query = await query_of(request, parts, asker, IMPACT)
    pair = read_pair(request.query_params.multi_items(), query.filters)
    told = impact_answer(query, await ask_prompt_impact(parts, asker, query, pair))
    return Response(told, headers=retention_headers(told.retention))


def impact_answer(query: ReadQuery, impact: Impact) -> ImpactAnswer:
    """The comparison as it stands on the wire."""
    return ImpactAnswer(
        summary=verdict_text(impact),
        verdict=camel(impact.verdict),
        endpoint_tag=impact.endpoint_tag,
        range=range_shape(query.window, query.timezone),
        filters=filters_shape(query.filters),
        retention=retention_shape(impact.reach),
        source=impact.source,
        a=_version(impact.a),
        b=_version(impact.b),
        difference=_difference(impact),
        month=_month(impact),
        versions=list(impact.others),
    )


def _version(version: Version) -> VersionShape:
    requests, unpriced = version.requests, version.sums["unpriced_request_count"]
    share = unpriced / requests if requests else None
    return VersionShape(
        prompt_version=version.name,
        requests=requests,
        cost_usd=usd_number(version.cost),
        amount_usd=usd_text(version.cost),
        cost_per_request_usd=_usd(version.cost_per_request),
        input_tokens_per_request=_number(version.input_per_request),
        output_tokens_per_request=_number(version.output_per_request),
        cached_share=_number(version.cached_share),
        error_rate=_number(version.error_rate),
        retry_rate=_number(version.retry_rate),
        latency_ms_p50=version.latency.latency_ms(50),
        latency_ms_p95=version.latency.latency_ms(95),
        unpriced=UnpricedShape(unpriced, version.sums["unpriced_token_count"], share),
        first_at=None if version.first_at is None else instant(version.first_at),
        last_at=None if version.last_at is None else instant(version.last_at),
    )


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _usd(picousd: Fraction | None) -> float | None:
    return None if picousd is None else float(picousd / PICO_PER_USD)


def _text(picousd: int | None) -> str | None:
    return None if picousd is None else usd_text(picousd)


def _difference(impact: Impact) -> DifferenceShape | None:
    found = impact.difference
    if found is None:
        return None
    return DifferenceShape(
        cost_per_request_usd=float(found.mean / PICO_PER_USD),
        low_usd=_text(found.low),
        high_usd=_text(found.high),
        ratio=_number(impact.ratio),
        confidence=0.95,
        block=impact.step,
    )


def _month(impact: Impact) -> MonthShape | None:
    found = impact.difference
    if found is None:
        return None
    amount = impact.monthly(found.mean)
    return MonthShape(
        requests=round(impact.monthly_requests),
        requests_from=instant(impact.present.start),
        requests_to=instant(impact.present.end),
        cost_usd=usd_number(amount),
        amount_usd=usd_text(amount),
        low_usd=None if found.low is None else usd_text(impact.monthly(found.low)),
        high_usd=None if found.high is None else usd_text(impact.monthly(found.high)),
    )
