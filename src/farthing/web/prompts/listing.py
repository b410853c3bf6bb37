"""The versions of each endpoint's prompt, the newest first, each with the way to what it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_with_starts
from farthing.actions.reads.read_query import Accepted
from farthing.reports.dimensions import UNKNOWN
from farthing.reports.question import Answer, Question, Row, Value
from farthing.rules.periods import Step
from farthing.web.address import Address
from farthing.web.figures import Change, relative_change
from farthing.web.filter_bar import filter_bar
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.kept import question_note
from farthing.web.moments import bucket_text
from farthing.web.overview.figures import dollars
from farthing.web.pages import Frame, render
from farthing.web.rows_address import group_address, rows_address
from farthing.web.view import View, read_view

PATH: Final = "/prompts"
IMPACT_PATH: Final = "/prompts/impact"
_ACCEPTED: Final = Accepted()
DIMENSIONS: Final = ("endpoint_tag", "prompt_version")
_MEASURES: Final = (
    "cost",
    "requests",
    "cost_per_request",
    "error_rate",
    "cached_share",
    "unpriced_requests",
)
_GROUPS_MAX: Final = 200
"""Endpoints with their versions: those that cost most."""
_CALLS_MIN: Final = 30
_DEARER_FROM: Final = Decimal("1.1")
_DEARER_MAX: Final = 3


@dataclass(frozen=True)
class VersionRow:
    """One version. `moved` is its cost per request against the version before; `impact` tells more.

    `is_dearer` where both have calls enough to say so.
    """

    name: str
    is_named: bool
    since: str
    values: dict[str, Value]
    share: Decimal | None
    moved: Change | None
    is_dearer: bool
    impact: Address | None
    rows: Address


@dataclass(frozen=True)
class EndpointPrompts:
    """The versions of one endpoint; together they are all its calls, unless the list was cut."""

    name: str
    cost: Decimal
    is_lower_bound: bool
    versions: tuple[VersionRow, ...]


@get(PATH, needs="read")
async def list_prompts(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Which versions of prompts were called, endpoint by endpoint."""
    view = await read_view(request, parts, asker, _ACCEPTED)
    answer, endpoints = await read_prompts(parts, asker, view)
    return render(
        request,
        "prompts",
        Frame(asker, "prompts"),
        address=view.address,
        bar=filter_bar(view, can_compare=False),
        endpoints=endpoints,
        dearer=dearer_versions(endpoints),
        left_out=max(0, (answer.group_count or 0) - len(answer.rows)),
        kept=question_note((answer,), view),
    )


async def read_prompts(parts: Parts, asker: Asker, view: View) -> tuple[Answer, tuple[EndpointPrompts, ...]]:
    """The endpoints that cost most with their versions, and the answer that they are read from."""
    asked: tuple[Question, Step] = _question(asker, view), "day"
    answer, first = await ask_with_starts(parts, *asked, lambda answer: [row.keys for row in answer.rows])
    return answer, endpoint_prompts(answer.rows, first, view)


async def read_dearer(parts: Parts, asker: Asker, view: View) -> list[tuple[VersionRow, str]]:
    """`dearer_versions` of these endpoints; when versions began is asked only where one may be among them."""
    asked: tuple[Question, Step] = _question(asker, view), "day"
    answer, first = await ask_with_starts(
        parts, *asked, lambda answer: [row.keys for row in _maybe_dearer(answer.rows)]
    )
    return dearer_versions(endpoint_prompts(_maybe_dearer(answer.rows), first, view))


def _maybe_dearer(rows: Sequence[Row]) -> list[Row]:
    """The versions of endpoints of which one is dearer than another, whichever came first."""
    versions: dict[str, list[dict[str, Value]]] = {}
    for row in rows:
        versions.setdefault(row.keys[0], []).append(row.values)
    dearer = {
        name for name, each in versions.items() if any(_is_dearer(now, was) for now in each for was in each)
    }
    return [row for row in rows if row.keys[0] in dearer]


