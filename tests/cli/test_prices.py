"""`farthing prices`, and the laws of what it lists."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest

from farthing.intake.times import read_time
from farthing.prices import load_price_book
from farthing.prices.catalogue import PriceQuery, price_page
from farthing.prices.entries import by_start, holding
from farthing.prices.history import history
from farthing.rules.pricebook import PriceBook, PricedCall
from tests.terminal import Terminal
from tools.files import ROOT

AT = "2026-11-20T12:00:00Z"
NOW = read_time(AT)
PAGE = (ROOT / "docs" / "prices.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return load_price_book()


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def asked(terminal: Terminal, *words: str) -> dict[str, Any]:
    code, out, err = terminal.type("prices", *words, "--json")
    assert (code, err) == (0, "")
    told: dict[str, Any] = json.loads(out)
    return told


def printed(terminal: Terminal, *words: str) -> str:
    code, out, err = terminal.type("prices", *words)
    assert (code, err) == (0, "")
    return out


def test_the_list_is_the_one_of_the_api(terminal: Terminal, book: PriceBook) -> None:
    words = ("--provider", "Claude", "--q", "SONNET", "--at", AT, "--limit", "3")
    page = price_page(book, PriceQuery(at=NOW, provider="anthropic", q="sonnet", limit=3))
    assert asked(terminal, "list", *words) == {
        "models": json.loads(msgspec.json.encode(page.rows)),
        "total": page.total,
        "priceBookVersion": book.version,
    }
    out = printed(terminal, "list", *words)
    assert all(row.model in out for row in page.rows)
    assert out.endswith(f"3 of {page.total} models, prices of {AT}; --limit gives more\n")


def test_a_price_stands_in_the_list_with_all_its_digits(terminal: Terminal) -> None:
    out = printed(terminal, "list", "--provider", "openai", "--q", "gpt-4o-mini", "--at", AT)
    found = re.search(r" gpt-4o-mini +(\S+) +(\S+) +(\S+)", out)
    assert found is not None
    assert found.groups() == ("0.15", "0.60", "0.075")


def test_a_list_of_nothing_says_so(terminal: Terminal) -> None:
    assert printed(terminal, "list", "--q", "zzz", "--at", AT) == f"0 of 0 models, prices of {AT}\n"


def test_all_entries_of_a_model_are_shown_with_their_conditions(terminal: Terminal) -> None:
    told = asked(terminal, "show", "claude", "claude-sonnet-4.5", "--at", AT)
    assert (told["provider"], told["model"], told["matchedBy"]) == ("anthropic", "claude-sonnet-4-5", "alias")
    assert [entry["conditions"] for entry in told["entries"]] == [
        "",
        "above=200000",
        "tier=batch",
        "tier=batch;above=200000",
    ]
    plain = told["entries"][0]
    assert plain["rates"][0] == {
        "unit": "input_uncached",
        "rateUsd": "3",
        "rateUnit": "1M tokens",
        "rule": "listed",
    }
    assert (plain["source"], plain["confidence"], plain["isFree"]) == ("genai-prices", "disputed", False)
    assert plain["checked"] >= "2026-11-24"
    assert [each["kind"] for each in told["disagreements"]] == ["context"]
    out = printed(terminal, "show", "claude", "claude-sonnet-4.5", "--at", AT)
    assert "batch, above 200,000" in out
    assert "as in the standard tier" in out
    assert plain["sourceUrl"] in out
    assert plain["checked"] in out


def test_hours_of_the_day_are_shown_whatever_the_hour(terminal: Terminal) -> None:
    told = asked(terminal, "show", "deepseek", "deepseek-v4-flash", "--at", AT)
    assert [entry["hours"] for entry in told["entries"]] == [
        None,
        {"startMinute": 60, "endMinute": 240, "weekdays": [0, 1, 2, 3, 4], "exceptHolidays": True},
        {"startMinute": 360, "endMinute": 600, "weekdays": [0, 1, 2, 3, 4], "exceptHolidays": True},
    ]
    assert "01:00-04:00 UTC on work days" in printed(
        terminal, "show", "deepseek", "deepseek-v4-flash", "--at", AT
    )


def test_a_resold_model_is_shown_without_the_tiers_of_its_owner(terminal: Terminal) -> None:
    told = asked(terminal, "show", "azure", "gpt-4o", "--at", AT)
    assert (told["provider"], told["isResold"]) == ("openai", True)
    assert [entry["tier"] for entry in told["entries"]] == ["standard"]
    assert "at the list price of openai, standard tier only" in printed(terminal, "show", "azure", "gpt-4o")
    steps = asked(terminal, "history", "azure", "gpt-4o")["steps"]
    assert {step["entry"]["tier"] for step in steps} == {"standard"}


def test_free_regional_and_unpriced_models_are_told_as_such(terminal: Terminal) -> None:
    assert re.search(r"standard +all units +free", printed(terminal, "show", "google", "gemma-4-31b-it"))
    assert "region eu" in printed(terminal, "show", "openrouter", "mistralai/mistral-large-4-0", "--at", AT)
    assert "No entry holds" in printed(terminal, "show", "sensenova", "deepseek-v4-flash")
    assert "no price for it" in printed(terminal, "history", "sensenova", "deepseek-v4-flash")


def test_every_entry_that_is_shown_prices_the_calls_of_its_conditions(book: PriceBook) -> None:
    for model in book.models:
        for price in holding(model.prices, NOW):
            tokens = price.context_above + 1 if price.context_above else 0
            call = PricedCall(price.provider, price.model, NOW, tokens, price.tier, region=price.region)
            if price.covers(NOW):
                assert book.find(call).entries[0] is price
            else:
                assert price.hours is not None


def test_a_history_tells_every_change_from_the_entry_before(terminal: Terminal) -> None:
    told = asked(terminal, "history", "upstage", "solar-pro4")
    first, second = told["steps"][:2]
    assert (first["follows"], first["changes"], first["beginsLater"]) == (None, [], False)
    assert (second["follows"], second["beginsLater"]) == (first["entry"]["priceId"], True)
    assert second["changes"][0] == {
        "unit": "input_uncached",
        "beforeUsd": "0.3",
        "afterUsd": "0.03",
        "rateUnit": "1M tokens",
    }
    out = printed(terminal, "history", "upstage", "solar-pro4")
    assert "unpriced till then" in out
    assert re.search(r"2026-09-11 +2026-10-20 +standard +input_uncached +0\.03 +0\.09", out)
    assert "no rate changed" in printed(terminal, "history", "openai", "gpt-5")


def test_the_changes_of_a_history_lead_from_one_entry_to_the_next(book: PriceBook) -> None:
    for model in book.models:
        steps = history(model.prices)
        assert [step.entry.price_id for step in steps] == [each.price_id for each in by_start(model.prices)]
        rates = {step.entry.price_id: {r.unit: r.rate_usd for r in step.entry.rates} for step in steps}
        for step in steps:
            if step.follows is not None:
                changed = {change.unit: change.after_usd for change in step.changes}
                after = rates[step.follows] | changed
                assert {unit: usd for unit, usd in after.items() if usd is not None} == rates[
                    step.entry.price_id
                ]


def test_the_differences_are_those_of_the_document(terminal: Terminal) -> None:
    told = asked(terminal, "check")
    total = re.search(r"^(\d+) differences between the sources, in (\d+) models$", PAGE, re.MULTILINE)
    assert total is not None
    assert (told["total"], told["modelCount"]) == (int(total[1]), int(total[2]))
    kinds = re.findall(r"^ +(\d+) (announced|context|history|missing|price): ", PAGE, re.MULTILINE)
    assert told["kinds"] == {kind: int(count) for count, kind in kinds}
    assert sum(told["kinds"].values()) == len(told["differences"]) == told["total"]
    assert printed(terminal, "check").startswith(total[0] + "\n")


def test_in_a_difference_the_sources_differ(terminal: Terminal) -> None:
    for each in asked(terminal, "check")["differences"]:
        assert each["bookUsd"] != each["otherUsd"], each
        assert (each["bookUsd"] is None) == (each["kind"] == "missing"), each


def test_the_differences_of_one_provider_are_listed(terminal: Terminal) -> None:
    everything = asked(terminal, "check")["differences"]
    told = asked(terminal, "check", "--provider", "mistral")
    assert told["differences"] == [each for each in everything if each["provider"] == "mistral_ai"]
    out = printed(terminal, "check", "--provider", "mistral")
    assert {each["name"] or each["model"] for each in told["differences"]} <= set(out.split())
    assert printed(terminal, "check", "--provider", "cohere").startswith("0 differences")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("list", "--provider", "opnai"), "the price book has no provider 'opnai'; close to it: openai\n"),
        (("check", "--provider", "opnai"), "the price book has no provider 'opnai'; close to it: openai\n"),
        (("list", "--at", "soon"), "--at: must be an ISO-8601 date and time"),
        (("show", "nobody", "gpt-5"), "the price book has no provider 'nobody'"),
        (
            ("show", "openai", "gpt-5.55"),
            "openai has no model 'gpt-5.55' in the price book; close to it: gpt-5.5",
        ),
        (("history", "openai", "gpt-5.55"), "openai has no model 'gpt-5.55' in the price book"),
    ],
)
def test_an_unknown_name_or_time_is_refused(terminal: Terminal, words: tuple[str, ...], told: str) -> None:
    code, out, err = terminal.type("prices", *words)
    assert (code, out) == (1, "")
    assert err.startswith(f"farthing: {told}")
