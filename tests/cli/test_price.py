"""`farthing price`."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from farthing.api.ingest_answer import PricingAnswer, UsageAnswer
from farthing.intake.call import Call
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.intake.times import read_time
from farthing.prices import load_price_book
from farthing.rules.money import usd_number, usd_text
from farthing.rules.pricebook import CardCache
from farthing.rules.pricing import receipt
from tests.terminal import Terminal

AT = "2026-11-20T12:00:00Z"
SOME = ("--input", "1000", "--output", "200")
WHOLE = f"must be a whole number from 0 to {2**53 - 1}"


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def as_ingested(call: Call) -> Understood:
    """The same call, sent at the time it happened."""
    understood = understand(call, Sender(1, 1, 1), read_time(AT), CardCache(load_price_book()))
    assert isinstance(understood, Understood)
    return understood


def priced(terminal: Terminal, *words: str) -> dict[str, Any]:
    code, out, err = terminal.type("price", *words, "--at", AT, "--json")
    assert (code, err) == (0, "")
    told: dict[str, Any] = json.loads(out)
    return told


def on_the_wire(answer: msgspec.Struct) -> Any:
    return json.loads(msgspec.json.encode(answer))


def rows(out: str) -> dict[str, list[str]]:
    """The lines of a table by their first word."""
    return {line.split()[0]: line.split() for line in out.splitlines() if line.strip()}


CALLS = {
    "plain": (
        ("gpt-4o-mini", "--provider", "openai", *SOME),
        {"provider": "openai", "model": "gpt-4o-mini"},
    ),
    "inside": (
        (
            *("claude-sonnet-4-5", "--provider", "Claude", *SOME, "--cache-read", "300"),
            *("--cache-write", "40", "--cache-write-1h", "50", "--reasoning", "60", "--web-searches", "3"),
        ),
        {
            "provider": "Claude",
            "model": "claude-sonnet-4-5",
            "cached_input_tokens": 300,
            "cache_write_tokens": 40,
            "cache_write_1h_tokens": 50,
            "reasoning_tokens": 60,
            "web_searches": 3,
        },
    ),
    "on top": (
        ("claude-sonnet-4-5", "--provider", "anthropic", *SOME, "--cache-read", "400000", "--exclusive"),
        {
            "provider": "anthropic",
            "model": "claude-sonnet-4-5",
            "cached_input_tokens": 400_000,
            "token_accounting": "exclusive",
        },
    ),
    "sound and pictures": (
        (
            *("gpt-4o-mini", "--provider", "openai", *SOME, "--audio-input", "7", "--image-input", "8"),
            *("--audio-output", "9", "--image-output", "10"),
        ),
        {
            "provider": "openai",
            "model": "gpt-4o-mini",
            "audio_input_tokens": 7,
            "image_input_tokens": 8,
            "audio_output_tokens": 9,
            "image_output_tokens": 10,
        },
    ),
    "batch": (
        ("gpt-5", "--provider", "openai", *SOME, "--batch"),
        {"provider": "openai", "model": "gpt-5", "is_batch": True},
    ),
    "tier": (
        ("gpt-5", "--provider", "openai", *SOME, "--tier", "flex"),
        {"provider": "openai", "model": "gpt-5", "service_tier": "flex"},
    ),
    "tier without a price": (
        ("gpt-5", "--provider", "openai", *SOME, "--tier", "scale"),
        {"provider": "openai", "model": "gpt-5", "service_tier": "scale"},
    ),
    "region without a price": (
        ("gpt-5", "--provider", "openai", *SOME, "--region", "moon"),
        {"provider": "openai", "model": "gpt-5", "region": "moon"},
    ),
    "resold": (
        ("gpt-4o", "--provider", "azure", *SOME),
        {"provider": "azure", "model": "gpt-4o"},
    ),
    "known without any price": (
        ("deepseek-v4-flash", "--provider", "sensenova", *SOME),
        {"provider": "sensenova", "model": "deepseek-v4-flash"},
    ),
}


@pytest.mark.parametrize(("words", "sent"), CALLS.values(), ids=list(CALLS))
def test_the_answer_is_what_the_api_says_of_the_same_call(
    terminal: Terminal, words: tuple[str, ...], sent: dict[str, Any]
) -> None:
    told = priced(terminal, *words)
    call = Call(
        external_request_id="a",
        status="success",
        input_tokens=1000,
        output_tokens=200,
        occurred_at=AT,
        data_mode="real",
        environment="prod",
        **sent,
    )
    understood = as_ingested(call)
    event, cost = understood.event, understood.cost
    amount, card, usage = event.cost_picousd, event.rate_card, event.usage
    text = None if amount is None else usd_text(amount)
    assert told == {
        "provider": card.provider,
        "model": event.model,
        "modelSent": event.model_sent,
        "occurredAt": AT,
        "costUsd": None if amount is None else usd_number(amount),
        "pricingStatus": event.pricing_status,
        **receipt(cost),
        "conditions": card.conditions,
        "pricing": on_the_wire(
            PricingAnswer(text, "USD", event.model, card.matched_by, card.price_book_version, cost.unpriced)
        ),
        "usage": on_the_wire(UsageAnswer(usage.units, usage.accounting, usage.rule, usage.flags)),
        "warnings": list(understood.warnings),
    }


def test_the_receipt_is_a_table_whose_amounts_add_up(terminal: Terminal) -> None:
    counts = ("--input", "1200000", "--output", "3", "--cache-read", "200000")
    code, out, err = terminal.type("price", "gpt-4o-mini", "--provider", "openai", *counts, "--at", AT)
    assert (code, err) == (0, "")
    told = rows(out)
    assert told["input_uncached"][1:6] == ["1,000,000", "0.150", "1M", "tokens", "0.1500000"]
    assert told["cache_read"][1:6] == ["200,000", "0.075", "1M", "tokens", "0.0150000"]
    assert told["output_visible"] == ["output_visible", "3", "0.600", "1M", "tokens", "0.0000018", '"']
    assert told["input_uncached"][-1] == "openai/gpt-4o-mini"
    assert told["Total"] == ["Total", "0.1650018"]
    assert told["Model"] == ["Model", "openai", "gpt-4o-mini"]
    assert told["Matched"] == ["Matched", "by", "exact"]
    assert told["Conditions"] == ["Conditions", "none"]
    assert told["Status"] == ["Status", "priced"]
    assert told["Price"][-1] == load_price_book().version
    assert "Warnings" not in told


def test_what_has_no_price_is_told_with_its_reason(terminal: Terminal) -> None:
    counts = (*SOME, "--audio-input", "12", "--cache-write", "5")
    _, out, _ = terminal.type("price", "claude-sonnet-4-5", "--provider", "anthropic", *counts, "--at", AT)
    told = rows(out)
    assert told["At"][:2] == ["At", "least"]
    assert told["Status"] == ["Status", "partly_priced"]
    assert told["No"] == ["No", "price", "audio_input,", "12:", "unit_not_priced"]
    assert "cache_write: 5 minute rate: how long the write lives was not sent" in out


def test_a_call_without_any_price_has_no_receipt(terminal: Terminal) -> None:
    words = ("gpt-5", "--provider", "openai", *SOME, "--tier", "scale", "--at", AT)
    code, out, _ = terminal.type("price", *words)
    assert code == 0
    assert "Amount" not in out
    assert "input_uncached, 1,000: tier_not_priced" in out
    assert rows(out)["Warnings"] == ["Warnings", "tier_not_priced"]


def test_a_call_that_used_nothing_costs_nothing(terminal: Terminal) -> None:
    counts = ("--input", "0", "--output", "0")
    code, out, _ = terminal.type("price", "gpt-5", "--provider", "openai", *counts, "--at", AT)
    assert code == 0
    assert "priced, costs nothing" in out
    assert rows(out)["Warnings"] == ["Warnings", "usage_missing"]


def test_tokens_of_many_calls_in_one_are_warned_of(terminal: Terminal) -> None:
    told = priced(terminal, "gpt-5", "--provider", "openai", "--input", "10000001", "--output", "0")
    assert told["warnings"] == ["tokens_unusually_many"]


def test_the_time_decides_the_price_and_is_now_by_default(terminal: Terminal) -> None:
    words = ("price", "gemini-3.6-flash", "--provider", "google", *SOME, "--json")
    before, after = (
        json.loads(terminal.type(*words, "--at", at)[1])["lines"][0]["rateUsd"]
        for at in ("2026-12-31T23:59:59.999Z", "2027-01-01")
    )
    assert before != after
    assert terminal.type(*words)[0] == 0


def test_the_provider_may_be_left_out_when_one_lists_the_name(terminal: Terminal) -> None:
    assert priced(terminal, "gpt-5", *SOME)["provider"] == "openai"
    code, out, err = terminal.type("price", "gpt-4o", *SOME)
    assert (code, out) == (1, "")
    assert err.startswith("farthing: several providers list 'gpt-4o', say which with the provider: ")
    assert {"openai", "github_copilot"} <= set(err.strip().partition("the provider: ")[2].split(", "))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("gpt-4o-nano",), "no provider of the price book lists a model 'gpt-4o-nano'; close to it: "),
        (
            ("claude-sonet-4-5", "--provider", "anthropic"),
            "anthropic has no model 'claude-sonet-4-5' in the price book; close to it: claude-sonnet-4-5, ",
        ),
        (("ft:gpt-4.1:acme::x", "--provider", "openai"), "openai has no model 'ft:gpt-4.1:acme::x'"),
        (("gpt-9", "--provider", "opnai"), "the price book has no provider 'opnai'; close to it: openai\n"),
        (("gpt-9", "--provider", "qqqqqq"), "the price book has no provider 'qqqqqq'\n"),
    ],
)
def test_an_unknown_name_is_refused_with_close_ones(
    terminal: Terminal, words: tuple[str, ...], told: str
) -> None:
    code, out, err = terminal.type("price", *words, *SOME)
    assert (code, out) == (1, "")
    assert err.startswith(f"farthing: {told}")
    assert len(err.partition("close to it: ")[2].split(",")) <= 5


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--input", "10", "--output", "5", "--cache-read", "12"), "--cache-read: (12) exceeds --input (10)"),
        (
            ("--input", "10", "--output", "5", "--cache-read", "6", "--audio-input", "7"),
            "--cache-read: (6) + --audio-input (7) = 13 exceed --input (10)",
        ),
        (("--input", "10", "--output", "5", "--reasoning", "6"), "--reasoning: (6) exceeds --output (5)"),
        (("--input", "-1", "--output", "5"), f"--input: {WHOLE}, not -1"),
        (("--input", "1", "--output", "1.5"), f"--output: {WHOLE}, not 1.5"),
        (("--input", str(2**53), "--output", "1"), f"--input: {WHOLE}, not {2**53}"),
        ((*SOME, "--web-searches", "two"), f"--web-searches: {WHOLE}, not two"),
        ((*SOME, "--at", "yesterday"), "--at: must be an ISO-8601 date and time"),
        ((*SOME, "--batch", "--tier", "flex"), "--tier: (flex) and --batch are two; leave one out"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_by_flag(
    terminal: Terminal, words: tuple[str, ...], told: str
) -> None:
    code, out, err = terminal.type("price", "gpt-5", "--provider", "openai", *words)
    assert (code, out) == (1, "")
    assert err.startswith(f"farthing: {told}")
