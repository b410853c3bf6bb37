"""OpenAI transcriptions, billed by the token or by the second; `type` says which.

By the token, `text_tokens` are the prompt that came with the audio, inside `input_tokens`; all other input is
audio. By the second, `audio_seconds` are whole: a duration that is not is rounded up.
"""

from __future__ import annotations

from math import ceil

from farthing.rules.usage import TOKEN_COUNT_MAX
from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Count, Part, Reading, Side


def read(usage: Fields) -> Reading:
    return Reading(
        input=Side(
            "audio_input",
            usage.count("input_tokens"),
            inside=usage.inner("input_token_details").parts(
                audio_input="audio_tokens", input_uncached="text_tokens"
            ),
        ),
        output=Side("output_visible", usage.count("output_tokens")),
        total=usage.count("total_tokens"),
        others=_seconds(usage),
    )


def _seconds(usage: Fields) -> tuple[Part, ...]:
    seconds = usage.number("seconds")
    if isinstance(seconds, float) and 0 < seconds <= TOKEN_COUNT_MAX:
        return (("audio_seconds", Count("usage.seconds", ceil(seconds))),)
    return usage.parts(audio_seconds="seconds")


def _is_shape(raw: Raw) -> bool:
    needed = {"tokens": {"input_tokens", "output_tokens"}, "duration": {"seconds"}}
    type_ = raw.get("type")
    return isinstance(type_, str) and type_ in needed and needed[type_] <= keys_of(raw)


FORMAT = Format(
    name="openai_transcription",
    title="OpenAI transcriptions",
    source_url="https://platform.openai.com/docs/api-reference/audio/json-object",
    needs=(("input_tokens", "seconds"),),
    is_shape=_is_shape,
    read=read,
)
