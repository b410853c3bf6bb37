"""What a stored call would be at the prices of today."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from farthing.intake.call import Call
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.prices import load_price_book
from farthing.rules.events import UsageEvent
from farthing.rules.override import Alias, Override, OwnPrices
from farthing.rules.own_book import OwnBook
from farthing.rules.pricebook import CardCache
from farthing.rules.repricing import Tally, repriced
from farthing.rules.repricing_preview import PreviewMaker
from tests.contract.own_prices import alias, override
from tests.contract.repricings import SCOPE
from tests.strategies import utc_ms

AT = utc_ms("2026-11-10T10:00:00Z")
LISTED = CardCache(load_price_book())


def cards(*, overrides: tuple[Override, ...] = (), aliases: tuple[Alias, ...] = ()) -> CardCache:
    """The release's prices behind a workspace's own."""
    return CardCache(OwnBook(load_price_book(), OwnPrices(1, overrides, aliases)))


def stored(by: CardCache = LISTED, **fields: Any) -> UsageEvent:
    """A call as the ingest stores it."""
    sent: dict[str, Any] = {"provider": "openai", "model": "gpt-4o-mini", "status": "success"}
    sent |= {"external_request_id": "r1"}
    sent |= {"input_tokens": 1_000, "output_tokens": 0}
    understood = understand(Call(**(sent | fields)), Sender(1, 1, 1), AT, by)
    assert isinstance(understood, Understood)
    return understood.event


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"service_tier": "flex"},
        {"is_batch": True},
        {"service_tier": "nonsense"},
        {"region": "mars"},
        {"model": "nobody-knows"},
        {"model": "gpt-4o-mini-2024-07-18"},
        {"model": "ft:gpt-4o-mini:acme::1"},
        {"status": "cache_hit"},
        {"status": "error", "input_tokens": 0},
        {"input_tokens": None, "output_tokens": None, "total_tokens": 70},
        {
            "usage": {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10},
            "input_tokens": None,
            "output_tokens": None,
        },
    ],
)
def test_at_the_same_prices_nothing_changes(fields: dict[str, Any]) -> None:
    event = stored(**fields)
    assert repriced(event, LISTED) is event


def test_a_discount_makes_another_cost_and_another_card() -> None:
    dearer = stored(output_tokens=10)
    half = override(provider="openai", model=None, tier=None, rates={}, discount_ppm=500_000, start=None)
    cheaper = repriced(dearer, cards(overrides=(half,)))
    assert cheaper is not None
    assert dearer.cost_picousd == 156_000_000
    assert cheaper.cost_picousd == 78_000_000
    assert cheaper == stored(cards(overrides=(half,)), output_tokens=10)
    assert repriced(cheaper, LISTED) == dearer


def test_an_alias_makes_a_call_another_models_and_back() -> None:
    unknown = stored(provider="inhouse", model="my-deployment")
    by_alias = cards(aliases=(replace(alias("my-deployment"), provider="inhouse"),))
    known = repriced(unknown, by_alias)
    assert known is not None
    assert (unknown.model, unknown.cost_picousd) == ("my-deployment", None)
    assert (known.model, known.pricing_status, known.unpriced_tokens) == ("gpt-5", "priced", 0)
    assert known.model_sent == "my-deployment"
    assert repriced(known, LISTED) == unknown


def test_flags_of_usage_and_time_stay_while_those_of_the_price_change() -> None:
    odd = stored(
        data_mode="real",
        environment="prod",
        service_tier="nonsense",
        input_tokens=1,
        cached_input_tokens=5,
        on_inconsistent="flag",
    )
    assert odd.usage.flags == ("usage_inconsistent", "tier_not_priced")
    any_tier = override(provider="openai", model="gpt-4o-mini", tier="nonsense", start=None)
    priced = repriced(
        odd, cards(overrides=(replace(any_tier, rates={"input_uncached": 1, "cache_read": 7}),))
    )
    assert priced is not None
    assert priced.usage.flags == ("usage_inconsistent",)
    assert priced.cost_picousd == 5 * 7


def test_what_would_cost_more_than_can_be_stored_is_kept() -> None:
    event = stored(input_tokens=2**40)
    dear = override(provider="openai", model="gpt-4o-mini", rates={"input_uncached": 10**15}, start=None)
    assert repriced(event, cards(overrides=(dear,))) is None


def test_a_preview_counts_by_month_and_model_and_leaves_closed_months_out() -> None:
    zone = ZoneInfo("Asia/Kathmandu")
    scope = replace(SCOPE, closed_until=utc_ms("2026-10-31T18:15:00Z"))
    maker = PreviewMaker(scope, zone)
    old = stored()
    for number, (at, cost) in enumerate(
        (("2026-10-31T18:14:59Z", 1), ("2026-10-31T18:15:00Z", 2), ("2026-11-02T00:00:00Z", 150_000_000))
    ):
        before = replace(old, occurred_at=utc_ms(at))
        after = before if cost == before.cost_picousd else replace(before, cost_picousd=cost, model="other")
        maker.add(number, before, after)
    maker.add(9, replace(old, occurred_at=utc_ms("2026-11-02T00:00:00Z")), None)
    preview = maker.preview()
    one = {"cost_before_picousd": 150_000_000, "changed_count": 1, "request_count": 1}
    assert preview.closed == Tally(**one, cost_after_picousd=1)
    assert preview.total == Tally(
        request_count=3,
        changed_count=1,
        cost_before_picousd=450_000_000,
        cost_after_picousd=300_000_002,
        kept_count=1,
    )
    assert [(line.month, line.is_closed, line.tally.request_count) for line in preview.months] == [
        ("2026-10", True, 1),
        ("2026-11", False, 3),
    ]
    assert [(line.day, line.tally.request_count) for line in preview.days] == [("2026-11-01", 1)]
    ((provider, model, after_model, tally),) = [
        (line.provider, line.model, line.model_after, line.tally) for line in preview.models
    ]
    assert (provider, model, after_model) == ("openai", "gpt-4o-mini", "other")
    assert tally == Tally(**one, cost_after_picousd=2)
    assert [example.request_id for example in preview.examples] == [1]
