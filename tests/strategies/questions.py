"""Random questions about the events of `tests.strategies.events`, and their filters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, permutations, product
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.facts import SUMS, FactQuery
from farthing.rules.events import DATA_MODES, ENVIRONMENTS, PRICING_STATUSES, STATUSES
from farthing.rules.filters import FILTER_DIMENSIONS, Filters, Values
from farthing.rules.periods import STEPS, bucket_edges
from tests.strategies.choices import choices
from tests.strategies.events import TAG_NAMES, TAG_TEXTS
from tests.strategies.moments import MOMENTS, TIMEZONES, Moment, windows

_KEY_TEXTS: Final = {
    "provider": ("openai", "azure", "nobody"),
    "model": ("mini", "max", "none"),
    "status": STATUSES,
    "pricing_status": PRICING_STATUSES,
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
_MODES: Final = (*[DATA_MODES] * 8, *[("real",)] * 8, *_some(DATA_MODES))
_ENVIRONMENTS: Final = (*[ENVIRONMENTS] * 24, *_some(ENVIRONMENTS))

_TAGS: Final = [
    (name, some) for name in (*TAG_NAMES, "never") for some in _some((*TAG_TEXTS, "no")) if len(some) < 4
]


def _mostly_none(pairs: list[tuple[str, tuple[str, ...]]], none_count: int) -> st.SearchStrategy[Values]:
    """One or two of the pairs, or far more often none."""
    some: st.SearchStrategy[Values] = st.lists(
        st.sampled_from(pairs), min_size=1, max_size=2, unique_by=lambda pair: pair[0]
    ).map(tuple)
    return st.one_of(*[st.just(())] * none_count, some)


_filters: Final = st.builds(
    lambda common, equals, excludes, tags, excluded_tags: Filters(
        **common, equals=equals, excludes=excludes, tags=tags, excluded_tags=excluded_tags
    ),
    choices(data_modes=_MODES, environments=_ENVIRONMENTS),
    _mostly_none(_EQUALS, 2),
    _mostly_none(_EQUALS, 2),
    _mostly_none(_TAGS, 6),
    _mostly_none(_TAGS, 6),
)


def filters() -> st.SearchStrategy[Filters]:
    """Any filter, the ones that nothing passes included."""
    return _filters


# Half of the questions are such as a rollup may answer; any two dimensions can be asked for.
_ROLLED_UP: Final = (
    (),
    ("model",),
    ("provider", "model"),
    ("endpoint_tag",),
    ("prompt_version", "endpoint_tag"),
    ("user_id",),
    ("tenant_id",),
    ("data_mode", "model"),
)
_PAIRS: Final = tuple(permutations(DIMENSIONS, 2))
_DIMENSIONS: Final = (
    *_ROLLED_UP * (len(_PAIRS) // len(_ROLLED_UP)),
    *((name,) for name in DIMENSIONS),
    *_PAIRS,
)
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
    own_zone=(True, False), timezone=TIMEZONES, step=(None, *STEPS), order_by=range(len(SUMS))
)


@st.composite
def fact_queries(
    draw: st.DrawFn, moment: Moment = MOMENTS[0], workspace_ids: tuple[int, ...] = (1,)
) -> FactQuery:
    """Any question that the storage contract allows, around the moment."""
    window, shape, cut = draw(windows(moment)), draw(_shapes), draw(_cuts)
    timezone, sums = moment.timezone if cut["own_zone"] else cut["timezone"], shape["sums"]
    is_limited = shape["limit"] is not None
    has_edges = cut["step"] and not is_limited
    groups = list(product(*map(_texts, shape["dimensions"])))
    only = (draw(st.sampled_from(groups)), groups[0]) if shape["is_restricted"] and groups != [()] else ()
    return FactQuery(
        workspace_id=draw(st.sampled_from(workspace_ids)),
        window=window,
        filters=draw(_filters),
        dimensions=shape["dimensions"],
        edges=tuple(bucket_edges(window, cut["step"], ZoneInfo(timezone))) if has_edges else (),
        timezone=timezone,
        sums=sums,
        with_latency=shape["with_latency"],
        order_by=sums[cut["order_by"] % len(sums)],
        limit=shape["limit"],
        offset=shape["offset"] if is_limited else 0,
        only=() if is_limited else only,
    )
