"""Random lives of a storage: what is recorded, folded, sealed, priced anew, deleted; and asked in between."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from hypothesis import strategies as st
from msgspec.structs import replace

from farthing.reports.facts import FactQuery
from farthing.rules.events import UsageEvent
from farthing.rules.periods import DAY_MS
from tests.contract.samples import CARD
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
class Reprice:
    """Every so many events get another price, which may make them another model's; in batches of a size."""

    every: int
    model: str | None
    cost_picousd: int | None
    batch_size: int

    def change(self, event: UsageEvent) -> UsageEvent:
        """The event at the new price."""
        number = sum(event.external_request_id.encode()) + event.occurred_at // 1000
        if event.workspace_id != WORKSPACE_ID or number % self.every:
            return event
        is_priced = self.cost_picousd is not None
        return replace(
            event,
            model=self.model or event.model,
            usage=replace(event.usage, flags=("low_confidence_model",)),
            rate_card=CARD,
            cost_picousd=self.cost_picousd,
            pricing_status="priced" if is_priced else "unpriced",
            unpriced_tokens=0 if is_priced else 7,
        )


@dataclass(frozen=True)
class Revert:
    """The last change of prices that still holds is undone, in batches of a size."""

    batch_size: int


@dataclass(frozen=True)
class Amend:
    """One of the events becomes another: the time, the names, the usage and the price of `like`."""

    place: int
    like: UsageEvent
    cost_picousd: int | None

    def change(self, event: UsageEvent) -> UsageEvent:
        """The event as it is to be."""
        is_priced = self.cost_picousd is not None
        return replace(
            self.like,
            workspace_id=event.workspace_id,
            external_request_id=event.external_request_id,
            received_at=event.received_at,
            cost_picousd=self.cost_picousd,
            pricing_status="priced" if is_priced else "unpriced",
            unpriced_tokens=0 if is_priced else 7,
        )


@dataclass(frozen=True)
class Void:
    """One of the events is to count no more."""

    place: int


@dataclass(frozen=True)
class Restore:
    """One of those is to count again."""

    place: int


@dataclass(frozen=True)
class Ask:
    """A question."""

    query: FactQuery


Step = Record | Fold | Seal | Delete | Reprice | Revert | Amend | Void | Restore | Ask


@dataclass(frozen=True)
class Program:
    """`timezone` is the workspace's, which the storage may cut its days by."""

    timezone: str
    steps: list[Step]


@cache
def _steps(moment: Moment) -> st.SearchStrategy[list[Step]]:
    """Events come first, questions last; between them anything happens, most often what moves events on."""
    workspaces = (*[WORKSPACE_ID] * 5, OTHER_WORKSPACE_ID)
    batches = st.lists(small_events(moment, workspaces), min_size=1, max_size=8)
    record: st.SearchStrategy[Step] = batches.map(Record)
    ask: st.SearchStrategy[Step] = fact_queries(moment, (WORKSPACE_ID,)).map(Ask)
    fold = st.sampled_from((Fold(1000), Fold(1), Fold(2)))
    over: st.SearchStrategy[Step] = st.just(Seal(moment.at + 5 * DAY_MS, all_steps=True))
    seal = st.builds(Seal, instants(moment), st.booleans())
    delete = st.builds(Delete, st.sampled_from(("test", "demo")), st.sampled_from((None, 1, 2)))
    prices = st.sampled_from((None, 0, 5, 2**50))
    models = st.sampled_from((None, None, "mini", "max", "new"))
    batch_sizes = st.sampled_from((1, 3, 1000))
    reprice = st.builds(Reprice, st.sampled_from((1, 2)), models, prices, batch_sizes)
    revert = st.builds(Revert, batch_sizes)
    places = st.integers(0, 7)
    amend = st.builds(Amend, places, small_events(moment, (WORKSPACE_ID,)), prices)
    void, restore = st.builds(Void, places), st.builds(Restore, places)
    steps: st.SearchStrategy[list[Step]] = st.lists(
        st.one_of(
            *(fold, over, record, reprice, fold, over, seal, record, delete, reprice, revert, ask),
            *(amend, amend, void, void, restore, fold),
        ),
        min_size=3,
        max_size=16,
    )
    return st.tuples(record, record, steps, ask, ask, ask).map(
        lambda parts: [parts[0], parts[1], *parts[2], *parts[3:]]
    )


programs: Final = moments.flatmap(
    lambda moment: st.builds(
        Program, st.sampled_from(("UTC", moment.timezone, "Asia/Kathmandu")), _steps(moment)
    )
)
