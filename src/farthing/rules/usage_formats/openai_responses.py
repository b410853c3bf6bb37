"""OpenAI responses, and everybody who answers in the same shape.

What was read from and written to the cache lies inside `input_tokens`, reasoning inside `output_tokens`.
Calls of built-in tools are not counted here; what they put before the model is input like any other. Without
details the object says the same as that of an Anthropic call that used no cache.
"""

from __future__ import annotations

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Reading, Side


def read(usage: Fields) -> Reading:
    return Reading(
        input=Side(
            "input_uncached",
            usage.count("input_tokens"),
            inside=usage.inner("input_tokens_details").parts(
                cache_read="cached_tokens", cache_write="cache_write_tokens"
            ),
        ),
        output=Side(
            "output_visible",
            usage.count("output_tokens"),
            inside=usage.inner("output_tokens_details").parts(reasoning="reasoning_tokens"),
        ),
        total=usage.count("total_tokens"),
        service_tier=usage.text("service_tier"),
    )


def _is_shape(raw: Raw) -> bool:
    """Details in the singular are of other calls: transcriptions and realtime sessions."""
    foreign = {"input_token_details", "output_token_details"}
    return {"input_tokens", "output_tokens"} <= keys_of(raw) and not foreign & set(raw)


FORMAT = Format(
    name="openai_responses",
    title="OpenAI responses",
    source_url="https://platform.openai.com/docs/api-reference/responses/object",
    needs=("input_tokens", "output_tokens"),
    is_shape=_is_shape,
    read=read,
)
