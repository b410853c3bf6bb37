"""What is looked up at each request, and how soon a change of it is known."""

from __future__ import annotations

import asyncio

import pytest

from farthing.actions.entry.short_memory import MEMORY_MS, ShortMemory
from tests.installations import StandingClock


class Shelf:
    """Values that are looked up, with a count; each look-up lets others run first."""

    def __init__(self) -> None:
        self.values: dict[bytes, str] = {b"a": "one"}
        self.look_ups = 0
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def load(self, digest: bytes) -> str | None:
        self.look_ups += 1
        value = self.values.get(digest)
        self.asked.set()
        await self.gate.wait()
        return value


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def memory(shelf: Shelf, clock: StandingClock) -> ShortMemory[str]:
    return ShortMemory(shelf.load, clock)


async def test_a_value_is_looked_up_again_after_two_seconds(
    memory: ShortMemory[str], shelf: Shelf, clock: StandingClock
) -> None:
    assert await memory.find(b"a") == "one"
    del shelf.values[b"a"]
    clock.forward(MEMORY_MS - 1)
    assert await memory.find(b"a") == "one"
    clock.forward(1)
    assert await memory.find(b"a") is None
    assert shelf.look_ups == 2


async def test_what_has_become_of_a_value_is_not_remembered_for_longer(
    memory: ShortMemory[str], clock: StandingClock
) -> None:
    await memory.find(b"a")
    clock.forward(MEMORY_MS - 1)
    memory.put(b"a", "two")
    assert await memory.find(b"a") == "two"
    clock.forward(1)
    assert await memory.find(b"a") == "one"
    memory.put(b"b", "never there")
    assert await memory.find(b"b") is None


async def test_a_clock_that_is_set_back_keeps_nothing_alive(
    memory: ShortMemory[str], shelf: Shelf, clock: StandingClock
) -> None:
    await memory.find(b"a")
    clock.forward(-1)
    await memory.find(b"a")
    assert shelf.look_ups == 2


async def test_what_is_not_there_is_looked_up_each_time(memory: ShortMemory[str], shelf: Shelf) -> None:
    assert await memory.find(b"b") is None
    shelf.values[b"b"] = "new"
    assert await memory.find(b"b") == "new"


async def test_many_at_once_are_one_look_up_and_none_cancels_it(
    memory: ShortMemory[str], shelf: Shelf
) -> None:
    shelf.gate.clear()
    waiting = [asyncio.create_task(memory.find(b"a")) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    shelf.gate.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert found[1:] == ["one"] * 4
    assert shelf.look_ups == 1


async def test_what_was_being_looked_up_when_all_was_forgotten_is_not_kept(
    memory: ShortMemory[str], shelf: Shelf
) -> None:
    shelf.gate.clear()
    early = asyncio.create_task(memory.find(b"a"))
    await shelf.asked.wait()
    shelf.values[b"a"] = "changed"
    memory.clear()
    shelf.gate.set()
    assert await memory.find(b"a") == "changed"
    assert await early == "one"
    assert await memory.find(b"a") == "changed"


async def test_a_look_up_that_fails_is_tried_again(memory: ShortMemory[str], shelf: Shelf) -> None:
    real, shelf.gate = shelf.gate, None  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        await memory.find(b"a")
    shelf.gate = real
    assert await memory.find(b"a") == "one"


async def test_what_is_remembered_is_bounded(
    memory: ShortMemory[str], shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farthing.actions.entry.short_memory.ENTRIES_MAX", 3)
    shelf.values = {bytes([number]): str(number) for number in range(10)}
    for digest in shelf.values:
        await memory.find(digest)
    assert [value for _, value in memory._known.values()] == ["7", "8", "9"]
