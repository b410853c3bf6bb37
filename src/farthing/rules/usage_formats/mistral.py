"""Mistral: chat, embeddings, audio, conversations with connectors, and pages read by OCR.

Cached tokens lie inside the prompt. `connector_tokens` are what connectors put before the model: input on
top of the prompt. Audio is billed by the second; its tokens are in `total_tokens` and in nothing else, so
with audio the total says nothing of the other counts.
"""

from __future__ import annotations

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Part, Reading, Side

_SEARCHES = ("web_search", "web_search_premium")
_TOOLS = ("code_interpreter", "image_generation", "document_library")


def read(usage: Fields) -> Reading:
    seconds = usage.parts(audio_seconds="prompt_audio_seconds")
    has_audio = any(count.value for _, count in seconds)
    return Reading(
        input=Side(
            "input_uncached",
            usage.count("prompt_tokens"),
            inside=_cached(usage),
            outside=usage.parts(input_uncached="connector_tokens"),
        ),
        output=Side("output_visible", usage.count("completion_tokens")),
        total=None if has_audio else usage.count("total_tokens"),
        others=seconds + usage.parts(pages="pages_processed") + _connectors(usage.inner("connectors")),
        service_tier=usage.text("service_tier"),
    )


def _cached(usage: Fields) -> tuple[Part, ...]:
    """The same count under the first of its names; the details are spelled in two ways."""
    details = usage.inner("prompt_tokens_details", "prompt_token_details")
    return usage.parts(cache_read="num_cached_tokens") or details.parts(cache_read="cached_tokens")


def _connectors(connectors: Fields) -> tuple[Part, ...]:
    """How often each was called."""
    searches = [part for name in _SEARCHES for part in connectors.parts(web_searches=name)]
    tools = [part for name in _TOOLS for part in connectors.parts(tool_calls=name)]
    return (*searches, *tools)


def _is_shape(raw: Raw) -> bool:
    telling = {"num_cached_tokens", "prompt_audio_seconds", "connector_tokens", "pages_processed"}
    counts = {"prompt_tokens", "prompt_audio_seconds", "pages_processed"}
    return bool(counts & keys_of(raw)) and bool(telling & set(raw))


FORMAT = Format(
    name="mistral",
    title="Mistral chat, audio and OCR",
    source_url="https://docs.mistral.ai/api/",
    needs=(("prompt_tokens", "prompt_audio_seconds", "pages_processed"),),
    is_shape=_is_shape,
    read=read,
)
