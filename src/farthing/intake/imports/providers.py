"""Providers as other tools call them, by the names that their calls have here."""

from __future__ import annotations

from typing import Final

_NAMES: Final = {
    "azure_ai": "azure",
    "azure_text": "azure",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "aws": "aws.bedrock",
    "gemini": "google",
    "google_ai_studio": "google",
    "google_vertex": "google",
    "vertex": "google",
    "vertex_ai": "google",
    "mistral": "mistral_ai",
    "xai": "x_ai",
    "together_ai": "together",
    "togetherai": "together",
    "fireworks_ai": "fireworks",
    "text-completion-openai": "openai",
}
_MAKERS: Final = (
    (("gpt-", "o1", "o3", "o4", "chatgpt", "text-embedding-", "davinci", "babbage", "codex"), "openai"),
    (("claude",), "anthropic"),
    (("gemini", "learnlm"), "google"),
    (("mistral", "mixtral", "codestral", "ministral", "magistral", "devstral", "pixtral"), "mistral_ai"),
    (("grok",), "x_ai"),
    (("deepseek",), "deepseek"),
    (("command", "c4ai", "embed-"), "cohere"),
)
"""Who makes a model that is called so. Others sell some of them, too."""


def provider_named(sent: str | None) -> str | None:
    """A provider by the name that calls have here."""
    if sent is None:
        return None
    name = sent.lower()
    return _NAMES.get(name, name)


def maker_of(model: str) -> str | None:
    """Who makes a model, by its name, for sources that don't say whose it was."""
    owner, slash, rest = model.lower().partition("/")
    if slash:
        return maker_of(rest) and provider_named(owner)
    return next((maker for starts, maker in _MAKERS if owner.startswith(starts)), None)
