"""Calls by the providers' real clients, each with what an application would have told the server by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import anthropic
import openai
from anthropic import AsyncAnthropic
from google import genai
from google.genai import types
from mistralai.client import Mistral
from openai import AsyncOpenAI

import farthing_sdk
from tests.sdk import stand_in as given
from tests.sdk.stand_in import CANARY

Client = TypeVar("Client")
CHAT: list[Any] = [{"role": "user", "content": CANARY}]
GPT, CLAUDE, GEMINI, MISTRAL, ADA = (
    "gpt-4o-mini",
    "claude-sonnet-4-5",
    "gemini-2.5-flash",
    "mistral-large-latest",
    "text-embedding-3-small",
)


@dataclass(frozen=True)
class Told:
    """What the same call is to the native API."""

    provider: str
    model: str
    usage: dict[str, Any]
    usage_format: str | None = None
    more: dict[str, Any] = field(default_factory=dict)
    is_streamed: bool = False


@dataclass
class Clients:
    """Makes wrapped clients that talk to the stand-in, and closes them."""

    root: str
    made: list[Any] = field(default_factory=list)

    def openai(self) -> openai.OpenAI:
        return self._wrapped(openai.OpenAI(api_key="k", base_url=f"{self.root}/openai/v1", max_retries=0))

    def openai_async(self) -> AsyncOpenAI:
        return self._wrapped(AsyncOpenAI(api_key="k", base_url=f"{self.root}/openai/v1", max_retries=0))

    def anthropic(self) -> anthropic.Anthropic:
        return self._wrapped(
            anthropic.Anthropic(api_key="k", base_url=f"{self.root}/anthropic", max_retries=0)
        )

    def anthropic_async(self) -> AsyncAnthropic:
        return self._wrapped(AsyncAnthropic(api_key="k", base_url=f"{self.root}/anthropic", max_retries=0))

    def google(self) -> genai.Client:
        options = types.HttpOptions(base_url=f"{self.root}/google")
        return self._wrapped(genai.Client(api_key="k", http_options=options))

    def mistral(self) -> Mistral:
        return self._wrapped(Mistral(api_key="k", server_url=f"{self.root}/mistral"))

    def _wrapped(self, client: Client) -> Client:
        self.made.append(client)
        wrapped = farthing_sdk.wrap(client)
        assert wrapped is client
        return wrapped

    async def close(self) -> None:
        for client in self.made:
            if isinstance(client, Mistral):
                client.__exit__(None, None, None)  # type: ignore[no-untyped-call]
                await client.__aexit__(None, None, None)  # type: ignore[no-untyped-call]
            else:
                closing = client.close()
                if closing is not None:
                    await closing
            if isinstance(client, genai.Client):
                await client.aio.aclose()


async def chat(clients: Clients) -> None:
    answer = clients.openai().chat.completions.create(model=GPT, messages=CHAT)
    assert answer.choices[0].message.content == CANARY


async def chat_parsed(clients: Clients) -> None:
    clients.openai().chat.completions.parse(model=GPT, messages=CHAT)


async def chat_raw(clients: Clients) -> None:
    raw = clients.openai().chat.completions.with_raw_response.create(model=GPT, messages=CHAT)
    assert raw.headers["content-type"] == "application/json"
    assert raw.parse().choices[0].message.content == CANARY


async def chat_of_a_copy(clients: Clients) -> None:
    clients.openai().with_options(timeout=5).chat.completions.create(model=GPT, messages=CHAT)


async def chat_async(clients: Clients) -> None:
    async with clients.openai_async() as client:
        await client.chat.completions.create(model=GPT, messages=CHAT)


async def chat_stream(clients: Clients) -> None:
    stream = clients.openai().chat.completions.create(model=GPT, messages=CHAT, stream=True)
    assert isinstance(stream, openai.Stream)
    chunks = list(stream)
    assert [len(chunk.choices) for chunk in chunks] == [1, 1, 1, 1]
    assert list(stream) == []


async def chat_stream_that_asks(clients: Clients) -> None:
    stream = clients.openai().chat.completions.create(
        model=GPT, messages=CHAT, stream=True, stream_options={"include_usage": True}
    )
    assert [len(chunk.choices) for chunk in stream] == [1, 1, 1, 1, 0]


async def chat_stream_helper(clients: Clients) -> None:
    with clients.openai().chat.completions.stream(model=GPT, messages=CHAT) as stream:
        for _ in stream:
            pass
        assert CANARY in str(stream.get_final_completion().choices[0].message.content)


async def chat_stream_async(clients: Clients) -> None:
    async with clients.openai_async() as client:
        stream = await client.chat.completions.create(model=GPT, messages=CHAT, stream=True)
        assert isinstance(stream, openai.AsyncStream)
        assert [len(chunk.choices) async for chunk in stream] == [1, 1, 1, 1]


async def chat_stream_raw(clients: Clients) -> None:
    client = clients.openai()
    raw = client.chat.completions.with_raw_response.create(model=GPT, messages=CHAT, stream=True)
    assert len(list(raw.parse())) == 4


async def chat_streaming_response(clients: Clients) -> None:
    completions = clients.openai().chat.completions
    with completions.with_streaming_response.create(model=GPT, messages=CHAT) as raw:
        assert raw.parse().choices[0].message.content == CANARY


async def responses(clients: Clients) -> None:
    assert clients.openai().responses.create(model=GPT, input=CANARY).output_text == CANARY


async def responses_async_stream(clients: Clients) -> None:
    async with clients.openai_async() as client:
        stream = await client.responses.create(model=GPT, input=CANARY, stream=True)
        assert [event.type async for event in stream][-1] == "response.completed"


async def responses_stream_helper(clients: Clients) -> None:
    with clients.openai().responses.stream(model=GPT, input=CANARY) as stream:
        for _ in stream:
            pass
        stream.get_final_response()


async def responses_in_the_background(clients: Clients) -> None:
    client = clients.openai()
    queued = client.responses.create(model=GPT, input=CANARY, background=True)
    assert queued.status == "queued"
    for _ in range(2):
        client.responses.retrieve(queued.id)


async def embeddings(clients: Clients) -> None:
    clients.openai().embeddings.create(model=ADA, input=CANARY, encoding_format="float")


async def messages(clients: Clients) -> None:
    clients.anthropic().messages.create(model=CLAUDE, max_tokens=10, messages=CHAT)


async def messages_async(clients: Clients) -> None:
    async with clients.anthropic_async() as client:
        await client.messages.create(model=CLAUDE, max_tokens=10, messages=CHAT)


async def messages_stream(clients: Clients) -> None:
    client = clients.anthropic()
    stream = client.messages.create(model=CLAUDE, max_tokens=10, messages=CHAT, stream=True)
    assert isinstance(stream, anthropic.Stream)
    assert len(list(stream)) == 6


async def messages_stream_helper(clients: Clients) -> None:
    with clients.anthropic().messages.stream(model=CLAUDE, max_tokens=10, messages=CHAT) as stream:
        assert "".join(stream.text_stream) == CANARY
        assert stream.get_final_message().usage.output_tokens == 120


async def messages_stream_async(clients: Clients) -> None:
    async with clients.anthropic_async() as client:
        stream = await client.messages.create(model=CLAUDE, max_tokens=10, messages=CHAT, stream=True)
        assert len([event async for event in stream]) == 6


async def messages_stream_helper_async(clients: Clients) -> None:
    async with (
        clients.anthropic_async() as client,
        client.messages.stream(model=CLAUDE, max_tokens=10, messages=CHAT) as stream,
    ):
        await stream.until_done()


async def content(clients: Clients) -> None:
    assert clients.google().models.generate_content(model=GEMINI, contents=CANARY).text == CANARY


async def content_stream(clients: Clients) -> None:
    parts = clients.google().models.generate_content_stream(model=GEMINI, contents=CANARY)
    assert len(list(parts)) == 2


async def content_async(clients: Clients) -> None:
    await clients.google().aio.models.generate_content(model=GEMINI, contents=CANARY)


async def content_stream_async(clients: Clients) -> None:
    client = clients.google()
    parts = await client.aio.models.generate_content_stream(model=GEMINI, contents=CANARY)
    assert len([part async for part in parts]) == 2


async def content_of_a_chat(clients: Clients) -> None:
    clients.google().chats.create(model=GEMINI).send_message(CANARY)


async def mistral(clients: Clients) -> None:
    clients.mistral().chat.complete(model=MISTRAL, messages=CHAT)


async def mistral_stream(clients: Clients) -> None:
    with clients.mistral().chat.stream(model=MISTRAL, messages=CHAT) as events:
        assert len(list(events)) == 5


async def mistral_async(clients: Clients) -> None:
    await clients.mistral().chat.complete_async(model=MISTRAL, messages=CHAT)


async def mistral_stream_async(clients: Clients) -> None:
    events = await clients.mistral().chat.stream_async(model=MISTRAL, messages=CHAT)
    assert len([event async for event in events]) == 5


_CHAT = Told("openai", GPT, given.CHAT_USAGE, "openai_chat")
_CHAT_STREAM = Told("openai", GPT, given.CHAT_USAGE, "openai_chat", is_streamed=True)
_SEARCH = {"webSearches": 1}
_RESPONSE = Told("openai", GPT, given.RESPONSES_USAGE, "openai_responses", _SEARCH)
_RESPONSE_STREAM = Told("openai", GPT, given.RESPONSES_USAGE, "openai_responses", _SEARCH, is_streamed=True)
_MESSAGE = Told("anthropic", CLAUDE, given.MESSAGE_USAGE, "anthropic_messages")
_MESSAGE_STREAM = Told("anthropic", CLAUDE, given.MESSAGE_USAGE, "anthropic_messages", is_streamed=True)
_CONTENT = Told("google", GEMINI, given.GEMINI_USAGE, "gemini")
_CONTENT_STREAM = Told("google", GEMINI, given.GEMINI_USAGE, "gemini", is_streamed=True)
_MISTRAL = Told("mistral_ai", MISTRAL, given.MISTRAL_USAGE, "mistral")
_MISTRAL_STREAM = Told("mistral_ai", MISTRAL, given.MISTRAL_USAGE, "mistral", is_streamed=True)

CALLS: dict[Callable[[Clients], Awaitable[None]], Told] = {
    chat: _CHAT,
    chat_parsed: _CHAT,
    chat_raw: _CHAT,
    chat_of_a_copy: _CHAT,
    chat_async: _CHAT,
    chat_streaming_response: _CHAT,
    chat_stream: _CHAT_STREAM,
    chat_stream_that_asks: _CHAT_STREAM,
    chat_stream_helper: _CHAT_STREAM,
    chat_stream_async: _CHAT_STREAM,
    chat_stream_raw: _CHAT_STREAM,
    responses: _RESPONSE,
    responses_async_stream: _RESPONSE_STREAM,
    responses_stream_helper: _RESPONSE_STREAM,
    responses_in_the_background: _RESPONSE,
    embeddings: Told("openai", ADA, given.EMBEDDING_USAGE),
    messages: _MESSAGE,
    messages_async: _MESSAGE,
    messages_stream: _MESSAGE_STREAM,
    messages_stream_helper: _MESSAGE_STREAM,
    messages_stream_async: _MESSAGE_STREAM,
    messages_stream_helper_async: _MESSAGE_STREAM,
    content: _CONTENT,
    content_stream: _CONTENT_STREAM,
    content_async: _CONTENT,
    content_stream_async: _CONTENT_STREAM,
    content_of_a_chat: _CONTENT,
    mistral: _MISTRAL,
    mistral_stream: _MISTRAL_STREAM,
    mistral_async: _MISTRAL,
    mistral_stream_async: _MISTRAL_STREAM,
}
"""Each leads to one row, which says the same as what is told by hand."""
