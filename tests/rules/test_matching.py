"""Names that senders use, by the rule that finds them (decision D6)."""

from __future__ import annotations

import pytest

from farthing.rules.matching import NameIndex, ProviderNames

INDEX = NameIndex(
    [
        ProviderNames("openai"),
        ProviderNames("anthropic"),
        ProviderNames("aws.bedrock", ("bedrock", "amazon_bedrock")),
        ProviderNames("azure", ("azure.ai.openai",), sells_also=("openai", "nobody")),
        ProviderNames("google", ("gemini", "gcp.vertex_ai")),
        ProviderNames("openrouter"),
    ],
    [
        ("openai", "gpt-4o", ("gpt-4o-2024-08-06",)),
        ("openai", "gpt-4o-2024-05-13", ()),
        ("openai", "gpt-4.1", ()),
        ("openai", "ft:gpt-4o", ()),
        ("openai", "gpt-4o.ft-", ()),
        ("anthropic", "claude-sonnet-4-5", ("claude-sonnet-4.5",)),
        ("aws.bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", ()),
        ("aws.bedrock", "amazon.titan-v2:0", ("amazon.titan",)),
        ("aws.bedrock", "anthropic.opus-4-6", ()),
        ("azure", "phi-4", ()),
        ("google", "gemini-2.5-pro", ()),
        ("google", "claude-sonnet-4-5", ()),
        ("openrouter", "openai/gpt-4o", ()),
    ],
)


@pytest.mark.parametrize(
    ("provider", "model", "found", "matched_by"),
    [
        ("openai", "gpt-4o", "openai/gpt-4o", "exact"),
        ("OpenAI", " GPT-4O ", "openai/gpt-4o", "exact"),
        ("openai", "gpt-4o-2024-08-06", "openai/gpt-4o", "alias"),
        ("openai", "gpt-4-1", "openai/gpt-4.1", "alias"),
        ("anthropic", "claude-sonnet-4.5", "anthropic/claude-sonnet-4-5", "alias"),
        ("openai", "gpt-4o-2027-01-31", "openai/gpt-4o", "dated_suffix"),
        ("openai", "gpt-4-1-2027-01-31", "openai/gpt-4.1", "dated_suffix"),
        ("openai", "gpt-4o-2024-05-13", "openai/gpt-4o-2024-05-13", "exact"),
        ("anthropic", "claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5", "dated_suffix"),
        ("gcp.vertex-ai", "claude-sonnet-4-5@20250929", "google/claude-sonnet-4-5", "dated_suffix"),
        ("bedrock", "anthropic.opus-4-6-v1:0", "aws.bedrock/anthropic.opus-4-6", "dated_suffix"),
        ("bedrock", "anthropic.opus-4-6-20260205-v2:0", "aws.bedrock/anthropic.opus-4-6", "dated_suffix"),
        ("amazon-bedrock", "amazon.titan-v1:0", "aws.bedrock/amazon.titan-v2:0", "dated_suffix"),
        ("Gemini", "models/gemini-2.5-pro", "google/gemini-2.5-pro", "alias"),
        ("google", "publishers/google/models/gemini-2.5-pro", "google/gemini-2.5-pro", "alias"),
        (
            "bedrock",
            "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "aws.bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "alias",
        ),
        ("openrouter", "openai/gpt-4o", "openrouter/openai/gpt-4o", "exact"),
        ("openai", "openai/gpt-4o", "openai/gpt-4o", "prefix"),
        ("some-router", "Anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4-5", "prefix"),
        ("some-router", "openrouter/openai/gpt-4o", "openrouter/openai/gpt-4o", "prefix"),
        ("openai", "ft:gpt-4o:acme::x1", "openai/ft:gpt-4o", "fine_tune"),
        ("openai", "ft:gpt-4o-2024-08-06:acme::x1", "openai/ft:gpt-4o", "fine_tune"),
        ("openai", "gpt-4o.ft-0a1b", "openai/gpt-4o.ft-", "fine_tune"),
        ("some-router", "openai/ft:gpt-4o:acme::x1", "openai/ft:gpt-4o", "fine_tune"),
        ("azure.ai.openai", "gpt-4o", "openai/gpt-4o", "prefix"),
        ("openai", "azure/gpt-4o", "openai/gpt-4o", "prefix"),
        ("azure", "phi-4", "azure/phi-4", "exact"),
    ],
)  # fmt: skip
def test_a_name_is_found_and_the_rule_is_said(provider: str, model: str, found: str, matched_by: str) -> None:
    match = INDEX.find(provider, model)
    assert (f"{match.provider}/{match.model}", match.matched_by, match.reason) == (found, matched_by, None)


@pytest.mark.parametrize(
    ("provider", "model", "known", "matched_by", "reason"),
    [
        ("openai", "gpt-9", "openai", "unknown", "unknown_model"),
        ("openai", "", "openai", "unknown", "unknown_model"),
        ("openai", "gpt-4o-0613", "openai", "unknown", "unknown_model"),
        ("openai", "gpt-4o-2024-13-45", "openai", "unknown", "unknown_model"),
        ("openai", "gpt-4o-mini", "openai", "unknown", "unknown_model"),
        ("bedrock", "amazon.titan-v3:0", "aws.bedrock", "unknown", "unknown_model"),
        ("openai", "ft:gpt-4.1:acme::x1", "openai", "fine_tune", "unknown_model"),
        ("azure", "ft:gpt-4o:acme::x1", "azure", "fine_tune", "unknown_model"),
        ("Nobody", "gpt-4o", "nobody", "unknown", "unknown_provider"),
        ("nobody", "else/gpt-4o", "nobody", "unknown", "unknown_provider"),
        ("openai", "anthropic/gpt-4o", "openai", "unknown", "unknown_model"),
    ],
)
def test_what_is_not_known_is_not_guessed(
    provider: str, model: str, known: str, matched_by: str, reason: str
) -> None:
    match = INDEX.find(provider, model)
    assert (match.provider, match.model, match.matched_by, match.reason) == (known, None, matched_by, reason)


def test_another_providers_list_is_marked_as_such() -> None:
    assert INDEX.find("azure", "gpt-4o").is_resold
    assert INDEX.find("openai", "azure/gpt-4o").is_resold
    assert not INDEX.find("openai", "gpt-4o").is_resold
