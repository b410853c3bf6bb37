"""What is asked and what is answered: the one pair of shapes behind every report, page, export and alert."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from farthing.rules.filters import Filters
from farthing.rules.periods import Step, Window

Value = int | float | Decimal | None
"""A count, a ratio or latency, dollars (always Decimal), or None where there is nothing to measure."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """Measures by up to two dimensions, over time if `step` is given.

    `measures` and `dimensions` are names of the registries `reports.measures` and `reports.dimensions`.
    With `limit`, only that many groups come back, those with most `order_by` first (after `offset` of them);
    over time, the limited groups are the same in every bucket. `only` asks for these groups instead, whatever
    they have; either way `Answer.rest` holds all others together. `of_rows` asks about calls that are there
    one by one, for what stands beside a list of them. With `rows_max`, what no rollup knows is answered of
    the newest calls only, where more than about that many would have to be read one by one.
    """

    workspace_id: int
    window: Window
    measures: tuple[str, ...] = ("cost", "requests")
    dimensions: tuple[str, ...] = ()
    step: Step | None = None
    timezone: str = "UTC"
    filters: Filters = field(default_factory=Filters)
    order_by: str = "cost"
    limit: int | None = None
    offset: int = 0
    only: tuple[tuple[str, ...], ...] = ()
    of_rows: bool = False
    rows_max: int | None = None


@dataclass(frozen=True)
class Reach:
    """From when on a question can be answered, in UTC ms (0: from always), and whether its window was cut.

    `newest_from` is where the newest calls begin that the answer is of, where `Question.rows_max` left others
    out.
    `later_from` is since when measures that came later are known, where some of the answer is not; 0 where
    all of it is.
    """

    available_from: int = 0
    is_truncated: bool = False
    newest_from: int | None = None
    later_from: int = 0


@dataclass(frozen=True)
class Row:
    """One group in one bucket. `keys` follow the question's dimensions; "unknown" where the name is missing.

    `bucket` is the start of the local bucket in UTC ms (None without `step`).
    """

    bucket: int | None
    keys: tuple[str, ...]
    values: dict[str, Value]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Rows in order (bucket, then most first), the total over everything that matched, and where it was read.

    `total` is over all groups, not only those within `limit`. `rest` is all other groups together, bucket by
    bucket, when a question was limited: empty where there are no others, and behind an `offset`; without
    percentiles where those of a group are not known. `buckets` are all bucket starts of the window, empty
    ones too. `unpriced_requests` of all `request_count` that matched have no full price: more than 0 make
    every cost of the answer a lower bound. `source` names the tables read. `group_count` is the number of
    groups before `limit` and `offset`, where it is known. `reach` tells what of the question's window all of
    this is about.
    """

    question: Question
    rows: list[Row]
    total: dict[str, Value]
    request_count: int
    unpriced_requests: int
    unpriced_tokens: int
    source: str
    buckets: list[int] = field(default_factory=list)
    rest: list[Row] = field(default_factory=list)
    group_count: int | None = None
    reach: Reach = Reach()

    @property
    def unpriced_share(self) -> float | None:
        """The part of the requests that have no full price, from 0 to 1; None when there are none."""
        return self.unpriced_requests / self.request_count if self.request_count else None
