"""Mistral's client: chat, agents, completions of code, embeddings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from farthing_sdk.wrapping.measure import Operation, Reading
from farthing_sdk.wrapping.methods import measure, walk
from farthing_sdk.wrapping.openai_client import ChatStream, read_chat


def wrap_mistral(client: Any, provider: str | None) -> None:
    """Measure the client's calls, the synchronous and the asynchronous ones."""
    name = provider or "mistral_ai"
    for path in ("chat", "agents", "fim"):
        owner = walk(client, path)
        if owner is None:
            continue
        plain = Operation(f"{path}.complete", name, read_chat, "mistral")
        streamed = Operation(
            f"{path}.stream", name, read_chat, "mistral", reader=ChatEvents, is_always_stream=True
        )
        for suffix in ("", "_async"):
            measure(owner, f"complete{suffix}", plain)
            measure(owner, f"stream{suffix}", streamed)
    embeddings = walk(client, "embeddings")
    if embeddings is not None:
        for method in ("create", "create_async"):
            measure(embeddings, method, Operation("embeddings.create", name, read_chat, "mistral"))


@dataclass
class ChatEvents:
    """Events with a chunk each; the last one has the usage."""

    chunks: ChatStream = field(default_factory=ChatStream)

    def see(self, part: Any) -> bool:
        self.chunks.see(getattr(part, "data", part))
        return False

    def reading(self) -> Reading:
        return self.chunks.reading()
