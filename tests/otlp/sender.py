"""A program that uses OpenAI and Anthropic under an instrumentation: `sender.py INSTRUMENTATION PROVIDERS`.

Where it exports to is said by the environment, as everywhere with OpenTelemetry.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

import anthropic
import openai
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

INSTRUMENTATIONS = {
    "official": "opentelemetry.instrumentation.genai",
    "openllmetry": "opentelemetry.instrumentation",
    "openinference": "openinference.instrumentation",
}
ASKED = [{"role": "user", "content": "hi"}]


def use_clients(url: str) -> None:
    """Nine calls, of which one fails."""
    client: Any = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
    chat = client.chat.completions.create
    chat(model="gpt-4o-mini", messages=ASKED)
    usage = {"include_usage": True}
    list(chat(model="gpt-4o-mini", messages=ASKED, stream=True, stream_options=usage))
    client.responses.create(model="gpt-5-mini", input="hi")
    list(client.responses.create(model="gpt-5-mini", input="hi", stream=True))
    client.embeddings.create(model="text-embedding-3-small", input="hi")
    with suppress(openai.BadRequestError):
        chat(model="broken", messages=ASKED)
    messages: Any = anthropic.Anthropic(base_url=url, api_key="none", max_retries=0).messages
    asked: dict[str, Any] = {"model": "claude-sonnet-4-5", "max_tokens": 10, "messages": ASKED}
    messages.create(**asked)
    list(messages.create(**asked, stream=True))
    with messages.stream(**asked) as stream:
        stream.get_final_message()


def use_agent(url: str) -> None:
    """An agent that asks once, under a span that says what it used in all."""
    from pydantic_ai import Agent  # noqa: PLC0415 - takes a second, and the others need none of it
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415 - likewise
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415 - likewise

    Agent.instrument_all()
    provider = OpenAIProvider(base_url=f"{url}/v1", api_key="none")
    Agent(OpenAIChatModel("gpt-4o-mini", provider=provider), name="helper").run_sync("hi")


def main(name: str, url: str) -> None:
    """Run under an instrumentation, exporting all at once or, where spans meet, each by itself."""
    warnings.simplefilter("ignore")
    provider = TracerProvider()
    exporter = OTLPSpanExporter()
    is_batch = name == "official"
    provider.add_span_processor(BatchSpanProcessor(exporter) if is_batch else SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    use: Callable[[str], None] = use_agent
    if name in INSTRUMENTATIONS:
        use = use_clients
        for of, instrumentor in (("openai", "OpenAIInstrumentor"), ("anthropic", "AnthropicInstrumentor")):
            getattr(import_module(f"{INSTRUMENTATIONS[name]}.{of}"), instrumentor)().instrument()
    use(url)
    provider.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
