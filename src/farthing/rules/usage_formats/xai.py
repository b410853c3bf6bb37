"""xAI: chat completions and responses.

Chat counts reasoning on top of the completion, responses inside the output; `total_tokens` says which.
Cached tokens lie inside the prompt, and so do images and audio, of which some may be cached; a few models
leave cached tokens out of the prompt, which shows where they are more than it. `cost_in_usd_ticks` is the
whole charge, server tools included.
"""

from __future__ import annotations

from typing import Final

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Count, Part, Reading, Side
from farthing.rules.usage_formats.totals import is_on_top

_PICOUSD_PER_TICK: Final = 100
_TELLING: Final = frozenset({"num_sources_used", "num_server_side_tools_used", "cost_in_usd_ticks"})
_SEARCHES: Final = ("web_search_calls", "x_search_calls")
_TOOLS: Final = ("code_interpreter_calls", "file_search_calls", "document_search_calls")
"""Server tools with a price for each call. What a remote MCP server is asked costs tokens alone."""


def read(usage: Fields) -> Reading:
    input_ = usage.count("prompt_tokens", "input_tokens")
    output = usage.count("completion_tokens", "output_tokens")
    total = usage.count("total_tokens")
    details = usage.inner("completion_tokens_details", "output_tokens_details")
    reasoning = details.parts(reasoning="reasoning_tokens")
    told = is_on_top(reasoning, (input_, output), total)
    on_top = usage.has("completion_tokens") if told is None else told
    side, is_apart = _input(input_, usage.inner("prompt_tokens_details", "input_tokens_details"))
    ticks = usage.count("cost_in_usd_ticks")
    return Reading(
        input=side,
        output=Side(
            "output_visible",
            output,
            inside=details.parts(audio_output="audio_tokens") + (() if on_top else reasoning),
            outside=reasoning if on_top else (),
        ),
        accounting="exclusive" if is_apart else "inclusive",
        total=total,
        others=usage.parts(search_units="num_sources_used") + _tools(usage),
        service_tier=usage.text("service_tier"),
        reported_cost_picousd=None if ticks is None else ticks.value * _PICOUSD_PER_TICK,
    )


def _input(total: Count | None, details: Fields) -> tuple[Side, bool]:
    """The side, and whether cached tokens were left out of its total."""
    cached = details.parts(cache_read="cached_tokens")
    media = details.parts(audio_input="audio_tokens", image_input="image_tokens")
    prompt = 0 if total is None else total.value
    hits = sum(count.value for _, count in cached)
    if hits > prompt:
        return Side("input_uncached", total, inside=media, outside=cached), True
    return Side("input_uncached", total, inside=cached + _uncached(media, prompt - hits)), False


def _uncached(media: tuple[Part, ...], fresh: int) -> tuple[Part, ...]:
    """What of images and audio was not cached: images that find no room beside the cached tokens were."""
    over = sum(count.value for _, count in media) - fresh
    return tuple(
        (unit, Count(count.field, count.value - over))
        if unit == "image_input" and 0 < over <= count.value
        else (unit, count)
        for unit, count in media
    )


def _tools(usage: Fields) -> tuple[Part, ...]:
    """Calls of server tools by kind, or all of them where the kinds are not told."""
    if not usage.has("server_side_tool_usage_details"):
        return usage.parts(tool_calls="num_server_side_tools_used")
    details = usage.inner("server_side_tool_usage_details")
    searches = [part for name in _SEARCHES for part in details.parts(web_searches=name)]
    return (*searches, *(part for name in _TOOLS for part in details.parts(tool_calls=name)))


def _is_shape(raw: Raw) -> bool:
    keys = keys_of(raw)
    is_chat = {"prompt_tokens", "completion_tokens"} <= keys
    is_response = {"input_tokens", "output_tokens"} <= keys
    return (is_chat or is_response) and (bool(_TELLING & set(raw)) or (is_chat and _adds_reasoning(raw)))


def _adds_reasoning(raw: Raw) -> bool:
    """Whether the total is the prompt, the completion and the reasoning, which OpenAI's never is."""
    usage = Fields(raw)
    reasoning = usage.inner("completion_tokens_details").parts(reasoning="reasoning_tokens")
    sides = usage.count("prompt_tokens"), usage.count("completion_tokens")
    told = is_on_top(reasoning, sides, usage.count("total_tokens"))
    return bool(told) and any(count.value for _, count in reasoning)


FORMAT = Format(
    name="xai",
    title="xAI chat completions and responses",
    source_url="https://docs.x.ai/docs/api-reference",
    needs=(("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens")),
    is_shape=_is_shape,
    read=read,
)
