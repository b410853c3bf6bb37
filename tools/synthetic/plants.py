"""The unusual things, each put into a workspace like those of `worlds.clean`.

A spike, a prompt regression, a runaway user, a script under an application's key, a model switch, a lost
cache, a retry storm, retries that nobody sees, silence of everything and of an endpoint, and a model without
a price.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final

from tools.synthetic.streams import HOURS_A_DAY, Change, Stream
from tools.synthetic.worlds import (
    ENDS,
    HISTORY_HOURS,
    SIZES_USD_A_DAY,
    Plant,
    World,
    played,
    rhythm_of,
    streams_of,
    tenant_of,
)

Planted = tuple[Plant, dict[int, list[Change]], list[tuple[Stream, Change]]]


def _of_endpoint(world: World, endpoint: str) -> list[int]:
    return [n for n, stream in enumerate(world.streams) if stream.names["endpoint_tag"] == endpoint]


def _endpoint(world: World, rng: Random) -> str:
    """One of the three largest."""
    return rng.choice(list(dict.fromkeys(s.names["endpoint_tag"] for s in world.streams))[:3])


def _start(world: World, rng: Random) -> float:
    """A quarter hour of the second to ninth day, in the working hours of the workspace."""
    day = HISTORY_HOURS // HOURS_A_DAY + rng.randint(1, 8)
    while day % 7 >= 5 or day in world.rhythm.holidays:
        day += 1
    hour = (world.rhythm.peak + rng.choice((-4, -2, -1, 0, 1, 2))) % HOURS_A_DAY
    return day * HOURS_A_DAY + hour + rng.randrange(4) / 4


def spike(world: World, rng: Random) -> Planted:
    start, endpoint = _start(world, rng), _endpoint(world, rng)
    end = start + rng.randint(3, 8)
    change = Change(start=start, end=end, rate=rng.uniform(3.5, 7))
    plant = Plant("spike", start, end, (("endpoint_tag", endpoint),))
    return plant, {n: [change] for n in _of_endpoint(world, endpoint)}, []


def prompt_regression(world: World, rng: Random) -> Planted:
    """A new prompt version takes the endpoint over and sends more tokens; it stays."""
    start, endpoint = _start(world, rng), _endpoint(world, rng)
    factor = rng.uniform(1.9, 3)
    gone = Change(start=start, end=ENDS, rate=0.0)
    numbers = _of_endpoint(world, endpoint)
    added = [
        (
            replace(world.streams[n], names=world.streams[n].names | {"prompt_version": "v9"}),
            Change(start=start, end=ENDS, usd=factor, tokens=factor),
        )
        for n in numbers
    ]
    plant = Plant("prompt regression", start, ENDS, (("prompt_version", "v9"),))
    return plant, {n: [gone] for n in numbers}, added


def runaway_user(world: World, rng: Random) -> Planted:
    """One user's script calls an endpoint without end for some hours."""
    start, endpoint = _start(world, rng), _endpoint(world, rng)
    end, number = start + rng.randint(4, 12), _of_endpoint(world, endpoint)[0]
    stream = world.streams[number]
    total = sum(each.rate * each.usd for each in world.streams)
    rate = total * rng.uniform(0.6, 1.5) / stream.usd
    theirs = replace(stream, names=stream.names | {"user_id": "u_81", "tenant_id": tenant_of(81)}, rate=rate)
    plant = Plant("runaway user", start, end, (("user_id", "u_81"),))
    return plant, {}, [(theirs, Change(start=start, end=end))]


def stray_script(world: World, rng: Random) -> Planted:
    """A script under the API key of an application calls two models, and names nothing else."""
    start, endpoint = _start(world, rng), _endpoint(world, rng)
    end, numbers = start + rng.randint(4, 12), _of_endpoint(world, endpoint)
    total = sum(each.rate * each.usd for each in world.streams) * rng.uniform(0.6, 1.5)
    key = world.streams[numbers[0]].names["api_key"]
    named = ("provider", "model", "environment", "api_key")
    added = []
    for n in numbers:
        stream = world.streams[n]
        names = {name: stream.names[name] for name in named}
        rate = total / len(numbers) / stream.usd
        added.append(
            (replace(stream, names=names, rate=rate, is_of_nobody=True), Change(start=start, end=end))
        )
    return Plant("stray script", start, end, (("api_key", key),)), {}, added


