"""A program that uses LangChain or LiteLLM under an instrumentation: `framework_sender.py NAME PROVIDERS`.

Where it exports to is said by the environment, as everywhere with OpenTelemetry.
"""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

ASKED: list[Any] = [{"role": "user", "content": "hi"}]
INSTRUMENTORS = {
    "openinference-langchain": ("openinference.instrumentation.langchain", "LangChainInstrumentor"),
    "openllmetry-langchain": ("opentelemetry.instrumentation.langchain", "LangchainInstrumentor"),
}


def use_langchain(url: str) -> None:
    """Five calls: of two providers, whole and streamed, and one within a chain that repeats what it used.

    Anthropic's SDK tells of each of its calls, too; of the stream LangChain does not say which answer it was.
    """
    from langchain_anthropic import ChatAnthropic  # noqa: PLC0415 - takes seconds, and the other needs none
    from langchain_core.runnables import RunnableLambda  # noqa: PLC0415 - likewise
    from langchain_openai import ChatOpenAI  # noqa: PLC0415 - likewise

    given: Any = {"model": "gpt-4o-mini", "base_url": f"{url}/v1", "api_key": "none", "max_retries": 0}
    chat: Any = ChatOpenAI(**given)
    chat.invoke("hi")
    list(chat.stream("hi", stream_usage=True))
    (RunnableLambda(str) | chat).invoke("hi")
    options: Any = {"model_name": "claude-sonnet-4-5", "base_url": url, "api_key": "none", "max_retries": 0}
    claude: Any = ChatAnthropic(**options | {"max_tokens": 10})
    claude.invoke("hi")
    (RunnableLambda(str) | RunnableLambda(lambda text: "".join(map(str, claude.stream(text))))).invoke("hi")


def use_litellm(url: str) -> None:
    """Four calls: of two providers, whole and streamed."""
    import litellm  # noqa: PLC0415 - takes seconds
    from litellm.utils import executor  # noqa: PLC0415 - likewise

    litellm.callbacks = ["otel"]
    to_openai: Any = {"api_base": f"{url}/v1", "api_key": "none", "num_retries": 0}
    chat: Any = {"model": "openai/gpt-4o-mini", "messages": ASKED} | to_openai
    litellm.completion(**chat)
    list(litellm.completion(**chat, stream=True, stream_options={"include_usage": True}))
    claude: Any = {
        "model": "anthropic/claude-sonnet-4-5",
        "api_base": url,
        "api_key": "none",
        "max_tokens": 10,
    }
    litellm.completion(**claude, messages=ASKED)
    list(litellm.completion(**claude, messages=ASKED, stream=True))
    executor.shutdown(wait=True)  # its callbacks run there


def main(name: str, url: str) -> None:
    """Run under an instrumentation."""
    warnings.simplefilter("ignore")
    provider = TracerProvider()
    at_the_end = BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=600_000)
    provider.add_span_processor(at_the_end)
    trace.set_tracer_provider(provider)
    if name in INSTRUMENTORS:
        module, instrumentor = INSTRUMENTORS[name]
        getattr(import_module(module), instrumentor)().instrument()
        use_langchain(url)
    else:
        use_litellm(url)
    provider.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
