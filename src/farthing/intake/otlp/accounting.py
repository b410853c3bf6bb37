"""Whether a sender's input holds what the cache read and wrote: by instrumentation and version, then by sums.

The conventions say that it does. Who was seen to do otherwise stands here, with the evidence; what the
numbers of a call themselves say with certainty comes before either.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from farthing.rules.usage_formats.reading import Accounting


class Sender(NamedTuple):
    """An instrumentation by the start of its scope's name, in versions below `until` (None: in all)."""

    name: str
    scope: str
    until: tuple[int, ...] | None
    accounting: Accounting
    evidence: str


SENDERS: Final = (
    Sender(
        "official",
        "opentelemetry.instrumentation.genai.",
        None,
        "inclusive",
        "run: genai.openai and genai.anthropic 1.3b0 against answers with cached tokens",
    ),
    Sender(
        "anthropic_sdk",
        "com.anthropic.sdk",
        None,
        "inclusive",
        "run: anthropic 2.14.0 sends input + reads + writes, and the 5 m / 1 h split",
    ),
    Sender(
        "openllmetry_bedrock",
        "opentelemetry.instrumentation.bedrock",
        None,
        "exclusive",
        "read: converse_usage_record of 0.62.4 hands on Converse's inputTokens beside cacheReadInputTokens",
    ),
    Sender(
        "openllmetry_anthropic_old",
        "opentelemetry.instrumentation.anthropic",
        (0, 33),
        "exclusive",
        "read: 0.25.0 hands on Anthropic's input_tokens, and no cached tokens at all",
    ),
    Sender(
        "openllmetry_anthropic",
        "opentelemetry.instrumentation.anthropic",
        None,
        "inclusive",
        "read: 0.33.12 and 0.40.14 add reads and writes to input_tokens; run: 0.62.4",
    ),
    Sender(
        "openllmetry",
        "opentelemetry.instrumentation.",
        None,
        "inclusive",
        "run: openai 0.62.4 and langchain 0.62.4 hand on OpenAI's inclusive prompt_tokens",
    ),
    Sender(
        "openinference",
        "openinference.instrumentation.",
        None,
        "inclusive",
        "run: openai 0.1.66, langchain 0.1.80 and anthropic 3.1.0, which adds reads and writes",
    ),
    Sender("pydantic_ai", "pydantic-ai", None, "inclusive", "run: 2.68.0 with OpenAI"),
    Sender(
        "strands",
        "strands.telemetry",
        None,
        "inclusive",
        "read: 1.62.0 sends _total_prompt_tokens, the input with reads and writes",
    ),
    Sender(
        "litellm",
        "litellm",
        None,
        "inclusive",
        "run: 1.110.2 with OpenAI and Anthropic; prompt_tokens hold the cached ones of its usage object",
    ),
)
"""The first that fits counts."""

BY_DEFAULT: Final = "otel_inclusive"
"""The rule of those who are not listed: as the conventions say."""


class Decided(NamedTuple):
    """How the counts are read, the rule that says so, and whether reasoning comes on top of the output."""

    accounting: Accounting
    rule: str
    is_reasoning_apart: bool = False


@lru_cache(maxsize=1_024)
def sender_of(scope: str, version: str) -> Sender | None:
    """The row of an instrumentation."""
    for each in SENDERS:
        if scope.startswith(each.scope) and (each.until is None or _numbers(version) < each.until):
            return each
    return None


def decide(scope: str, version: str, counts: dict[str, int]) -> Decided:
    """How the counts of a span are to be read; `counts` by the names of a call's fields.

    A part that exceeds its whole lies outside of it, and so does one without which the total is not reached.
    """
    sender = sender_of(scope, version)
    accounting: Accounting = "inclusive" if sender is None else sender.accounting
    rule = BY_DEFAULT if sender is None else f"otel_{sender.name}"
    get = counts.get
    input_, output, reasoning = get("input_tokens", 0), get("output_tokens", 0), get("reasoning_tokens", 0)
    cached = get("cached_input_tokens", 0) + get("cache_write_tokens", 0) + get("cache_write_1h_tokens", 0)
    total = get("total_tokens")
    rest = None if total is None else total - input_ - output
    is_apart = bool(reasoning) and (rest in (reasoning, reasoning + cached) and rest != cached)
    if cached > input_ and accounting == "inclusive":
        return Decided("exclusive", "otel_cache_exceeds_input", is_apart)
    if cached and rest in (cached, cached + reasoning) and accounting == "inclusive" and rest != reasoning:
        return Decided("exclusive", "otel_total_holds_cache", is_apart)
    if is_apart:
        return Decided(accounting, "otel_total_holds_reasoning", is_reasoning_apart=True)
    if reasoning > output and total is None:
        return Decided(accounting, "otel_reasoning_exceeds_output", is_reasoning_apart=True)
    return Decided(accounting, rule)


def _numbers(version: str) -> tuple[int, ...]:
    """1.3b0 as (1, 3); what is no number counts as the newest."""
    numbers = []
    for part in version.split(".")[:3]:
        digits = part[: len(part) - len(part.lstrip("0123456789"))] or ""
        if not digits.isdecimal() or len(digits) > 9:  # noqa: PLR2004
            break
        numbers.append(int(digits))
    return tuple(numbers) or (1 << 30,)
