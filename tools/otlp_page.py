"""What docs/otlp.md says around its tables."""

from __future__ import annotations

from typing import Final

from farthing.intake.otlp.attributes import Seen

OPENING: Final = """\
Whoever has OpenTelemetry needs no code of ours: Farthing takes spans over OTLP/HTTP, finds the calls of
language models among them, and keeps what it keeps of every call. Prompts and answers are never read.

```sh
export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:8787/otlp
export OTEL_EXPORTER_OTLP_HEADERS="x-api-key=$API_KEY"
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_SERVICE_NAME=checkout
export OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=production
```

That is all for the official instrumentations, OpenInference, pydantic-ai (`Agent.instrument_all()`),
Strands and everything else that exports by the environment. Some have words of their own:

{senders}

The key may also come as `Authorization: Bearer fk_live_…`. Addresses: {paths}; the same with `metrics` in
place of `traces` for [metrics](#metrics), and with `logs`, of which nothing is kept. Bodies are protobuf or
JSON, as they are or in gzip, of at most 16 MB when unpacked and 50,000 spans ([settings](settings.md)).

## What becomes of a span

- A span of a call is stored as the call would be that your application sends itself: priced, once, with its
  receipt. Its time is the end of the span. The environment is what the resource says, in the words that are
  usual for prod, staging and dev; another word leaves it to the key, as does none.
- A span around calls (agent, workflow, chain) that repeats what these used is not counted. If no call of its
  trace arrives within two minutes (`otlp_grace_seconds`), the outermost such span counts once, with the flag
  `agent_total`. Calls that come later, within a day, take its place: it is voided, and its history says why.
- A call is stored once however often it is told of: under the id that the provider gave the answer, where
  that has 20 characters or more, else under the ids of trace and span. So a retry of the exporter, a second
  instrumentation, and your own call with that id in `metadata.providerRequestId` are one row. A span right
  around another with as many tokens of output is the same call, too, whatever ids they have.
- Everything else (tools, retrievals, HTTP) is let go.

A request is answered with 200 when all was taken, with `partialSuccess`, a count and the first reasons when
some spans can't be: ids of another length, times before 2000, an end before its start, an attribute with two
values, an environment that the key may not send, a plan that is used up. Counts that can't all be true are
kept and flagged `usage_inconsistent`, since nobody there could mend them. 400, 413 and 415 refuse a body as a
whole; after 429 and 503 exporters come again by themselves.

To say more of a call than the conventions can, set `farthing.endpoint_tag`, `farthing.feature_tag`,
`farthing.prompt_version`, `farthing.user_id`, `farthing.tenant_id`, `farthing.session_id`,
`farthing.environment` or `farthing.data_mode` on its span.

## Attributes of your own

Where your spans have a field under a name of yours, say so once for the API key: on its page, with
`farthing key edit KEY --otel-attribute userId=app.customer`, or

```sh
curl -X PATCH $URL/v1/settings/api-keys/$KEY_ID -H "Authorization: Bearer $TOKEN" \\
  -H "Content-Type: application/json" -d '{"otelAttributes": {"userId": "app.customer"}}'
```

Fields are `endpointTag`, `promptVersion`, `featureTag`, `userId`, `tenantId` and `environment`. The
attribute is looked for on the span, then on its resource, and comes before everything in the table below;
spans without it are read as ever. What is sent stands for all there were; null takes them away. It holds
within two seconds.

## Metrics

`gen_ai.client.token.usage` on `/v1/metrics` is set beside the calls that came, as a witness that none was
lost on the way. It is never a cost, and no other metric is looked at. Histograms, exponential histograms
and sums are taken, as intervals (delta) or as sums that run on (cumulative): what a series grew by counts
once, on the UTC day of the point, by key, provider, model and `input` or `output`. A running sum that is
met first when it is an hour old began before anybody listened, and counts from there on.

`coverage` of [`GET /v1/data-quality`](data-quality.md), `farthing quality` and the page of stored data say
how many tokens metrics tell of more than the calls of the same key, day and model have. Metrics that tell
of less mean nothing: they come later than spans do, and not of every call.

## What is known to be wrong

- Two spans of one call that lie beside one another in a trace, neither with an id of the provider's, are
  two calls. Nothing in them tells them from two equal calls that an application makes in a row or side by
  side, and what is real must not be dropped; have one of two instrumentations send ids, or turn it off.
- OpenLLMetry's Anthropic (0.62.4) adds up the output of a stream from the start of the message and its end:
  it is more by what the start says, one token as a rule. Where Anthropic's SDK tells of the call, too, its
  count stands.
- Two replicas that get two spans of one call, without ids, at the same moment count both."""


def told(seen: Seen) -> str:
    """Who sends an attribute, for a cell of the table."""
    return "; ".join(f"{how}: {', '.join(who)}" for how, who in seen._asdict().items() if who)


COUNTING: Final = """\
Whether the input holds what the cache read and wrote is not the same everywhere. The rule that decided stands
on every row (`accountingRule`), `otel_inclusive` for senders that are not listed. The numbers themselves come
first where they leave no doubt: a cache that exceeds the input lies beside it (`otel_cache_exceeds_input`),
and so does what the total is only reached with (`otel_total_holds_cache`, `otel_total_holds_reasoning`);
reasoning that exceeds the output comes on top of it (`otel_reasoning_exceeds_output`).

LiteLLM's attributes of the conventions have no cached tokens of OpenAI, and those of Anthropic only with
`OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental`: they are read from the usage object that it hands
on as `metadata.usage_object`.

Anthropic's SDK tells of each call by itself where a tracer is set up, and of a streamed one LangChain does
not say which answer it was. Where both are in one export, from one process, a span of `ChatAnthropic` and the
SDK's span that lies within its time, of the same model and with as much output, are one call
([why](decisions/0047-a-span-beside-the-sdks-own.md)). Where an export ends between the two, or the step has
another name than the class, both count: wrap the client or use the callback there."""

SENDERS: Final = (
    (
        "OpenLLMetry (`Traceloop.init()`)",
        '`TRACELOOP_BASE_URL=http://127.0.0.1:8787/otlp`, `TRACELOOP_HEADERS="x-api-key=…"`',
    ),
    (
        "Vercel AI SDK",
        '`experimental_telemetry: {isEnabled: true, functionId: "…"}`, `@vercel/otel`, the variables above',
    ),
    ("LiteLLM", '`callbacks: ["otel"]`, and the variables above'),
    ("OpenRouter Broadcast", "the address `https://your-farthing/v1/traces` and the header `x-api-key`"),
    (
        "OpenTelemetry Collector",
        "an `otlphttp` exporter with `endpoint: http://127.0.0.1:8787/otlp` and `headers: {x-api-key: …}`",
    ),
)
"""(sender, its setting)."""
