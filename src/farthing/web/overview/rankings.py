"""Rankings: who and what cost most, and how that moved. Each name leads to the view of it alone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from farthing.actions.reads.rankings import Ranking
from farthing.actions.reads.read_query import NO_STEP
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.question import Answer
from farthing.web.address import Address
from farthing.web.colours import REST
from farthing.web.explore.asked import explore_address
from farthing.web.figures import Change, relative_change
from farthing.web.overview.chart import SpendChart
from farthing.web.overview.figures import dollars
from farthing.web.prompts.listing import PATH as PROMPTS
from farthing.web.rows_address import group_address, rows_address
from farthing.web.values.kinds import BY_DIMENSION
from farthing.web.view import View


@dataclass(frozen=True)
class Rank:
    """One name. `width` is its bar in per cent of the longest; `colour` is there if the chart has it too."""

    name: str
    cost: Decimal | None
    is_lower_bound: bool
    requests: int
    change: Change | None
    width: str
    colour: str | None
    address: Address
    rows: Address


@dataclass(frozen=True)
class RankingList:
    """A ranking. The other names cost `rest_cost`, so that the list adds up to the total.

    `rest_count` is how many they are, None where nobody counted them; `page` is that of all names.
    """

    title: str
    page: Address
    ranks: tuple[Rank, ...]
    rest_count: int | None
    rest_cost: Decimal
    is_rest_lower_bound: bool


def ranking_list(ranking: Ranking, view: View, chart: SpendChart | None = None) -> RankingList:
    """The list for a page, with this chart; where both have the same names, they have the same colours."""
    dimension = DIMENSIONS[ranking.dimension]
    colours: dict[str, str] = {}
    if chart is not None and ranking.dimension == chart.dimension:
        colours = {line.name: line.colour for line in chart.lines if line.colour != REST}
    ranks = _ranks(ranking, view, colours)
    shown = sum((rank.cost or Decimal(0) for rank in ranks), Decimal(0))
    total = dollars(ranking.now.total["cost"]) or Decimal(0)
    group_count = ranking.now.group_count
    rest_count = None if group_count is None else max(0, group_count - len(ranks))
    unpriced = sum(int(row.values["unpriced_requests"] or 0) for row in ranking.now.rows)
    return RankingList(
        title=dimension.plural,
        page=_page_of(ranking.dimension, view),
        ranks=ranks,
        rest_count=rest_count,
        rest_cost=total - shown,
        is_rest_lower_bound=ranking.now.unpriced_requests > unpriced,
    )


def _page_of(dimension: str, view: View) -> Address:
    """The page of all names of a dimension."""
    if dimension in BY_DIMENSION:
        return view.address.on(BY_DIMENSION[dimension].path)
    if dimension == "prompt_version":
        return view.address.on(PROMPTS).put(compare=None)
    return explore_address(view.address, dimension, NO_STEP)


def _ranks(ranking: Ranking, view: View, colours: dict[str, str]) -> tuple[Rank, ...]:
    rows = ranking.now.rows
    longest = max((dollars(row.values["cost"]) or Decimal(0) for row in rows), default=Decimal(0))
    before = _costs(ranking.before) if ranking.before is not None else None
    ranks = []
    for row in rows:
        name, cost = row.keys[0], dollars(row.values["cost"])
        ranks.append(
            Rank(
                name=name,
                cost=cost,
                is_lower_bound=bool(row.values["unpriced_requests"]),
                requests=int(row.values["requests"] or 0),
                change=None if before is None else relative_change(cost, before.get(name, Decimal(0))),
                width=_width(cost, longest),
                colour=colours.get(name),
                address=group_address(view.address, ranking.dimension, name),
                rows=group_address(rows_address(view.address), ranking.dimension, name),
            )
        )
    return tuple(ranks)


def _costs(answer: Answer) -> dict[str, Decimal]:
    return {row.keys[0]: dollars(row.values["cost"]) or Decimal(0) for row in answer.rows}


def _width(cost: Decimal | None, longest: Decimal) -> str:
    return f"{cost / longest * 100:.2f}%" if cost and longest else "0"
