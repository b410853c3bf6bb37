"""Anthropic messages.

`input_tokens` leaves out what was read from and written to the cache. Writes come as one count, and split by
lifetime in `cache_creation`; where the split says less than the whole, the rest has no lifetime. The final
event of a stream carries the same object. The fast mode has prices of its own and is told as `speed`.
"""

from __future__ import annotations

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Count, Part, Reading, Side


def read(usage: Fields) -> Reading:
    tier = "fast" if usage.text("speed") == "fast" else usage.text("service_tier")
    split = usage.inner("cache_creation").parts(
        cache_write_5m="ephemeral_5m_input_tokens", cache_write_1h="ephemeral_1h_input_tokens"
    )
    written = usage.count("cache_creation_input_tokens")
    return Reading(
        input=Side(
            "input_uncached",
            usage.count("input_tokens"),
            outside=usage.parts(cache_read="cache_read_input_tokens") + _writes(written, split),
        ),
        output=Side(
            "output_visible",
            usage.count("output_tokens"),
            inside=usage.inner("output_tokens_details").parts(reasoning="thinking_tokens"),
        ),
        accounting="exclusive",
        wholes=() if written is None else (Side("cache_write", written, inside=split),),
        others=usage.inner("server_tool_use").parts(web_searches="web_search_requests"),
        service_tier=None if tier == "batch" else tier,
        is_batch=True if tier == "batch" else None,
    )


def _writes(whole: Count | None, split: tuple[Part, ...]) -> tuple[Part, ...]:
    """The cache writes by lifetime, and those whose lifetime is not told."""
    known = sum(count.value for _, count in split)
    if whole is None or whole.value <= known:
        return split
    return (*split, ("cache_write", Count(whole.field, whole.value - known)))


def _is_shape(raw: Raw) -> bool:
    keys = keys_of(raw)
    telling = {
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "cache_creation",
        "server_tool_use",
        "inference_geo",
        "speed",
    }
    return "output_tokens" in keys and "input_tokens" in keys and bool(telling & set(raw))


FORMAT = Format(
    name="anthropic_messages",
    title="Anthropic messages",
    source_url="https://docs.anthropic.com/en/api/messages",
    needs=("input_tokens", "output_tokens"),
    is_shape=_is_shape,
    read=read,
)
