"""Groq chat completions: the counts of OpenAI's, and beside them how many seconds each step took.

In a stream the same object stands in `x_groq` of the last event, and in `usage` where it was asked for.
"""

from __future__ import annotations

from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.openai_chat import read


def _is_shape(raw: Raw) -> bool:
    telling = {"queue_time", "prompt_time", "completion_time", "total_time"}
    return {"prompt_tokens", "completion_tokens"} <= keys_of(raw) and bool(telling & set(raw))


FORMAT = Format(
    name="groq",
    title="Groq chat completions",
    source_url="https://console.groq.com/docs/api-reference",
    needs=("prompt_tokens", "completion_tokens"),
    is_shape=_is_shape,
    read=read,
)
