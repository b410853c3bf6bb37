"""A line of the output or error file of an OpenAI batch.

The usage object is that of the endpoint which the batch called, in the body of the line's response. A request
that failed has none, and a line of the error file has no response either.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from farthing.rules.usage_formats import openai_chat, openai_embeddings, openai_images, openai_responses
from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw
from farthing.rules.usage_formats.reading import Reading


def read(usage: Fields) -> Reading:
    counts = usage.inner("response").inner("body").inner("usage")
    return replace(_reader(counts)(counts), is_batch=True)


def _reader(counts: Fields) -> Callable[[Fields], Reading]:
    """How the endpoint's own object is read. Lines with images are those that split their input by kind."""
    if counts.has("input_tokens"):
        is_images = counts.inner("input_tokens_details").has("text_tokens", "image_tokens")
        return openai_images.read if is_images else openai_responses.read
    return openai_chat.read if counts.has("completion_tokens") else openai_embeddings.read


def _is_shape(raw: Raw) -> bool:
    return {"custom_id", "response"} <= set(raw)


FORMAT = Format(
    name="openai_batch",
    title="OpenAI batch output lines",
    source_url="https://platform.openai.com/docs/api-reference/batch/request-output",
    needs=("custom_id", ("response", "error")),
    is_shape=_is_shape,
    read=read,
)
