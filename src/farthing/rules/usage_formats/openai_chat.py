"""OpenAI chat completions, and everybody who answers in the same shape.

`cached_tokens` and `audio_tokens` lie inside their totals, `reasoning_tokens` inside the completion.
Predicted tokens that were rejected are billed as completion tokens and counted there: no part of their own.
"""

from __future__ import annotations

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Reading, Side


def read(usage: Fields) -> Reading:
    prompt = usage.inner("prompt_tokens_details")
    completion = usage.inner("completion_tokens_details")
    return Reading(
        input=Side(
            "input_uncached",
            usage.count("prompt_tokens"),
            inside=prompt.parts(
                cache_read="cached_tokens",
                cache_write=("cache_write_tokens", "cache_creation_tokens"),
                audio_input="audio_tokens",
                image_input="image_tokens",
                video_input="video_tokens",
            ),
        ),
        output=Side(
            "output_visible",
            usage.count("completion_tokens"),
            inside=completion.parts(
                reasoning="reasoning_tokens", audio_output="audio_tokens", image_output="image_tokens"
            ),
        ),
        total=usage.count("total_tokens"),
        service_tier=usage.text("service_tier"),
    )


def _is_shape(raw: Raw) -> bool:
    return {"prompt_tokens", "completion_tokens"} <= keys_of(raw)


FORMAT = Format(
    name="openai_chat",
    title="OpenAI chat completions",
    source_url="https://platform.openai.com/docs/api-reference/chat/object",
    needs=("prompt_tokens", "completion_tokens"),
    is_shape=_is_shape,
    read=read,
)
