"""From when on no more calls are read one by one than may be: where cells tell, only those beside the few."""

from __future__ import annotations

import pytest

from farthing.rules.filters import Filters
from farthing.rules.periods import DAY_MS, QUARTER_MS, Window
from farthing.storage.contract import Storage
from farthing.storage.memory import MemoryStorage
from tests.contract.samples import AT, WORKSPACE_ID
from tests.contract.test_requests import FEW, lived_in, passes

pytestmark = pytest.mark.usefixtures("installed")


@pytest.mark.parametrize("filters", [*FEW, Filters(tags=(("team", ("a",)),))])
@pytest.mark.parametrize("rows_max", [0, 1, 2, 5, 17])
async def test_the_newest_calls_are_as_many_as_may_be_read(
    storage: Storage, filters: Filters, rows_max: int
) -> None:
    made = await lived_in(storage)
    window = Window(AT - 69 * DAY_MS - 1, AT - 1)
    inside = sorted(each.occurred_at for each in made if window.start <= each.occurred_at < window.end)
    since = await storage.rows_since(WORKSPACE_ID, window, filters, rows_max)
    newer = [each for each in made if since <= each.occurred_at < window.end]
    assert sum(passes(each, filters) for each in newer if not filters.has_tags) <= rows_max
    assert window.start <= since <= inside[-rows_max - 1] + 1
    for enough in (len(inside), 10**9):
        assert await storage.rows_since(WORKSPACE_ID, window, filters, enough) == window.start


async def test_rows_where_none_of_the_few_are_do_not_count(storage: Storage) -> None:
    made = await lived_in(storage)
    window = Window(AT - 80 * DAY_MS, AT + 1)
    few = [each.occurred_at for each in made if passes(each, FEW[0])]
    quarters = {at // QUARTER_MS for at in few}
    beside = [each for each in made if each.occurred_at // QUARTER_MS in quarters]
    assert 0 < len(beside) < len(made)
    since = await storage.rows_since(WORKSPACE_ID, window, FEW[0], len(beside))
    if not isinstance(storage, MemoryStorage):  # it looks at all
        assert since <= min(few)
    impossible = Filters(equals=(("status", ("error",)),), excludes=(("status", ("error",)),))
    assert await storage.rows_since(WORKSPACE_ID, window, impossible, 0) in (window.start, AT + 1)
