"""All formats, and the way from a raw usage object to what was read of it."""

from __future__ import annotations

from typing import Any, Final

from farthing.rules.problems import FieldProblem
from farthing.rules.usage_formats import (
    anthropic_messages,
    bedrock_converse,
    bedrock_invoke,
    cohere,
    deepseek,
    farthing_units,
    gemini,
    groq,
    mistral,
    openai_batch,
    openai_chat,
    openai_embeddings,
    openai_images,
    openai_responses,
    openai_transcription,
    openrouter,
    vercel_ai_v5,
    vercel_ai_v6,
    xai,
)
from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format
from farthing.rules.usage_formats.reading import Reading

_ALL: Final = (
    openai_batch.FORMAT,
    openai_transcription.FORMAT,
    openrouter.FORMAT,
    anthropic_messages.FORMAT,
    deepseek.FORMAT,
    mistral.FORMAT,
    groq.FORMAT,
    xai.FORMAT,
    vercel_ai_v6.FORMAT,
    vercel_ai_v5.FORMAT,
    bedrock_invoke.FORMAT,
    bedrock_converse.FORMAT,
    gemini.FORMAT,
    cohere.FORMAT,
    openai_images.FORMAT,
    openai_responses.FORMAT,
    openai_chat.FORMAT,
    openai_embeddings.FORMAT,
    farthing_units.FORMAT,
)
"""In the order in which an object that nobody named is tried: those with telling fields first."""

FORMATS: Final[dict[str, Format]] = {format_.name: format_ for format_ in _ALL}
_SHOWN_MAX: Final = 20


def read_usage(raw: Any, name: str | None = None) -> tuple[Format, Reading] | list[FieldProblem]:
    """What a raw usage object says, by the format that is named or else known by its shape."""
    if not isinstance(raw, dict):
        return [FieldProblem("usage", "must be the provider's usage object")]
    format_ = _named(raw, name) if name is not None else recognised(raw)
    if isinstance(format_, FieldProblem):
        return [format_]
    fields = Fields(raw)
    reading = format_.read(fields)
    return fields.problems or (format_, reading)


def recognised(raw: dict[str, Any]) -> Format | FieldProblem:
    """The format whose shape the object has."""
    for format_ in _ALL:
        if format_.is_shape(raw):
            return format_
    return FieldProblem(
        "usage", f"is of no known shape: {_seen(raw)}; known formats are {', '.join(FORMATS)}"
    )


def _named(raw: dict[str, Any], name: str) -> Format | FieldProblem:
    format_ = FORMATS.get(name.strip().lower())
    if format_ is None:
        return FieldProblem("usageFormat", f'must be one of {", ".join(FORMATS)}, not "{name}"')
    missing = format_.missing(raw)
    if missing:
        return FieldProblem("usage", f"lacks {', '.join(missing)} of {format_.name}: {_seen(raw)}")
    return format_


def _seen(raw: dict[str, Any]) -> str:
    if not raw:
        return "it is empty"
    names = ", ".join(list(raw)[:_SHOWN_MAX])
    more = f" and {len(raw) - _SHOWN_MAX} more" if len(raw) > _SHOWN_MAX else ""
    return f"it has the fields {names[:400]}{more}"
