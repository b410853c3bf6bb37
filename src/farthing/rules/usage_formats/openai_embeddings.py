"""OpenAI embeddings, and everybody who answers in the same shape.

All of `total_tokens` is the prompt: there is no output. Models that embed images too count them inside the
prompt.
"""

from __future__ import annotations

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Reading, Side


def read(usage: Fields) -> Reading:
    return Reading(
        input=Side(
            "input_uncached",
            usage.count("prompt_tokens"),
            inside=usage.inner("prompt_tokens_details").parts(image_input="image_tokens"),
        ),
        output=Side("output_visible"),
        total=usage.count("total_tokens"),
    )


def _is_shape(raw: Raw) -> bool:
    keys = keys_of(raw)
    return {"prompt_tokens", "total_tokens"} <= keys and "completion_tokens" not in keys


FORMAT = Format(
    name="openai_embeddings",
    title="OpenAI embeddings",
    source_url="https://platform.openai.com/docs/api-reference/embeddings/create",
    needs=("prompt_tokens", "total_tokens"),
    is_shape=_is_shape,
    read=read,
)
