"""OpenAI image generation and editing with models that are billed by the token.

Images lie inside `input_tokens`, beside the text of the prompt. All output is image, unless
`output_tokens_details` says how much of it is.
"""

from __future__ import annotations

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Reading, Side


def read(usage: Fields) -> Reading:
    drawn = usage.inner("output_tokens_details").parts(image_output="image_tokens")
    return Reading(
        input=Side(
            "input_uncached",
            usage.count("input_tokens"),
            inside=usage.inner("input_tokens_details").parts(image_input="image_tokens"),
        ),
        output=Side(
            "output_visible" if drawn else "image_output", usage.count("output_tokens"), inside=drawn
        ),
        total=usage.count("total_tokens"),
    )


def _is_shape(raw: Raw) -> bool:
    """Responses of some providers split their input in the same way, but tell what was cached besides."""
    input_ = keys_of(raw, "input_tokens_details")
    is_split = bool({"text_tokens", "image_tokens"} & input_) and "cached_tokens" not in input_
    is_text = "reasoning_tokens" in keys_of(raw, "output_tokens_details")
    return {"input_tokens", "output_tokens"} <= keys_of(raw) and is_split and not is_text


FORMAT = Format(
    name="openai_images",
    title="OpenAI images",
    source_url="https://platform.openai.com/docs/api-reference/images/object",
    needs=("input_tokens", "output_tokens"),
    is_shape=_is_shape,
    read=read,
)
