"""OpenTelemetry, with any instrumentation: Farthing is one more place that spans are exported to.

pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
pip install opentelemetry-instrumentation-openai openai

FARTHING_URL, FARTHING_API_KEY and OPENAI_API_KEY in the environment. Where the exporter is set up by
variables, OTEL_EXPORTER_OTLP_ENDPOINT=$FARTHING_URL/otlp and OTEL_EXPORTER_OTLP_HEADERS say the same.
"""

from __future__ import annotations

import os

from openai import OpenAI
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider(resource=Resource.create({"service.name": "examples.opentelemetry"}))
exporter = OTLPSpanExporter(
    endpoint=f"{os.environ['FARTHING_URL']}/v1/traces",
    headers={"x-api-key": os.environ["FARTHING_API_KEY"]},
)
provider.add_span_processor(BatchSpanProcessor(exporter))
trace.set_tracer_provider(provider)
OpenAIInstrumentor().instrument()

OpenAI().chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hi"}])

provider.shutdown()