def _question(asker: Asker, view: View) -> Question:
    return Question(
        workspace_id=asker.workspace.id,
        window=view.query.window,
        measures=_MEASURES,
        dimensions=DIMENSIONS,
        timezone=view.query.timezone,
        filters=view.query.filters,
        limit=_GROUPS_MAX,
    )


def dearer_versions(endpoints: Sequence[EndpointPrompts]) -> list[tuple[VersionRow, str]]:
    """The newest versions that cost clearly more per request than those before them, with their endpoints.

    Those first of which the most was spent. Of versions with few calls on either side nothing is said.
    """
    newest = [(each.versions[0], each.name) for each in endpoints if each.versions]
    found = [(row, name) for row, name in newest if row.is_dearer]
    found.sort(key=lambda each: -(dollars(each[0].values["cost"]) or Decimal(0)))
    return found[:_DEARER_MAX]


def endpoint_prompts(
    rows: Sequence[Row], first: Mapping[tuple[str, ...], int], view: View
) -> tuple[EndpointPrompts, ...]:
    """Endpoints by what they cost, their versions by when they were first called."""
    groups: dict[str, list[tuple[str, dict[str, Value]]]] = {}
    for row in rows:
        groups.setdefault(row.keys[0], []).append((row.keys[1], row.values))
    found = [_endpoint(name, versions, first, view) for name, versions in groups.items()]
    return tuple(sorted(found, key=lambda each: (-each.cost, each.name)))


def _endpoint(
    name: str,
    versions: list[tuple[str, dict[str, Value]]],
    first: Mapping[tuple[str, ...], int],
    view: View,
) -> EndpointPrompts:
    versions.sort(key=lambda each: (each[0] != UNKNOWN, first.get((name, each[0]), 0), each[0]))
    requests = sum(int(values["requests"] or 0) for _, values in versions)
    rows: list[VersionRow] = []
    before: tuple[str, dict[str, Value]] | None = None
    for version, values in versions:
        rows.append(_row(name, version, values, first.get((name, version)), before, requests, view))
        if version != UNKNOWN:
            before = version, values
    return EndpointPrompts(
        name=name,
        cost=sum((dollars(values["cost"]) or Decimal(0) for _, values in versions), Decimal(0)),
        is_lower_bound=any(values["unpriced_requests"] for _, values in versions),
        versions=tuple(reversed(rows)),
    )


def _row(  # noqa: PLR0913, PLR0917 - one row of a table, from all that it shows
    endpoint: str,
    version: str,
    values: dict[str, Value],
    first_at: int | None,
    before: tuple[str, dict[str, Value]] | None,
    requests: int,
    view: View,
) -> VersionRow:
    address = group_address(view.address, "endpoint_tag", endpoint)
    moved = None
    if before is not None:
        moved = relative_change(values["cost_per_request"], before[1]["cost_per_request"])
    return VersionRow(
        name=version,
        is_named=version != UNKNOWN,
        since="" if first_at is None else bucket_text(first_at, "day", view.zone),
        values=values,
        share=Decimal(int(values["requests"] or 0)) / requests if requests else None,
        moved=moved,
        is_dearer=before is not None and _is_dearer(values, before[1]),
        impact=None if before is None else impact_address(address, before[0], version),
        rows=group_address(rows_address(address), "prompt_version", version),
    )


def _is_dearer(values: dict[str, Value], before: dict[str, Value]) -> bool:
    now, was = dollars(values["cost_per_request"]), dollars(before["cost_per_request"])
    fewest = min(int(each["requests"] or 0) for each in (values, before))
    return fewest >= _CALLS_MIN and now is not None and was is not None and now >= was * _DEARER_FROM


def impact_address(address: Address, a: str, b: str) -> Address:
    """The comparison of two versions of the endpoint that the address is about."""
    return address.on(IMPACT_PATH).put(compare=None, promptVersion=None, a=a, b=b)
