"""Whole workspaces: streams, rhythm, users; with nothing unusual in them, or one thing that is known.

A world has 12 weeks of history by the hour and then two weeks by the quarter hour, in which things happen.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from farthing.rules.periods import HOUR_MS
from tools.synthetic.streams import (
    HOURS_A_DAY,
    HOURS_A_WEEK,
    Change,
    Noise,
    Rhythm,
    Stream,
    Track,
    growth_a_week,
    mean_cost,
    run,
)

HISTORY_HOURS: Final = 12 * HOURS_A_WEEK
PLAY_HOURS: Final = 2 * HOURS_A_WEEK
ENDS: Final = float(HISTORY_HOURS + PLAY_HOURS)
EPOCH: Final = 1_767_571_200_000
"""Monday, 5 January 2026, midnight UTC: where every world begins."""
PLAY_AT: Final = EPOCH + HISTORY_HOURS * HOUR_MS
USERS: Final = 8
_TENANTS: Final = 3
_KEYS: Final = 3

SIZES_USD_A_DAY: Final = {"small": 15.0, "medium": 200.0, "large": 3_000.0}
_MODELS: Final = (
    ("openai", "gpt-mini", 0.002),
    ("openai", "gpt-max", 0.02),
    ("anthropic", "haiku", 0.003),
    ("anthropic", "sonnet", 0.015),
    ("google", "flash", 0.001),
)
_ENDPOINTS: Final = (
    "checkout.ai_summary",
    "support.reply",
    "search.rerank",
    "docs.translate",
    "mail.triage",
    "review.code",
    "chat.assistant",
    "report.weekly",
)


@dataclass(frozen=True)
class Plant:
    """The one unusual thing. `cause` are the (dimension, value) pairs of which one has to be named first.

    Hours are counted from the world's beginning.
    """

    kind: str
    start: float
    end: float
    cause: tuple[tuple[str, str], ...]


@dataclass
class World:
    """`history` by the hour, `play` by the quarter hour.

    `worth_usd` is what the plant adds to the spend of its first 24 hours, on average.
    """

    name: str
    rhythm: Rhythm
    streams: list[Stream]
    plant: Plant | None = None
    worth_usd: float = 0.0
    history: list[Track] = field(default_factory=list)
    play: list[Track] = field(default_factory=list)


def rhythm_of(rng: Random) -> Rhythm:
    """Some way of working: offices, shops, mixed; some grow, each has two holidays in the 14 weeks."""
    return Rhythm(
        peak=rng.choice((10.0, 14.0, 19.0)),
        night=rng.choice((0.05, 0.15, 0.4)),
        weekend=rng.choice((0.15, 0.5, 0.9, 1.2)),
        growth_a_week=growth_a_week(rng.choice((0, 0, 8, 20))),
        day_noise=rng.choice((0.05, 0.08, 0.12)),
        hour_noise=rng.choice((0.08, 0.12, 0.2)),
        holidays=frozenset(rng.sample(range(14 * 7), 2)),
    )


def key_of(number: int) -> str:
    """The API key of an application: endpoints share a few."""
    return f"key_{number % _KEYS}"


def tenant_of(user: int) -> str:
    """Whose the user with this number is."""
    return f"tenant_{user % _TENANTS}"


def user_weights() -> list[float]:
    """What share of the calls each user makes."""
    weights = [1 / (1 + n) for n in range(USERS)]
    return [weight / sum(weights) for weight in weights]


def streams_of(rng: Random, usd_a_day: float) -> list[Stream]:
    """Five to eight endpoints, most with two models, of unequal weight; they add up to about `usd_a_day`."""
    endpoints = rng.sample(_ENDPOINTS, rng.randint(5, 8))
    weights = [1 / (1 + n) ** 0.7 for n in range(len(endpoints))]
    streams = []
    for endpoint, weight in zip(endpoints, weights, strict=True):
        models = rng.sample(_MODELS, 2)
        for (provider, model, usd), share in zip(models, (0.7, 0.3), strict=True):
            spend_an_hour = usd_a_day / HOURS_A_DAY * weight / sum(weights) * share
            streams.append(_stream(rng, endpoint, (provider, model), usd, spend_an_hour))
    return streams


def _stream(rng: Random, endpoint: str, model: tuple[str, str], usd: float, spend_an_hour: float) -> Stream:
    names = {
        "endpoint_tag": endpoint,
        "prompt_version": f"v{1 + sum(map(ord, endpoint)) % 6}",
        "provider": model[0],
        "model": model[1],
        "environment": "prod",
        "api_key": key_of(sum(map(ord, endpoint))),
    }
    call_usd = usd * rng.uniform(0.7, 1.4)
    return Stream(
        names=names,
        rate=spend_an_hour / call_usd / 0.45,  # the mean of the rhythms is about 0.45
        usd=call_usd,
        cached_share=rng.choice((0.0, 0.0, 0.6)),
        error_rate=rng.choice((0.002, 0.01, 0.03)),
        retry_rate=rng.choice((0.0, 0.01, 0.02)),
    )


def played(
    world: World, changes: dict[int, list[Change]], added: list[tuple[Stream, Change]], seed: int
) -> World:
    """Let time pass: `changes` by the index of the stream, `added` streams exist only during their change."""
    rng = Random(f"{world.name} {seed}")
    noise = Noise(rng, world.rhythm)
    hours = [float(hour) for hour in range(HISTORY_HOURS)]
    quarters = [HISTORY_HOURS + n / 4 for n in range(PLAY_HOURS * 4)]
    for number, stream in enumerate(world.streams):
        world.history.append(run(stream, world.rhythm, noise, hours, (), rng))
        world.play.append(run(stream, world.rhythm, noise, quarters, changes.get(number, ()), rng))
        world.worth_usd += sum(_worth(world.rhythm, stream, change) for change in changes.get(number, ()))
    for stream, change in added:
        world.worth_usd += _worth(world.rhythm, stream, change, before=0.0)
        elsewhere = [
            replace(change, start=0.0, end=change.start, rate=0.0),
            replace(change, start=change.end, end=ENDS, rate=0.0),
        ]
        world.history.append(run(stream, world.rhythm, noise, hours, elsewhere, rng))
        world.play.append(run(stream, world.rhythm, noise, quarters, [change, *elsewhere], rng))
    return world


def _worth(rhythm: Rhythm, stream: Stream, change: Change, before: float = 1.0) -> float:
    """What a change adds to the spend of its first 24 hours; `before` 0 for a stream that was not there."""
    hours = range(int(change.start), int(min(change.end, change.start + HOURS_A_DAY)))
    calls = sum(rhythm.at(hour + 0.5) for hour in hours) * stream.rate
    after = change.rate * change.usd * mean_cost(stream, change)
    return calls * stream.usd * (after - before * mean_cost(stream, None))


def clean(size: str, seed: int) -> World:
    """A workspace in which nothing unusual happens."""
    rng = Random(f"world {size} {seed}")
    world = World(f"{size} {seed}", rhythm_of(rng), streams_of(rng, SIZES_USD_A_DAY[size]))
    return played(world, {}, [], seed)
