"""A hundred thousand calls of every kind: stored costs, receipts, fractions and a re-pricing agree."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any, Final

from farthing.actions.prices.manage_own_prices import NewOverride, add_override
from farthing.actions.prices.reprice import NewRepricing, find_repricing, preview_repricing
from farthing.api.ingest_answer import cost_of
from farthing.intake.call import Call
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.jobs.runner import run_job
from farthing.prices import load_price_book
from farthing.reports.facts import FactQuery
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.money import PICO_PER_USD
from farthing.rules.periods import Window
from farthing.rules.pricebook import CardCache
from farthing.rules.pricing import receipt
from farthing.rules.repricing import Preview, Tally
from farthing.rules.usage import is_token_unit
from farthing.storage.contract import StoredEvent
from farthing.storage.sqlite import SqliteStorage
from tests.installations import NOW, Installed, installed

EVENTS: Final = 100_000
GROUP: Final = 2_000
EVER: Final = Window(0, 2**42)
_DAYS_MS: Final = 17 * 86_400_000
_PARTS: Final = ("cached_input_tokens", "cache_write_tokens", "cache_write_1h_tokens", "audio_input_tokens")
_TIERS: Final = (None, None, None, "standard", "flex", "priority", "fast", "nonsense")


def calls(random: Random) -> Iterator[Call]:
    """Calls of listed and unknown models, at all times, tiers and sizes, some odd."""
    models = random.sample([(each.provider, each.model) for each in load_price_book().models], 400)
    for number in range(EVENTS):
        provider, model = random.choice(models)
        count = random.choice((10, 1_000, 300_000, 2**33))
        parts: dict[str, Any] = {
            name: random.randrange(count) if random.random() < 0.2 else 0 for name in _PARTS
        }
        total = sum(parts.values()) + random.randrange(count)
        yield Call(
            external_request_id=f"r{number}",
            provider=provider,
            model=model if random.random() < 0.97 else f"{model}-x",
            status=random.choice(("success", "success", "error", "cache_hit")),
            input_tokens=total,
            output_tokens=random.randrange(count),
            reasoning_tokens=0,
            web_searches=random.choice((None, None, 3)),
            created_at=None,
            service_tier=random.choice(_TIERS),
            is_batch=random.choice((None, None, True)),
            tenant_id=f"t{number % 7}",
            **parts,
        )


def priced(cards: CardCache, sender: Sender) -> list[UsageEvent]:
    """The calls as they were received over two years, priced."""
    random = Random(20_261_124)
    events = []
    for call in calls(random):
        understood = understand(call, sender, NOW - random.randrange(40) * _DAYS_MS, cards)
        assert isinstance(understood, Understood), understood
        events.append(understood.event)
    return events


def recomputed(lines: Any) -> Fraction:
    """The sum of counts times rates in pico-dollars, from the texts of a receipt alone."""
    dollars = Fraction()
    for line in lines:
        dollars += Fraction(line["rateUsd"]) * line["count"] / (10**6 if is_token_unit(line["unit"]) else 1)
    return dollars * PICO_PER_USD


def check(event: UsageEvent) -> None:
    """The event's cost, its receipt and fractions agree."""
    told = receipt(cost_of(event))
    exact = recomputed(told["lines"])
    if event.status == "cache_hit":
        assert event.cost_picousd == 0
        assert Fraction(str(told.get("avoidedUsd", "0"))) * PICO_PER_USD == exact
    elif event.cost_picousd is None:
        assert told["totalUsd"] is None
        assert exact == 0
    else:
        assert event.cost_picousd == exact == Fraction(str(told["totalUsd"])) * PICO_PER_USD


async def previewed(made: Installed) -> Preview:
    """What pricing everything anew would change, at the same prices."""
    wanted = NewRepricing(include_closed_months=True)
    repricing, job = await preview_repricing(made.parts, made.asker, wanted)
    assert (await run_job(made.parts, job)).state == "succeeded"
    preview = (await find_repricing(made.parts, made.asker, repricing.id)).preview
    assert preview is not None
    return preview


async def test_stored_costs_receipts_and_fractions_agree(tmp_path: Path) -> None:
    async with installed(SqliteStorage(tmp_path / "farthing.db"), load_price_book()) as made:
        storage, workspace_id = made.parts.storage, made.membership.workspace.id
        await add_override(made.parts, made.asker, NewOverride(provider="openai", discount_percent="7.3219"))
        events = priced(made.parts.prices.cards(workspace_id), Sender(workspace_id, 1, 1))
        for start in range(0, EVENTS, GROUP):
            group = events[start : start + GROUP]
            recorded = await storage.record(group)
            await storage.fold(GROUP)
            for event, one in list(zip(group, recorded, strict=True))[:: GROUP // 20]:
                assert await storage.request(workspace_id, one.request_id) == StoredEvent(
                    one.request_id, event
                )
        while await storage.seal(NOW):
            pass
        asked = FactQuery(
            workspace_id=workspace_id, window=EVER, filters=Filters(), sums=("cost_picousd", "request_count")
        )
        (sums,) = (await storage.facts(asked)).sums.values()
        preview = await previewed(made)

    for event in events:
        check(event)
    assert sums == (sum(event.cost_picousd or 0 for event in events), EVENTS)
    assert preview.total == Tally(
        request_count=EVENTS,
        cost_before_picousd=sums[0],
        cost_after_picousd=sums[0],
        unpriced_before_count=sum(event.pricing_status != "priced" for event in events),
        unpriced_after_count=sum(event.pricing_status != "priced" for event in events),
    )
    kinds = {(event.pricing_status, event.status) for event in events}
    assert len(kinds) == 7  # each status priced, partly and not at all, but for cache hits: they cost nothing
    assert any("rounded half to even" in rate.rule for e in events for rate in e.rate_card.rates.values())
