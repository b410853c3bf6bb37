"""OpenAI's client, and those of everybody who speaks its API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from farthing_sdk.wrapping.measure import Operation, Reading
from farthing_sdk.wrapping.methods import measure, paths

HOSTS = {
    "api.openai.com": "openai",
    "openrouter.ai": "openrouter",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.x.ai": "x_ai",
    "api.mistral.ai": "mistral_ai",
    "api.together.xyz": "together",
    "api.fireworks.ai": "fireworks",
    "api.perplexity.ai": "perplexity",
    "api.cerebras.ai": "cerebras",
    "api.moonshot.ai": "moonshot_ai",
    "generativelanguage.googleapis.com": "google",
    "dashscope.aliyuncs.com": "alibaba",
}
_OWN_SHAPE = frozenset({"openai", "azure"})
_UNFINISHED = frozenset({"queued", "in_progress"})


def provider_of(client: Any) -> str:
    """Who answers, by the client's class and address. A gateway's address says nothing, so it is `openai`."""
    if "Azure" in type(client).__name__:
        return "azure"
    host = urlsplit(str(getattr(client, "base_url", ""))).hostname or ""
    if host.endswith((".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")):
        return "azure"
    return next(
        (name for known, name in HOSTS.items() if host == known or host.endswith(f".{known}")), "openai"
    )


def operations(provider: str) -> dict[str, dict[str, Operation]]:
    """What is measured, by dotted path and method."""
    is_own = provider in _OWN_SHAPE
    chat_format = "openai_chat" if is_own else None
    responses_format = "openai_responses" if is_own else None

    def chat(name: str) -> Operation:
        return Operation(name, provider, read_chat, chat_format, reader=ChatStream, asks_stream_usage=True)

    def responses(name: str) -> Operation:
        return Operation(name, provider, read_response, responses_format, reader=ResponseStream)

    images = Operation("images.generate", provider, read_chat, None, reader=ImageStream)
    return {
        "chat.completions": {
            "create": chat("chat.completions.create"),
            "parse": chat("chat.completions.parse"),
        },
        "beta.chat.completions": {"parse": chat("chat.completions.parse")},
        "completions": {"create": chat("completions.create")},
        "responses": {
            "create": responses("responses.create"),
            "parse": responses("responses.parse"),
            "retrieve": Operation("responses.retrieve", provider, read_retrieved, responses_format),
        },
        "embeddings": {"create": Operation("embeddings.create", provider, read_chat)},
        "images": {"generate": images, "edit": images},
        "audio.transcriptions": {
            "create": Operation(
                "audio.transcriptions.create", provider, read_chat, reader=TranscriptionStream
            )
        },
    }


def wrap_openai(client: Any, provider: str | None) -> None:
    """Measure the client's calls, and those of clients that are made of it."""
    for owner, name, operation in paths(client, operations(provider or provider_of(client))):
        measure(owner, name, operation)


def read_chat(answer: Any) -> Reading:
    """Of an answer with a `usage`."""
    return Reading(
        usage=getattr(answer, "usage", None),
        model=getattr(answer, "model", None),
        response_id=getattr(answer, "id", None),
        service_tier=getattr(answer, "service_tier", None),
    )


def read_response(answer: Any) -> Reading:
    """Of a response. One that runs in the background is told under its id: it may be seen more than once."""
    reading = read_chat(answer)
    status = getattr(answer, "status", None)
    reading.is_pending = status in _UNFINISHED and reading.usage is None
    reading.is_error = status == "failed"
    reading.error_code = getattr(getattr(answer, "error", None), "code", None)
    reading.web_searches = _searches(answer)
    if getattr(answer, "background", None):
        reading.external_request_id = reading.response_id
    return reading


def read_retrieved(answer: Any) -> Reading:
    """Of a response that was asked for again: news only if it ran in the background."""
    reading = read_response(answer)
    if not getattr(answer, "background", None):
        reading.is_pending = True
    return reading


def _searches(answer: Any) -> int | None:
    """How often the web was searched, which the usage object does not say."""
    output = getattr(answer, "output", None) or ()
    calls = [item for item in output if getattr(item, "type", None) == "web_search_call"]
    actions = [getattr(getattr(item, "action", None), "type", "search") for item in calls]
    return actions.count("search") or None


@dataclass
class ChatStream:
    """Chunks of a chat. The last one has the usage, and no choices."""

    is_asked: bool = False
    last: Any = None
    usage: Any = None
    model: str | None = None
    service_tier: str | None = None

    def see(self, part: Any) -> bool:
        usage = getattr(part, "usage", None)
        if self.model is None:
            self.last, self.model = part, getattr(part, "model", None) or None
        tier = getattr(part, "service_tier", None)
        if tier is not None:
            self.service_tier = tier
        if usage is None:
            return False
        self.usage = usage
        return self.is_asked and not getattr(part, "choices", None)

    def reading(self) -> Reading:
        return Reading(self.usage, self.model, getattr(self.last, "id", None), self.service_tier)


@dataclass
class ResponseStream:
    """Events of a response; the last one holds it whole."""

    response: Any = None

    def see(self, part: Any) -> bool:
        response = getattr(part, "response", None)
        if response is not None:
            self.response = response
        return False

    def reading(self) -> Reading:
        if self.response is None:
            return Reading()
        reading = read_response(self.response)
        reading.is_pending = False
        return reading


@dataclass
class TranscriptionStream:
    """Events of a transcription; the last one has the usage."""

    usage: Any = None

    def see(self, part: Any) -> bool:
        self.usage = getattr(part, "usage", None) or self.usage
        return False

    def reading(self) -> Reading:
        return Reading(self.usage)


class ImageStream(TranscriptionStream):
    """Events of an image; the last one has the usage."""
