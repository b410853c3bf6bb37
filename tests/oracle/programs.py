"""Random lives of a storage: what is recorded, folded, sealed and deleted, and what is asked in between."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from hypothesis import strategies as st

from farthing.reports.facts import FactQuery
from farthing.rules.events import UsageEvent
from tests.strategies import Moment, fact_queries, instants, moments, small_events

WORKSPACE_ID: Final = 1
OTHER_WORKSPACE_ID: Final = 2


@dataclass(frozen=True)
class Record:
    """Events that come in one batch."""

    events: list[UsageEvent]


@dataclass(frozen=True)
class Fold:
    """One step of the fold."""

    event_count_max: int


@dataclass(frozen=True)
class Seal:
    """Sealing until there is nothing to do at `now`, or one step of it."""

    now: int
    all_steps: bool


@dataclass(frozen=True)
class Delete:
    """Test or demo data go."""

    data_mode: str
    owner_id: int | None


@dataclass(frozen=True)
class Ask:
    """A question."""

    query: FactQuery


Step = Record | Fold | Seal | Delete | Ask


@dataclass(frozen=True)
class Program:
    """`timezone` is the workspace's, which the storage may cut its days by."""

    timezone: str
    steps: list[Step]


@cache
def _steps(moment: Moment) -> st.SearchStrategy[list[Step]]:
    workspaces = (WORKSPACE_ID, WORKSPACE_ID, WORKSPACE_ID, OTHER_WORKSPACE_ID)
    ask: st.SearchStrategy[Step] = fact_queries(moment, (WORKSPACE_ID,)).map(Ask)
    record: st.SearchStrategy[Step] = st.lists(small_events(moment, workspaces), min_size=1, max_size=6).map(
        Record
    )
    step: st.SearchStrategy[Step] = st.one_of(
        record,
        st.builds(Fold, st.sampled_from((1, 2, 1000))),
        st.builds(Seal, instants(moment), st.booleans()),
        ask,
        record,
        st.builds(Delete, st.sampled_from(("test", "demo")), st.sampled_from((None, 1, 2))),
    )
    return st.tuples(record, st.lists(step, max_size=8), ask, ask).map(
        lambda parts: [parts[0], *parts[1], *parts[2:]]
    )


programs: Final = moments.flatmap(
    lambda moment: st.builds(
        Program, st.sampled_from(("UTC", moment.timezone, "Asia/Kathmandu")), _steps(moment)
    )
)
