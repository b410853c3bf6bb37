"""Spans that are known for a while: calls that repeat others, and sums that are held back."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from farthing.rules.agent_totals import ROOT, Leaf
from farthing.storage.contract import Storage
from tests.contract.known_spans import DAY, total
from tests.contract.samples import AT, WORKSPACE_ID

OTHER_WORKSPACE: Final = 2


def leaf(key: int, parent: int = ROOT, output: int = 10, trace: int = 1) -> Leaf:
    return Leaf(key, parent, trace, key, output)


async def meet(storage: Storage, *leaves: Leaf, workspace_id: int = WORKSPACE_ID) -> set[int]:
    return await storage.meet_leaves(workspace_id, leaves, AT, AT + DAY)


async def test_a_call_right_around_or_within_another_with_as_much_output_repeats_it(storage: Storage) -> None:
    assert await meet(storage, leaf(2, parent=3), leaf(7, parent=8)) == set()
    around, within = leaf(3), leaf(9, parent=7)
    assert await meet(storage, around, within) == {3, 9}
    assert await meet(storage, around, within) == {3, 9}  # they were not kept as calls themselves
    assert await meet(storage, leaf(8, output=11), leaf(11, parent=2, output=11)) == set()


async def test_a_call_that_is_sent_again_repeats_nothing(storage: Storage) -> None:
    same_id = replace(leaf(3), call_key=2)
    for _ in range(2):
        assert await meet(storage, leaf(2, parent=3), same_id) == set()


async def test_workspaces_know_nothing_of_one_anothers_spans(storage: Storage) -> None:
    await meet(storage, leaf(2, parent=3))
    assert await meet(storage, leaf(3), workspace_id=OTHER_WORKSPACE) == set()
    await storage.hold_totals([total(4)])
    await meet(storage, leaf(5, parent=4), workspace_id=OTHER_WORKSPACE)
    assert await storage.totals_of(OTHER_WORKSPACE, 1) == ([], True)
    assert await storage.totals_of(WORKSPACE_ID, 1) == ([total(4)], True)
    assert await storage.due_traces(AT, 10) == []


async def test_a_sum_is_held_once_until_its_time(storage: Storage) -> None:
    await storage.hold_totals([total(4), total(5, trace_key=2, look_at=AT + 50), total(6)])
    await storage.hold_totals([total(4, look_at=AT)])
    assert await storage.totals_of(WORKSPACE_ID, 1) == ([total(4), total(6)], False)
    assert await storage.due_traces(AT + 99, 10) == [(WORKSPACE_ID, 2)]
    assert await storage.due_traces(AT + 100, 10) == [(WORKSPACE_ID, 2), (WORKSPACE_ID, 1)]
    assert await storage.due_traces(AT + 100, 1) == [(WORKSPACE_ID, 2)]


async def test_a_call_has_the_sums_of_its_trace_looked_at(storage: Storage) -> None:
    await storage.hold_totals([total(4), total(5, trace_key=2)])
    await meet(storage, leaf(2, trace=2))  # a root has nothing around it
    assert await storage.due_traces(AT, 10) == []
    await meet(storage, leaf(3, parent=4))
    assert await storage.due_traces(AT, 10) == [(WORKSPACE_ID, 1)]
    assert (await storage.totals_of(WORKSPACE_ID, 1))[1]
    assert not (await storage.totals_of(WORKSPACE_ID, 2))[1]


async def test_a_sum_is_put_off_unless_a_call_came_meanwhile(storage: Storage) -> None:
    await storage.hold_totals([total(4)])
    assert await storage.put_off(total(4), AT + DAY)
    assert await storage.due_traces(AT + 100, 10) == []
    settled = total(4, look_at=AT + DAY, event="")
    assert await storage.totals_of(WORKSPACE_ID, 1) == ([settled], False)
    await meet(storage, leaf(3, parent=4))
    assert not await storage.put_off(settled, AT + DAY)
    assert await storage.due_traces(AT, 10) == [(WORKSPACE_ID, 1)]


async def test_a_sum_that_is_due_is_not_put_off_either_if_a_call_came_while_it_was_looked_at(
    storage: Storage,
) -> None:
    """Else it would be stored, and its calls too, and nobody would look at it again."""
    await storage.hold_totals([total(4, look_at=AT - 100)])
    (seen,), has_leaf = await storage.totals_of(WORKSPACE_ID, 1)
    assert not has_leaf
    await meet(storage, leaf(2, parent=4))
    assert not await storage.put_off(seen, AT + DAY)
    assert await storage.due_traces(AT, 10) == [(WORKSPACE_ID, 1)]


async def test_what_has_expired_is_forgotten_a_bit_at_a_time(storage: Storage) -> None:
    await meet(storage, leaf(2, parent=9), leaf(3, parent=9))
    await storage.hold_totals([total(4), total(5, expires_at=AT + DAY + 1)])
    assert await storage.forget_spans(AT + DAY - 1, 10) == 0
    assert await storage.forget_spans(AT + DAY, 1) == 2
    assert await storage.forget_spans(AT + DAY, 10) == 1
    assert [each.key for each in (await storage.totals_of(WORKSPACE_ID, 1))[0]] == [5]
    assert await meet(storage, leaf(9)) == set()
