"""Google's GenAI client: content, plain and streamed, on Gemini and Vertex.

The inner methods are measured, where there are any: the outer ones may call the model several times, when it
asks for functions that the client runs by itself, and each of these calls is paid for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from farthing_sdk.wrapping.measure import Operation, Reading
from farthing_sdk.wrapping.methods import measure, walk

_FORMAT = "gemini"


def wrap_google(client: Any, provider: str | None) -> None:
    """Measure the client's calls, the synchronous and the asynchronous ones."""
    name = provider or "google"
    plain = Operation("models.generate_content", name, read_content, _FORMAT)
    streamed = Operation(
        "models.generate_content_stream",
        name,
        read_content,
        _FORMAT,
        reader=ContentParts,
        is_always_stream=True,
    )
    embedded = Operation("models.embed_content", name, read_content, _FORMAT)
    for path in ("models", "aio.models"):
        models = walk(client, path)
        if models is None:
            continue
        for method, operation in (("generate_content", plain), ("generate_content_stream", streamed)):
            inner = f"_{method}"
            measure(models, inner if hasattr(models, inner) else method, operation)
        measure(models, "embed_content", embedded)


def read_content(answer: Any) -> Reading:
    """Of an answer, or of a part of a stream."""
    return Reading(
        usage=getattr(answer, "usage_metadata", None),
        model=getattr(answer, "model_version", None),
        response_id=getattr(answer, "response_id", None),
    )


@dataclass
class ContentParts:
    """Parts of content; each tells what was used so far."""

    last: Any = None
    usage: Any = None

    def see(self, part: Any) -> bool:
        self.last = part
        self.usage = getattr(part, "usage_metadata", None) or self.usage
        return False

    def reading(self) -> Reading:
        reading = read_content(self.last)
        reading.usage = self.usage
        return reading
