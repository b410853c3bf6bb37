"""How clean the data is, over HTTP: shares, a score, and what to mend first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request, Response, get

from farthing.actions.reads.read_hygiene import HygieneReport, read_hygiene
from farthing.actions.reads.read_query import Accepted, ReadQuery
from farthing.actions.reads.told_filters import filters_shape
from farthing.api.envelope import (
    RangeShape,
    RetentionShape,
    range_shape,
    retention_headers,
    retention_shape,
)
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import described, query_of
from farthing.reports.coverage import Coverage
from farthing.reports.hygiene import Posts, Tally
from farthing.reports.hygiene_fixes import Fix, KeyFacts
from farthing.rules.hygiene import ISSUES, score_number
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS

K = TypeVar("K")
QUALITY: Final = Accepted(parameters=("limit",))


class IssueShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An issue, how many calls have it, and their share. `meaning` follows "calls that …"."""

    issue: str
    requests: int
    share: float
    weight: int
    meaning: str


class SkewShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How long after their own time calls were received, of those that came with one.

    Half of them (95 of 100) came no later than this many milliseconds; below 0 their clock is ahead. With
    `median_is_more` (`p95_is_more`) it takes later ones to make half: it is more than that.
    """

    requests: int
    median_ms: int | None
    median_is_more: bool
    p95_ms: int | None
    p95_is_more: bool


class PostsShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What came and made no call, by whole UTC days: repeats, and refusals by their reason."""

    duplicates: int
    refusals: dict[str, int]


class ModelCoverage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A model on a UTC day: tokens by metrics, tokens of calls, and how many metrics count more."""

    day: str
    provider: str
    model: str
    metric_tokens: int
    call_tokens: int
    missing_tokens: int


class CoverageShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Tokens that senders' metrics count against those of the calls that came, by whole UTC days.

    Of the keys, models and days that metrics tell of; days with most missing first.
    """

    metric_tokens: int
    call_tokens: int
    missing_tokens: int
    models: list[ModelCoverage]


