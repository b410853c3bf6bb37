"""The ready calls that empty pages show: copied, they store a first event. One each for who speaks what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from farthing.actions.parts import Parts
from farthing.actions.people.links import link_to
from farthing.web.given import PageRequest

_FIELDS: Final = """\
    "provider": "openai",
    "model": "gpt-4o-mini",
    "endpointTag": "checkout.ai_summary",
    "promptVersion": "summarizer_v3",
    "userId": "user_7f3a",
    "dataMode": "real",
    "environment": "prod",
    "inputTokens": 120,
    "outputTokens": 45,
    "latencyMs": 820,
    "status": "success"
  }"""
_CURL: Final = """\
curl {origin}/v1/ingest/llm-request \\
  -H 'X-API-Key: {key}' \\
  -H 'Content-Type: application/json' \\
  -d '{{
    "externalRequestId": "hello-farthing-1",
{fields}'"""
_PYTHON: Final = """\
# pip install farthing-sdk
# (before its first release: pip install ./sdk/python, in a copy of Farthing's repository)
import farthing_sdk as farthing

farthing.configure(
    base_url="{origin}",
    api_key="{key}",
)

# Clients of OpenAI, Anthropic, Google and Mistral are measured once they are wrapped:
#   client = farthing.wrap(OpenAI())
# Any other call is told when it is done:
farthing.record(
    "openai",
    "gpt-4o-mini",
    usage={{"prompt_tokens": 120, "completion_tokens": 45, "total_tokens": 165}},
    latency_ms=820,
    endpoint_tag="checkout.ai_summary",
    prompt_version="summarizer_v3",
    user_id="user_7f3a",
    data_mode="real",
    environment="prod",
)
farthing.flush(5)  # wait for it: this script ends here
print(farthing.stats())  # sent=1 when all is well, else last_error says why not"""
_NODE: Final = """\
// hello.mjs, with Node 18 or newer: node hello.mjs
const answer = await fetch("{origin}/v1/ingest/llm-request", {{
  method: "POST",
  headers: {{ "X-API-Key": "{key}", "Content-Type": "application/json" }},
  body: JSON.stringify({{
    "externalRequestId": "hello-farthing-2",
{fields}),
  signal: AbortSignal.timeout(5000),
}});
console.log(answer.status, await answer.json());"""
_OTLP: Final = """\
export OTEL_EXPORTER_OTLP_ENDPOINT='{origin}/otlp'
export OTEL_EXPORTER_OTLP_HEADERS='x-api-key={key}'
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_SERVICE_NAME=checkout
export OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=production"""


@dataclass(frozen=True)
class Snippet:
    """A text to copy. `label` is its tab, `place` where it belongs, `note` what else to know."""

    name: str
    label: str
    place: str
    text: str
    note: str = ""


def snippets(request: PageRequest, parts: Parts, key: str) -> tuple[Snippet, ...]:
    """The same first event in each language, with this server's address and the key filled in."""
    filled = {"origin": origin_of(request, parts), "key": key, "fields": _FIELDS}
    return (
        Snippet("call", "curl", "Terminal", _CURL.format(**filled)),
        Snippet("call-python", "Python", "Python 3.9 or newer", _PYTHON.format(**filled)),
        Snippet("call-node", "Node", "JavaScript", _NODE.format(**filled)),
        Snippet(
            "call-otlp",
            "OpenTelemetry",
            "Environment of your application",
            _OTLP.format(**filled),
            "For whoever exports spans of the GenAI conventions already: no code of ours is needed.",
        ),
    )


def origin_of(request: PageRequest, parts: Parts) -> str:
    """This server's address as applications reach it: the setting, else as the browser came."""
    return link_to(parts.settings, f"{request.url.scheme}://{request.url.netloc}", "")


def example_read(request: PageRequest, token: str) -> str:
    """A curl command that reads something from this server."""
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return f"curl '{origin}/v1/dashboard/overview?range=7d' \\\n  -H 'Authorization: Bearer {token}'"
