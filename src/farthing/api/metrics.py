"""Gauges for Prometheus: how every budget of a workspace stands, and how the process is.

Whoever scrapes sends a token of a person who may read: nothing of a workspace is told without one. Numbers
are floats there, as Prometheus knows no others; the exact ones are those of the budgets' own routes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from litestar import Request, Response, get
from litestar.di import Provide

from farthing import __version__
from farthing.actions.analytics.desk import Standing as CopyStanding
from farthing.actions.asker import Asker
from farthing.actions.budgets.manage_budgets import list_standings
from farthing.actions.budgets.outlook import Outlook
from farthing.actions.parts import Parts
from farthing.api.access import allow, given_asker
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import refuse_parameters
from farthing.rules.budget_counts import Standing
from farthing.rules.forecast import Forecast
from farthing.rules.ids import budget_id_text
from farthing.rules.money import usd_number

if TYPE_CHECKING:
    from prometheus_client.core import Metric

VALUES_MAX: Final = 20
"""Of a budget with a limit for each value, those that used most."""
STANDINGS_MAX: Final = 2_000
_FORECASTS_MAX: Final = 200
_LABELS: Final = ("id", "name", "workspace", "value", "unit")


@dataclass(frozen=True)
class _Told:
    """A standing, its forecast as far as one is known, and its labels."""

    standing: Standing
    ahead: Outlook | None
    labels: tuple[str, ...]


@dataclass(frozen=True)
class _Process:
    """Whether what is sent is written, and how the analytics copy stands, if there is one."""

    is_running: bool
    copy: CopyStanding | None


@get(
    "/metrics",
    needs="read",
    tags=["metrics"],
    guards=[allow, refuse_parameters],
    dependencies={"asker": Provide(given_asker, sync_to_thread=False)},
    media_type="text/plain",
    security=[{"bearer": []}],
)
async def metrics(request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Every budget of the workspace, in the text format of Prometheus, or OpenMetrics if asked for."""
    found = await list_standings(parts, asker, value_count_max=VALUES_MAX)
    told = _told(parts, asker, found[:STANDINGS_MAX])
    copy = None if parts.analytics is None else await parts.analytics.standing()
    process = _Process(parts.recorder.is_running, copy)
    accept = request.headers.get("accept", "")
    body, content_type = await asyncio.to_thread(_written, accept, told, len(found) - len(told), process)
    return Response(body, media_type=content_type, headers={"Cache-Control": "no-store"})


def _told(parts: Parts, asker: Asker, standings: Sequence[Standing]) -> list[_Told]:
    now = parts.clock.now()
    return [
        _Told(
            each,
            parts.outlooks.known(each, now) if number < _FORECASTS_MAX else None,
            (
                budget_id_text(each.budget.id),
                each.budget.name,
                asker.workspace.name,
                each.value or "",
                each.budget.limit.unit,
            ),
        )
        for number, each in enumerate(standings)
    ]


def _written(accept: str, told: Sequence[_Told], left_out: int, process: _Process) -> tuple[bytes, str]:
    """The text that is scraped, and its type. The library is loaded by whoever is scraped first."""
    from prometheus_client import CollectorRegistry, ProcessCollector  # noqa: PLC0415
    from prometheus_client.exposition import choose_encoder  # noqa: PLC0415
    from prometheus_client.registry import Collector  # noqa: PLC0415

    class Budgets(Collector):
        def collect(self) -> Iterable[Metric]:
            return chain(_families(told, left_out), _of_process(process))

    registry = CollectorRegistry()
    registry.register(Budgets())
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def _families(told: Sequence[_Told], left_out: int) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415

    for name, text, read in _GAUGES:
        family = GaugeMetricFamily(f"farthing_budget_{name}", text, labels=_LABELS)
        for each in told:
            # What a budget has used that is over, or is to come, must not set off anybody's rule.
            is_told = each.standing.state.is_in_force or name in _AT_REST
            value = read(each) if is_told else None
            if value is not None:
                family.add_metric(each.labels, value)
        yield family
    yield GaugeMetricFamily(
        "farthing_budget_standings_left_out", "Standings beyond those that are told.", value=left_out
    )


def _of_process(process: _Process) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415

    yield GaugeMetricFamily(
        "farthing_ingest_running", "1 while what is sent is being written.", value=float(process.is_running)
    )
    for name, text, value in _of_copy(process.copy):
        yield GaugeMetricFamily(f"farthing_analytics_{name}", text, value=value)
    build = GaugeMetricFamily("farthing_build_info", "The version that runs.", labels=("version",))
    build.add_metric((__version__,), 1)
    yield build


def _of_copy(copy: CopyStanding | None) -> Iterator[tuple[str, str, float]]:
    if copy is None:
        return
    yield "answers", "1 while the analytics copy answers; 0 while the database does.", float(copy.answers)
    if copy.feed is not None:
        yield "lag_seconds", "How much older the copy's newest call is.", copy.feed.lag_ms / 1_000
        yield "rows_behind", "Calls that are not in the copy yet, at most.", float(copy.rows_behind)
        yield "changes_waiting", "Changed calls that wait to be copied again.", float(copy.feed.change_count)


def _amount(of: Standing, value: int) -> float:
    return usd_number(value) if of.budget.limit.unit == "usd" else float(value)


def _forecast(told: _Told) -> float | None:
    return _amount(told.standing, told.ahead.expected) if isinstance(told.ahead, Forecast) else None


def _utilization(told: _Told) -> float:
    ratio = told.standing.state.utilization_ratio
    return float("inf") if ratio is None else float(ratio)


def _period_end(told: _Told) -> float | None:
    return None if told.standing.budget.period.is_rolling else told.standing.window.end / 1_000


_AT_REST: Final = frozenset({"limit", "in_force"})
"""What is told of budgets that do not hold."""
_GAUGES: Final[tuple[tuple[str, str, Callable[[_Told], float | None]], ...]] = (
    (
        "spent",
        "Used in the present period: US dollars, requests or tokens, as the unit says.",
        lambda told: _amount(told.standing, told.standing.state.spent),
    ),
    (
        "in_force",
        "1 while the budget holds; 0 before its start and after its end.",
        lambda told: float(told.standing.state.is_in_force),
    ),
    ("limit", "The most that may be used.", lambda told: _amount(told.standing, told.standing.state.limit)),
    ("utilization_ratio", "Used of the limit; infinite of a limit of 0.", _utilization),
    ("forecast", "What the period is expected to come to, where that is known.", _forecast),
    ("warning", "1 while a threshold is reached.", lambda told: float(told.standing.state.is_warning)),
    ("exceeded", "1 while it is exceeded.", lambda told: float(told.standing.state.is_exceeded)),
    (
        "unpriced_requests",
        "Requests without a full price: with them what is used is a lower bound.",
        lambda told: float(told.standing.state.unpriced_requests),
    ),
    ("period_end_timestamp_seconds", "When the period ends; of none that moves along.", _period_end),
)
