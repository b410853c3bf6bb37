"""What removes calls, beside each other: deletions, retention, erasures, and the hold that stops them all."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import msgspec
import pytest

from farthing.rules.periods import DAY_MS
from farthing.rules.retention import Kept, LegalHold
from farthing.storage.contract import HeldError, Storage
from tests.contract.corrections import changed_call, correction_of
from tests.contract.deletions import begun, steps
from tests.contract.erasures import erasure
from tests.contract.samples import AT, WORKSPACE_ID, event, query
from tests.contract.test_corrections import recorded
from tests.contract.test_rollups import fold_all, seal_all
from tests.storages import Changed

pytestmark = pytest.mark.usefixtures("installed")
CUT: Final = AT // DAY_MS * DAY_MS + DAY_MS


async def counts(storage: Storage) -> dict[str, int]:
    """How many events each data mode has."""
    asked = replace(query("request_count"), dimensions=("data_mode",))
    return {texts[0]: count for (_, texts), (count,) in (await storage.facts(asked)).sums.items()}


async def summarised(storage: Storage) -> None:
    """Three real and three test events of two owners, of which the older two have lost their rows."""
    for mode in ("real", "test"):
        await storage.record(
            [
                event(f"{mode} {day}", data_mode=mode, occurred_at=AT + day * DAY_MS, owner_id=1 + day % 2)
                for day in range(-1, 2)
            ]
        )
    await fold_all(storage)
    await seal_all(storage)
    await storage.advance_retention(WORKSPACE_ID, {mode: Kept(CUT, 0) for mode in ("real", "test")})
    while await storage.remove_rows(WORKSPACE_ID, 1, 1, AT) >= 0:
        pass


@pytest.mark.parametrize("event_count_max", [1, 100])
async def test_deleting_everybodys_takes_what_only_sums_tell_of(
    storage: Storage, event_count_max: int
) -> None:
    await summarised(storage)
    assert await counts(storage) == {"real": 3, "test": 3}
    async for _ in steps(storage, await begun(storage, "test"), event_count_max):
        assert (await counts(storage))["real"] == 3
    assert await counts(storage) == {"real": 3}


async def test_deleting_ones_own_leaves_what_only_sums_tell_of(storage: Storage) -> None:
    await summarised(storage)
    async for _ in steps(storage, await begun(storage, "test", 2), 100):
        pass
    assert await counts(storage) == {"real": 3, "test": 2}


async def test_a_hold_stops_whatever_removes_calls(storage: Storage) -> None:
    await summarised(storage)
    changed = Changed(storage)
    deleting = await begun(storage, "test")
    erasing = await changed.add_erasure(erasure())
    assert await changed.put_hold(WORKSPACE_ID, LegalHold("a court", 1, AT))
    for removing in (
        storage.go_on_deleting(deleting, 10),
        storage.delete(WORKSPACE_ID, "test", None),
        storage.erase_names(erasing),
        storage.erase_requests(erasing, 10),
        storage.advance_retention(WORKSPACE_ID, {"real": Kept(CUT + DAY_MS, 0)}),
    ):
        with pytest.raises(HeldError, match="a court"):
            await removing
    assert await counts(storage) == {"real": 3, "test": 3}
    assert await changed.lift_hold(WORKSPACE_ID)
    assert await storage.delete(WORKSPACE_ID, "test", None) == 1
    assert await counts(storage) == {"real": 3}


async def test_what_is_amended_into_a_mode_that_is_kept_shorter_goes_with_its_rows(storage: Storage) -> None:
    (call,) = await recorded(storage, "a", data_mode="real")
    await fold_all(storage)
    await storage.advance_retention(WORKSPACE_ID, {"test": Kept(CUT, 0)})
    while await storage.remove_rows(WORKSPACE_ID, 1, 10, AT) >= 0:
        pass
    after = msgspec.structs.replace(call.event, data_mode="test")
    assert await changed_call(storage, correction_of(call, "amended"), after)
    assert await storage.unfinished_retentions() == {WORKSPACE_ID}
    gone = 0
    while (count := await storage.remove_rows(WORKSPACE_ID, 2, 10, AT)) >= 0:
        gone += count
    assert gone == 1
    assert await counts(storage) == {"test": 1}
