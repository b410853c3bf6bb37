"""Which provider of ours is which in the two packages, and how else senders spell it.

A provider is one price list. Its name is the one of OpenTelemetry's `gen_ai.provider.name` where that has one
name for the list, else the shortest that people use. Case, dots, dashes and underscores never count, so only
spellings that differ in letters stand here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class BuiltProvider:
    """`genai` and `dated` are its ids in genai-prices and model-prices, None where it has none."""

    name: str
    genai: str | None = None
    dated: str | None = None
    aliases: tuple[str, ...] = ()


_NAMED: Final = (
    BuiltProvider(name="openai", genai="openai", dated="openai"),
    BuiltProvider(name="anthropic", genai="anthropic", dated="anthropic", aliases=("claude",)),
    BuiltProvider(
        name="google",
        genai="google",
        dated="google",
        aliases=(
            *("gemini", "gcp.gemini", "gcp.vertex_ai", "gcp.gen_ai", "gcp", "vertex", "vertex_ai"),
            *("google_ai", "google_ai_studio", "google_genai", "google_gemini", "google_generativeai"),
            *("google_vertex", "google_vertex_ai", "google.generative_ai"),
        ),
    ),
    BuiltProvider(
        name="aws.bedrock",
        genai="aws",
        dated="amazon-bedrock",
        aliases=("aws", "bedrock", "amazon", "amazon_bedrock", "bedrock_converse", "aws_bedrock_converse"),
    ),
    BuiltProvider(
        name="azure",
        genai="azure",
        aliases=(
            *("azure_openai", "azure.ai.openai", "azure.ai.inference", "az.ai.openai", "az.ai.inference"),
            *("azure_ai", "azure_ai_foundry", "azure_foundry", "microsoft_foundry"),
        ),
    ),
    BuiltProvider(name="mistral_ai", genai="mistral", dated="mistral", aliases=("mistral",)),
    BuiltProvider(name="x_ai", genai="x-ai", dated="xai", aliases=("grok",)),
    BuiltProvider(name="moonshot_ai", genai="moonshotai", dated="moonshotai", aliases=("moonshot", "kimi")),
    BuiltProvider(name="deepseek", genai="deepseek", dated="deepseek"),
    BuiltProvider(name="cohere", genai="cohere", dated="cohere"),
    BuiltProvider(
        name="perplexity", genai="perplexity", dated="perplexity", aliases=("perplexity_ai", "pplx")
    ),
    BuiltProvider(name="zai", genai="zai", dated="zai"),
    BuiltProvider(name="zhipu", genai="zhipuai", aliases=("zhipuai", "bigmodel")),
    BuiltProvider(name="meta", genai="meta", dated="meta", aliases=("meta_ai",)),
    BuiltProvider(name="minimax", genai="minimax", dated="minimax"),
    BuiltProvider(name="arcee", genai="arcee", dated="arcee", aliases=("arcee_ai",)),
    BuiltProvider(name="cursor", genai="cursor", dated="cursor"),
    BuiltProvider(name="fireworks", genai="fireworks", aliases=("fireworks_ai",)),
    BuiltProvider(name="together", genai="together", aliases=("together_ai",)),
    BuiltProvider(name="voyage", genai="voyageai", aliases=("voyage_ai",)),
    BuiltProvider(name="github_copilot", genai="github-copilot", aliases=("copilot",)),
    BuiltProvider(name="cloudflare", genai="cloudflare", aliases=("workers_ai", "cloudflare_workers_ai")),
    BuiltProvider(name="novita", genai="novita", aliases=("novita_ai",)),
    BuiltProvider(name="ovhcloud", genai="ovhcloud", aliases=("ovh",)),
    BuiltProvider(name="alibaba", dated="alibaba", aliases=("dashscope", "alibaba_cloud", "qwen")),
    BuiltProvider(name="ai21", dated="ai21", aliases=("ai21_labs",)),
    BuiltProvider(name="byteplus", dated="byteplus"),
    BuiltProvider(name="cognition", dated="cognition"),
    BuiltProvider(name="inception", dated="inception", aliases=("inception_labs",)),
    BuiltProvider(name="longcat", dated="longcat"),
    BuiltProvider(name="amazon_nova", dated="nova"),
    BuiltProvider(name="poolside", dated="poolside"),
    BuiltProvider(name="sakana", dated="sakana", aliases=("sakana_ai",)),
    BuiltProvider(name="sensenova", dated="sensenova"),
    BuiltProvider(name="stepfun", dated="stepfun-ai", aliases=("stepfun_ai",)),
    BuiltProvider(name="thinking_machines", dated="thinkingmachines"),
    BuiltProvider(name="upstage", dated="upstage"),
    BuiltProvider(name="xiaomi", dated="xiaomi"),
)

PRICED_IN_YUAN: Final = frozenset({"volcengine", "tencent-tokenhub", "bailing"})
"""Labs of model-prices that sell in yuan: their dollar figures are conversions at a fixed rate."""


def providers(genai_ids: list[str]) -> list[BuiltProvider]:
    """Every provider; one of genai-prices without a name here keeps its id, dashes written as underscores."""
    named = {provider.genai for provider in _NAMED}
    rest = [BuiltProvider(name=_own(name), genai=name) for name in genai_ids if name not in named]
    return [*_NAMED, *rest]


def _own(genai_id: str) -> str:
    return genai_id.replace("-", "_")
