"""Gemini's `usageMetadata`, of the Gemini API and of Vertex AI, in camelCase or in snake_case.

What was cached lies inside the prompt, and the arrays by modality split each count, the cached part of the
prompt included. What tools put before the model lies outside the prompt. Thoughts lie outside the candidates,
or inside where `totalTokenCount` says so. Pages of documents are images.
"""

from __future__ import annotations

from typing import Final

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Count, Part, Reading, Side
from farthing.rules.usage_formats.totals import is_on_top

Counts = dict[str, Count]
"""What a count is made of, by unit."""

_INPUT: Final = {
    "AUDIO": "audio_input",
    "DOCUMENT": "image_input",
    "IMAGE": "image_input",
    "VIDEO": "video_input",
}
_OUTPUT: Final = {"AUDIO": "audio_output", "IMAGE": "image_output"}
_NOT_TEXT: Final = ("video_input", "image_input", "audio_input")
_TIERS: Final = {
    "ON_DEMAND_FLEX": "flex",
    "ON_DEMAND_PRIORITY": "priority",
    "TRAFFIC_TYPE_UNSPECIFIED": None,
    "unspecified": None,
}


def read(usage: Fields) -> Reading:
    prompt = usage.count(*_spelled("promptTokenCount"))
    output = usage.count(*_spelled("candidatesTokenCount", "responseTokenCount"))
    tools = usage.parts(input_uncached=_spelled("toolUsePromptTokenCount"))
    thoughts = usage.parts(reasoning=_spelled("thoughtsTokenCount"))
    total = usage.count(*_spelled("totalTokenCount"))
    sides = prompt, output, *(count for _, count in tools)
    is_within = is_on_top(thoughts, sides, total) is False
    drawn = _split(usage, _OUTPUT, "candidatesTokensDetails", "responseTokensDetails")
    return Reading(
        input=Side("input_uncached", prompt, inside=_prompt(usage, prompt), outside=tools),
        output=Side(
            "output_visible",
            output,
            inside=_media(drawn) + (thoughts if is_within else ()),
            outside=() if is_within else thoughts,
        ),
        total=total,
        service_tier=_tier(usage),
    )


def _prompt(usage: Fields, prompt: Count | None) -> tuple[Part, ...]:
    """The parts of the prompt: what of each modality was cached, and what was not."""
    media = _split(usage, _INPUT, "promptTokensDetails")
    cached = usage.count(*_spelled("cachedContentTokenCount"))
    if cached is None or not cached.value:
        return _media(media)
    hits = _split(usage, _INPUT, "cacheTokensDetails")
    if prompt is not None:
        hits = _with_untold(hits, media, cached, prompt)
    fresh = {unit: _less(count, hits.get(unit)) for unit, count in media.items()}
    audio = hits.get("audio_input")
    heard = () if audio is None else (("audio_cache_read", audio),)
    return (("cache_read", _less(cached, audio)), *heard, *_media(fresh))


def _with_untold(hits: Counts, media: Counts, cached: Count, prompt: Count) -> Counts:
    """With the media that can only have been cached, though no array says so, for the prompt to hold it."""
    told = {unit: count.value for unit, count in hits.items()}
    fresh = {unit: media[unit].value - told.get(unit, 0) for unit in _NOT_TEXT if unit in media}
    over = min(cached.value + sum(fresh.values()) - prompt.value, cached.value - sum(told.values()))
    found = dict(hits)
    for unit, value in fresh.items():
        more = max(0, min(over, value))
        found[unit] = Count(cached.field, told.get(unit, 0) + more)
        over -= more
    return found


def _split(usage: Fields, units: dict[str, str], *names: str) -> Counts:
    """The counts of an array by modality; text is under ""."""
    found: Counts = {}
    for row in usage.rows(*_spelled(*names)):
        unit = units.get((row.text("modality") or "").upper(), "")
        for _, count in row.parts(**{unit: _spelled("tokenCount")}):
            known = found.get(unit)
            found[unit] = count if known is None else Count(count.field, known.value + count.value)
    return found


def _media(counts: Counts) -> tuple[Part, ...]:
    return tuple((unit, count) for unit, count in counts.items() if unit)


def _less(count: Count, part: Count | None) -> Count:
    """What is left of a count without a part of it; all of it where the part is more and cannot be in it."""
    value = 0 if part is None else part.value
    return Count(count.field, count.value - value) if value <= count.value else count


def _tier(usage: Fields) -> str | None:
    """Vertex AI names the tier by its traffic."""
    names = _spelled("serviceTier", "trafficType")
    sent = next((text for text in map(usage.text, names) if text is not None), None)
    return None if sent is None else _TIERS.get(sent, sent)


def _spelled(*names: str) -> tuple[str, ...]:
    """Names in camelCase, each followed by the same in snake_case."""
    return tuple(spelling for name in names for spelling in (name, _snake(name)))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _is_shape(raw: Raw) -> bool:
    """In snake_case, the prompt alone would also be Llama's, which counts `generation_token_count`."""
    keys = keys_of(raw)
    beside = {"total_token_count", "candidates_token_count"}
    return "promptTokenCount" in keys or ("prompt_token_count" in keys and bool(beside & keys))


FORMAT = Format(
    name="gemini",
    title="Gemini usageMetadata",
    source_url="https://ai.google.dev/api/generate-content#UsageMetadata",
    needs=(("promptTokenCount", "prompt_token_count"),),
    is_shape=_is_shape,
    read=read,
)