def model_switch(world: World, rng: Random) -> Planted:
    """An endpoint moves to a model that costs several times as much; it stays."""
    start, endpoint = _start(world, rng), _endpoint(world, rng)
    numbers, factor = _of_endpoint(world, endpoint), rng.uniform(3, 6)
    added = [
        (
            replace(
                world.streams[n],
                names=world.streams[n].names | {"provider": "openai", "model": "gpt-ultra"},
                usd=world.streams[n].usd * factor,
            ),
            Change(start=start, end=ENDS),
        )
        for n in numbers
    ]
    plant = Plant("model switch", start, ENDS, (("model", "gpt-ultra"),))
    return plant, {n: [Change(start=start, end=ENDS, rate=0.0)] for n in numbers}, added


def cache_loss(world: World, rng: Random) -> Planted:
    """An endpoint whose input was mostly cached reads nothing from the cache any more, for a day or more."""
    start, endpoint = _start(world, rng), _endpoint(world, rng)
    numbers = _of_endpoint(world, endpoint)
    for n in numbers:
        world.streams[n] = replace(world.streams[n], cached_share=0.8)
    end = start + rng.randint(24, 72)
    plant = Plant("cache loss", start, end, (("endpoint_tag", endpoint),))
    return plant, {n: [Change(start=start, end=end, cached_share=0.0)] for n in numbers}, []


def retry_storm(world: World, rng: Random) -> Planted:
    """Calls of an endpoint fail and are made again and again."""
    start, endpoint = _start(world, rng), _endpoint(world, rng)
    end = start + rng.randint(2, 5)
    change = Change(
        start=start, end=end, rate=rng.uniform(2, 4), error_rate=rng.uniform(0.3, 0.6), retry_rate=0.5
    )
    plant = Plant("retry storm", start, end, (("endpoint_tag", endpoint),))
    return plant, {n: [change] for n in _of_endpoint(world, endpoint)}, []


def retries(world: World, rng: Random) -> Planted:
    """Half of an endpoint's calls, and more, are second attempts; they succeed, so no error tells of them."""
    start, endpoint = _start(world, rng), _endpoint(world, rng)
    end = start + rng.randint(3, 8)
    change = Change(start=start, end=end, rate=rng.uniform(1.3, 2), retry_rate=rng.uniform(0.3, 0.6))
    plant = Plant("retries", start, end, (("endpoint_tag", endpoint),))
    return plant, {n: [change] for n in _of_endpoint(world, endpoint)}, []


def silent_endpoint(world: World, rng: Random) -> Planted:
    """One endpoint is called no more, all others are."""
    start, endpoint = _start(world, rng), _endpoint(world, rng)
    end = start + rng.randint(4, 24)
    change = Change(start=start, end=end, rate=0.0)
    plant = Plant("silent endpoint", start, end, (("endpoint_tag", endpoint),))
    return plant, {n: [change] for n in _of_endpoint(world, endpoint)}, []


def silence(world: World, rng: Random) -> Planted:
    """Nothing arrives any more, in the midst of a working day."""
    start = _start(world, rng)
    end = start + rng.randint(4, 24)
    change = Change(start=start, end=end, rate=0.0)
    return Plant("silence", start, end, ()), {n: [change] for n in range(len(world.streams))}, []


def unpriced_model(world: World, rng: Random) -> Planted:
    """Part of an endpoint's calls go to a model that no price book knows; it stays."""
    start, endpoint = _start(world, rng), _endpoint(world, rng)
    share = rng.uniform(0.3, 1)
    numbers = _of_endpoint(world, endpoint)
    added = [
        (
            replace(world.streams[n], names=world.streams[n].names | {"model": "foo-2"}, is_priced=False),
            Change(start=start, end=ENDS, rate=share),
        )
        for n in numbers
    ]
    plant = Plant("unpriced model", start, ENDS, (("model", "foo-2"),))
    return plant, {n: [Change(start=start, end=ENDS, rate=1 - share)] for n in numbers}, added


PLANTS: Final[dict[str, Callable[[World, Random], Planted]]] = {
    "spike": spike,
    "prompt regression": prompt_regression,
    "runaway user": runaway_user,
    "stray script": stray_script,
    "model switch": model_switch,
    "cache loss": cache_loss,
    "retry storm": retry_storm,
    "retries": retries,
    "silence": silence,
    "silent endpoint": silent_endpoint,
    "unpriced model": unpriced_model,
}


def planted(kind: str, size: str, seed: int) -> World:
    """A workspace in which one thing of this kind happens, and nothing else."""
    rng = Random(f"{kind} {size} {seed}")
    name = f"{kind}, {size} {seed}"
    world = World(name, rhythm_of(rng), streams_of(rng, SIZES_USD_A_DAY[size]))
    plant, changes, added = PLANTS[kind](world, rng)
    world.plant = plant
    return played(world, changes, added, seed)
