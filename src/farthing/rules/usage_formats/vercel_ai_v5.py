"""The usage object of Vercel's AI SDK 5.

It hands on what the provider counted, so parts lie where the provider has them. `totalTokens` says where, if
it is more than input and output: by the reasoning (Google, xAI), or by what was cached. Cached tokens that
are more than the input cannot lie inside it either (Anthropic). Otherwise parts lie inside their side.
"""

from __future__ import annotations

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Part, Reading, Side
from farthing.rules.usage_formats.totals import is_on_top


def read(usage: Fields) -> Reading:
    sides = input_, output = usage.count("inputTokens"), usage.count("outputTokens")
    total = usage.count("totalTokens")
    cached = usage.parts(cache_read="cachedInputTokens")
    reasoning = usage.parts(reasoning="reasoningTokens")
    exceeds = input_ is not None and _sum(cached) > input_.value
    cached_apart = exceeds or bool(is_on_top(cached, sides, total))
    reasoning_apart = bool(is_on_top(reasoning, sides, total))
    return Reading(
        input=Side(
            "input_uncached",
            input_,
            inside=() if cached_apart else cached,
            outside=cached if cached_apart else (),
        ),
        output=Side(
            "output_visible",
            output,
            inside=() if reasoning_apart else reasoning,
            outside=reasoning if reasoning_apart else (),
        ),
        accounting="exclusive" if cached_apart and _sum(cached) else "inclusive",
        total=total,
    )


def _sum(parts: tuple[Part, ...]) -> int:
    return sum(count.value for _, count in parts)


def _is_shape(raw: Raw) -> bool:
    telling = {"cachedInputTokens", "reasoningTokens"}
    return {"inputTokens", "outputTokens"} <= keys_of(raw) and bool(telling & set(raw))


FORMAT = Format(
    name="vercel_ai_v5",
    title="Vercel AI SDK 5",
    source_url="https://v5.ai-sdk.dev/docs/reference/ai-sdk-core/generate-text",
    needs=("inputTokens", "outputTokens"),
    is_shape=_is_shape,
    read=read,
)