class KeyQuality(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The calls of one API key. Calls without a key (demo data of a person) have neither id nor name."""

    api_key_id: str | None
    name: str | None
    requests: int
    score: float | None
    issues: dict[str, int]
    clock_skew: SkewShape
    posts: PostsShape | None


class EndpointQuality(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The calls of one endpoint tag, "unknown" for those without."""

    endpoint_tag: str
    requests: int
    score: float | None
    issues: dict[str, int]


class FixCall(msgspec.Struct, frozen=True, kw_only=True):
    """The call of this API that mends it."""

    method: str
    path: str
    body: dict[str, Any] | None


class FixShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What to do, and how many calls (or posts) that concerns.

    `call` is null where the sender must change.
    """

    issue: str
    requests: int
    api_key_id: str | None
    api_key_name: str | None
    endpoint_tag: str | None
    what: str
    call: FixCall | None


class QualityAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The report. `score` is from 0 to 100, null without calls; lists have the worst first.

    `source` names what the calls were read from.
    """

    range: RangeShape
    filters: dict[str, str | list[str]]
    retention: RetentionShape
    source: str
    score: float | None
    requests: int
    issues: list[IssueShape]
    clock_skew: SkewShape
    posts: PostsShape | None
    coverage: CoverageShape | None
    keys: list[KeyQuality]
    endpoints: list[EndpointQuality]
    fixes: list[FixShape]


@get("/data-quality", tags=["reads"], operation_class=described(QUALITY), needs="read")
async def data_quality(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> Response[QualityAnswer]:
    """How clean the calls of a window are: issues by key and by endpoint, a score, what to mend first."""
    query = await query_of(request, parts, asker, QUALITY)
    report = await read_hygiene(parts, asker, query)
    told = quality_answer(query, report)
    return Response(told, headers=retention_headers(told.retention))


def quality_answer(query: ReadQuery, report: HygieneReport) -> QualityAnswer:
    """The report as it stands on the wire, its lists as long as the query wants."""
    hygiene, limit = report.hygiene, query.limit
    return QualityAnswer(
        range=range_shape(query.window, query.timezone),
        filters=filters_shape(query.filters),
        retention=retention_shape(report.reach),
        source=report.source,
        score=score_number(hygiene.total.score),
        requests=hygiene.total.requests,
        issues=_issues(hygiene.total),
        clock_skew=_skew(hygiene.total),
        posts=_posts(hygiene.posts),
        coverage=_coverage(report.coverage, limit),
        keys=[
            _key(report, key_id, tally) for key_id, tally in _worst(hygiene.by_key.items(), _number)[:limit]
        ],
        endpoints=[
            _endpoint(tag, tally) for tag, tally in _worst(hygiene.by_endpoint.items(), _text)[:limit]
        ],
        fixes=[_fix(fix, report.keys) for fix in report.fixes[:limit]],
    )


def _worst(items: Iterable[tuple[K, Tally]], name: Any) -> list[tuple[K, Tally]]:
    """Those first that lose most."""
    return sorted(items, key=lambda item: (-item[1].loss, name(item[0])))


def _number(key_id: int) -> int:
    return key_id


def _text(tag: str | None) -> str:
    return tag or ""


def _issues(tally: Tally) -> list[IssueShape]:
    """All of them, those first that weigh most here."""
    told = [
        IssueShape(
            issue=issue.name,
            requests=tally.issues[issue.name],
            share=round(tally.issues[issue.name] / tally.requests, 6) if tally.requests else 0.0,
            weight=issue.weight,
            meaning=issue.meaning,
        )
        for issue in ISSUES
    ]
    return sorted(told, key=lambda each: -each.requests * each.weight)


def _counts(tally: Tally) -> dict[str, int]:
    return {issue.name: tally.issues[issue.name] for issue in ISSUES if tally.issues[issue.name]}


def _skew(tally: Tally) -> SkewShape:
    return SkewShape(
        requests=tally.skew.total(),
        median_ms=tally.skew_median_ms,
        median_is_more=tally.is_median_beyond,
        p95_ms=tally.skew_p95_ms,
        p95_is_more=tally.is_p95_beyond,
    )


def _coverage(coverage: Coverage | None, limit: int) -> CoverageShape | None:
    if coverage is None:
        return None
    models = [
        ModelCoverage(
            day=instant(each.day * DAY_MS)[:10],
            provider=each.provider,
            model=each.model,
            metric_tokens=each.metric_tokens,
            call_tokens=each.call_tokens,
            missing_tokens=each.missing_tokens,
        )
        for each in coverage.models[:limit]
    ]
    return CoverageShape(
        metric_tokens=coverage.metric_tokens,
        call_tokens=coverage.call_tokens,
        missing_tokens=coverage.missing_tokens,
        models=models,
    )


def _posts(posts: Posts | None) -> PostsShape | None:
    if posts is None:
        return None
    return PostsShape(duplicates=posts.duplicates, refusals=dict(sorted(posts.refusals.items())))


def _key(report: HygieneReport, key_id: int, tally: Tally) -> KeyQuality:
    facts, hygiene = report.keys.get(key_id), report.hygiene
    return KeyQuality(
        api_key_id=None if facts is None else facts.wire,
        name=None if facts is None else facts.name,
        requests=tally.requests,
        score=score_number(tally.score),
        issues=_counts(tally),
        clock_skew=_skew(tally),
        posts=None if hygiene.posts is None else _posts(hygiene.posts_by_key.get(key_id, Posts())),
    )


def _endpoint(tag: str | None, tally: Tally) -> EndpointQuality:
    return EndpointQuality(
        endpoint_tag=tag or "unknown",
        requests=tally.requests,
        score=score_number(tally.score),
        issues=_counts(tally),
    )


def _fix(fix: Fix, keys: Mapping[int, KeyFacts]) -> FixShape:
    facts = None if fix.api_key_id is None else keys.get(fix.api_key_id)
    call = fix.call
    return FixShape(
        issue=fix.issue,
        requests=fix.requests,
        api_key_id=None if facts is None else facts.wire,
        api_key_name=None if facts is None else facts.name,
        endpoint_tag=fix.endpoint_tag,
        what=fix.what,
        call=None if call is None else FixCall(method=call.method, path=call.path, body=call.body),
    )
