"""DeepSeek chat completions.

The prompt is what was read from the cache (`prompt_cache_hit_tokens`) and what was not
(`prompt_cache_miss_tokens`); `prompt_tokens_details.cached_tokens` says the first once more.
`reasoning_tokens` lie inside the completion. Searches and fetches by server tools are billed each.
"""

from __future__ import annotations

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Reading, Side


def read(usage: Fields) -> Reading:
    hits = usage.parts(cache_read="prompt_cache_hit_tokens")
    details = usage.inner("prompt_tokens_details").parts(cache_read="cached_tokens")
    completion = usage.inner("completion_tokens_details")
    return Reading(
        input=Side(
            "input_uncached",
            usage.count("prompt_tokens"),
            inside=usage.parts(input_uncached="prompt_cache_miss_tokens") + (hits or details),
        ),
        output=Side(
            "output_visible",
            usage.count("completion_tokens"),
            inside=completion.parts(reasoning="reasoning_tokens"),
        ),
        total=usage.count("total_tokens"),
        others=usage.inner("server_tool_use").parts(
            web_searches="web_search_requests", tool_calls="web_fetch_requests"
        ),
        service_tier=usage.text("service_tier"),
    )


def _is_shape(raw: Raw) -> bool:
    telling = {"prompt_cache_hit_tokens", "prompt_cache_miss_tokens"}
    return {"prompt_tokens", "completion_tokens"} <= keys_of(raw) and bool(telling & set(raw))


FORMAT = Format(
    name="deepseek",
    title="DeepSeek chat completions",
    source_url="https://api-docs.deepseek.com/api/create-chat-completion",
    needs=("prompt_tokens", "completion_tokens"),
    is_shape=_is_shape,
    read=read,
)
