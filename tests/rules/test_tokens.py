"""Flat token fields: the readings that the contract names, and the words of a refusal."""

from __future__ import annotations

import pytest

from farthing.rules.problems import FieldProblem
from farthing.rules.tokens import FlatTokens, read_flat_tokens
from farthing.rules.usage import TokenUsage
from farthing.rules.usage_formats.reading import Accounting


def read(fields: FlatTokens, accounting: Accounting = "inclusive") -> dict[str, int]:
    usage = read_flat_tokens(fields, accounting)
    assert isinstance(usage, TokenUsage)
    return usage.units


def test_the_plain_call_has_two_units() -> None:
    assert read_flat_tokens(FlatTokens(120, 45, 165)) == TokenUsage(
        {"input_uncached": 120, "output_visible": 45}, "inclusive"
    )


def test_inclusive_totals_hold_all_their_parts() -> None:
    fields = FlatTokens(
        input_tokens=100,
        output_tokens=50,
        cached_input_tokens=40,
        cache_write_tokens=5,
        cache_write_1h_tokens=4,
        audio_input_tokens=3,
        image_input_tokens=2,
        reasoning_tokens=20,
        audio_output_tokens=6,
        image_output_tokens=7,
        web_searches=2,
    )
    assert read(fields) == {
        "input_uncached": 46, "cache_read": 40, "cache_write_1h": 4, "cache_write": 5,
        "audio_input": 3, "image_input": 2, "output_visible": 17, "reasoning": 20,
        "audio_output": 6, "image_output": 7, "web_searches": 2,
    }  # fmt: skip


def test_exclusive_input_leaves_out_cache_reads_and_writes_only() -> None:
    fields = FlatTokens(
        input_tokens=10,
        output_tokens=30,
        cached_input_tokens=400,
        cache_write_tokens=50,
        image_input_tokens=3,
        reasoning_tokens=20,
    )
    assert read(fields, "exclusive") == {
        "input_uncached": 7, "cache_read": 400, "cache_write": 50, "image_input": 3,
        "output_visible": 10, "reasoning": 20,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (
            FlatTokens(10, 1, cached_input_tokens=12),
            [FieldProblem("cachedInputTokens", "cachedInputTokens (12) exceeds inputTokens (10)")],
        ),
        (
            FlatTokens(10, 1, cached_input_tokens=6, cache_write_1h_tokens=7),
            [
                FieldProblem(
                    "cachedInputTokens",
                    "cachedInputTokens (6) + cacheWrite1hTokens (7) = 13 exceed inputTokens (10)",
                )
            ],
        ),
        (
            FlatTokens(10, 5, audio_input_tokens=11, reasoning_tokens=6),
            [
                FieldProblem("audioInputTokens", "audioInputTokens (11) exceeds inputTokens (10)"),
                FieldProblem("reasoningTokens", "reasoningTokens (6) exceeds outputTokens (5)"),
            ],
        ),
        (FlatTokens(-1, 5), [FieldProblem("inputTokens", "inputTokens (-1) is negative")]),
        (FlatTokens(1, 5, -6), [FieldProblem("totalTokens", "totalTokens (-6) is negative")]),
    ],
)
def test_a_refusal_names_the_field_and_both_numbers(fields: FlatTokens, told: list[FieldProblem]) -> None:
    assert read_flat_tokens(fields) == told


def test_exclusive_cache_reads_may_exceed_the_input() -> None:
    assert isinstance(read_flat_tokens(FlatTokens(10, 1, cached_input_tokens=12), "exclusive"), TokenUsage)


def test_a_flagged_contradiction_counts_the_larger_reading() -> None:
    usage = read_flat_tokens(
        FlatTokens(10, 5, cached_input_tokens=12, reasoning_tokens=1), "inclusive", "flag"
    )
    assert usage == TokenUsage(
        {"cache_read": 12, "output_visible": 4, "reasoning": 1}, "inclusive", flags=("usage_inconsistent",)
    )


def test_a_negative_count_is_refused_even_when_contradictions_are_flagged() -> None:
    assert isinstance(read_flat_tokens(FlatTokens(10, -5), "inclusive", "flag"), list)


@pytest.mark.parametrize(
    ("fields", "status", "flags"),
    [
        (FlatTokens(), "success", ("usage_missing",)),
        (FlatTokens(), "error", ()),
        (FlatTokens(), "cache_hit", ()),
        (FlatTokens(web_searches=1), "success", ()),
        (FlatTokens(0, 0, 165), "success", ("unsplit",)),
        (FlatTokens(10, 5, 15), "success", ()),
        (FlatTokens(10, 5, 17), "success", ("total_differs",)),
        (FlatTokens(10, 5, 0), "success", ()),
    ],
)
def test_what_is_odd_about_a_usage_is_flagged(
    fields: FlatTokens, status: str, flags: tuple[str, ...]
) -> None:
    usage = read_flat_tokens(fields, "inclusive", "refuse", status)
    assert isinstance(usage, TokenUsage)
    assert usage.flags == flags


@pytest.mark.parametrize("total", [15, 27])
def test_an_exclusive_total_may_count_the_cache_or_not(total: int) -> None:
    usage = read_flat_tokens(FlatTokens(10, 5, total, cached_input_tokens=12), "exclusive")
    assert isinstance(usage, TokenUsage)
    assert usage.flags == ()


def test_a_total_without_a_split_is_kept_as_input() -> None:
    assert read(FlatTokens(0, 0, 165)) == {"input_uncached": 165}
