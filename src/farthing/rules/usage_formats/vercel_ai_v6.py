"""The usage object of Vercel's AI SDK 6 and later: as `generateText` gives it, or a provider's model.

`inputTokens` and `outputTokens` are totals with everything in them, whatever the provider counted, or objects
with such a total. What is neither read from nor written to the cache (`noCacheTokens`), and text, only matter
where there is no total. `cachedInputTokens` and `reasoningTokens` say once more what the details do.
"""

from __future__ import annotations

from collections.abc import Mapping

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Count, Part, Reading, Side


def read(usage: Fields) -> Reading:
    total, details = _side(usage, "inputTokens", "inputTokenDetails")
    cached = details.parts(cache_read=("cacheReadTokens", "cacheRead"))
    written = details.parts(cache_write=("cacheWriteTokens", "cacheWrite"))
    fresh = details.parts(input_uncached=("noCacheTokens", "noCache"))
    output, output_details = _side(usage, "outputTokens", "outputTokenDetails")
    reasoning = output_details.parts(reasoning=("reasoningTokens", "reasoning"))
    text = output_details.parts(output_visible=("textTokens", "text"))
    return Reading(
        input=Side(
            "input_uncached",
            total,
            inside=(cached or usage.parts(cache_read="cachedInputTokens")) + written + _lone(fresh, total),
        ),
        output=Side(
            "output_visible",
            output,
            inside=(reasoning or usage.parts(reasoning="reasoningTokens")) + _lone(text, output),
        ),
        total=usage.count("totalTokens"),
    )


def _side(usage: Fields, name: str, details: str) -> tuple[Count | None, Fields]:
    """The total of a side and the object with its parts: one object of the provider's, or two fields."""
    if usage.has(name) and usage.number(name) is None:
        side = usage.inner(name)
        return side.count("total"), side
    return usage.count(name), usage.inner(details)


def _lone(parts: tuple[Part, ...], total: Count | None) -> tuple[Part, ...]:
    return parts if total is None else ()


def _is_shape(raw: Raw) -> bool:
    named = {"inputTokens", "outputTokens"} <= keys_of(raw)
    nested = all(isinstance(raw.get(name), Mapping) for name in ("inputTokens", "outputTokens"))
    return nested or (named and bool({"inputTokenDetails", "outputTokenDetails"} & set(raw)))


FORMAT = Format(
    name="vercel_ai_v6",
    title="Vercel AI SDK 6",
    source_url="https://ai-sdk.dev/docs/reference/ai-sdk-core/generate-text",
    needs=("inputTokens", "outputTokens"),
    is_shape=_is_shape,
    read=read,
)
