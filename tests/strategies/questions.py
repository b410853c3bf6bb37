"""Random questions about the events of `tests.strategies.events`, and their filters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import combinations, permutations, product
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.facts import SUMS, FactQuery
from farthing.rules.events import DATA_MODES, ENVIRONMENTS, STATUSES
from farthing.rules.filters import FILTER_DIMENSIONS, Filters
from farthing.rules.periods import STEPS, bucket_edges
from tests.strategies.choices import choices
from tests.strategies.moments import MOMENTS, TIMEZONES, Moment, instants, windows

_KEY_TEXTS: Final = {
    "provider": ("openai", "azure", "nobody"),
    "model": ("mini", "max", "none"),
    "status": STATUSES,
    "api_key": ("1", "2", "3"),
    "data_mode": DATA_MODES,
    "environment": ENVIRONMENTS,
}
_NAME_TEXTS: Final = ("unknown", "a", "A", "é", "never seen")


def _texts(dimension: str) -> tuple[str, ...]:
    """Texts that events of `small_events` may have in a dimension, and one they never have."""
    return _KEY_TEXTS.get(dimension, _NAME_TEXTS)


def _some(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Every choice among the words, all of them first and none of them last."""
    return [some for size in range(len(words), -1, -1) for some in combinations(words, size)]


_EQUALS: Final = [(name, some) for name in FILTER_DIMENSIONS for some in _some(_texts(name)) if len(some) < 3]
_MODES: Final = (*[("real",)] * 4, *[DATA_MODES] * 4, *_some(DATA_MODES))
_ENVIRONMENTS: Final = (*[ENVIRONMENTS] * 8, *_some(ENVIRONMENTS))

_filters: Final = st.builds(
    lambda common, equals: Filters(**common, equals=equals),
    choices(data_modes=_MODES, environments=_ENVIRONMENTS),
    st.lists(st.sampled_from(_EQUALS), max_size=2, unique_by=lambda pair: pair[0]).map(tuple),
)


def filters() -> st.SearchStrategy[Filters]:
    """Any filter, the ones that nothing passes included."""
    return _filters


@cache
def _inner_edges(moment: Moment) -> st.SearchStrategy[list[int]]:
    return st.lists(instants(moment), max_size=3)


_DIMENSIONS: Final = ((), *((name,) for name in DIMENSIONS), *permutations(DIMENSIONS, 2))
_ORDERS: Final = (*((name,) for name in SUMS), SUMS, SUMS[::-1], ("request_count", "cost_picousd"))
_shapes: Final = choices(
    dimensions=_DIMENSIONS,
    sums=_ORDERS,
    limit=(None, None, None, 1, 2, 3),
    offset=(0, 1, 2),
    with_latency=(False, True),
    is_restricted=(False, False, False, True),
)
_cuts: Final = choices(
    order_by=SUMS,
    own_zone=(True, False),
    timezone=TIMEZONES,
    step=(None, "anywhere", *STEPS),
    before=(0, 1),
    after=(1, 2),
)


@st.composite
def fact_queries(
    draw: st.DrawFn, moment: Moment = MOMENTS[0], workspace_ids: tuple[int, ...] = (1,)
) -> FactQuery:
    """Any question that the storage contract allows, around the moment.

    Limited questions have no buckets; unlimited ones skip nothing.
    """
    window, shape, cut = draw(windows(moment)), draw(_shapes), draw(_cuts)
    timezone, limit = moment.timezone if cut["own_zone"] else cut["timezone"], shape["limit"]
    edges: Iterable[int] = ()
    if cut["step"] == "anywhere" and limit is None:
        ends = window.start - cut["before"], window.end + cut["after"]
        edges = {*ends, *(at for at in draw(_inner_edges(moment)) if window.start < at < window.end)}
    elif cut["step"] and limit is None:
        edges = bucket_edges(window, cut["step"], ZoneInfo(timezone))
    groups = list(product(*map(_texts, shape["dimensions"])))
    return FactQuery(
        workspace_id=draw(st.sampled_from(workspace_ids)),
        window=window,
        filters=draw(_filters),
        dimensions=shape["dimensions"],
        edges=tuple(sorted(edges)),
        timezone=timezone,
        sums=shape["sums"],
        with_latency=shape["with_latency"],
        order_by=cut["order_by"],
        limit=limit,
        offset=0 if limit is None else shape["offset"],
        only=(draw(st.sampled_from(groups)), groups[0]) if groups[0] and shape["is_restricted"] else (),
    )
