"""The ready call that empty pages show: copied into a terminal, it stores a first event."""

from __future__ import annotations

from typing import Final

from farthing.web.given import PageRequest

_BODY: Final = """{
    "externalRequestId": "hello-farthing-1",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "endpointTag": "checkout.ai_summary",
    "promptVersion": "summarizer_v3",
    "inputTokens": 120,
    "outputTokens": 45,
    "latencyMs": 820,
    "status": "success"
  }"""


def example_read(request: PageRequest, token: str) -> str:
    """A curl command that reads something from this server."""
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return f"curl '{origin}/v1/dashboard/overview?range=7d' \\\n  -H 'Authorization: Bearer {token}'"


def example_call(request: PageRequest, key: str) -> str:
    """A curl command that sends one finished call to this server."""
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return (
        f"curl {origin}/v1/ingest/llm-request \\\n"
        f"  -H 'X-API-Key: {key}' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{_BODY}'"
    )
