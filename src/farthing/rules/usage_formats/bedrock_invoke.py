"""Amazon Bedrock's InvokeModel: the metrics in the last event of a stream.

They may come with the event around them. `inputTokenCount` leaves out what was read from and written to the
cache; how long a write lives is not told.
"""

from __future__ import annotations

from typing import Final

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Reading, Side

_METRICS: Final = "amazon-bedrock-invocationMetrics"


def read(usage: Fields) -> Reading:
    metrics = usage.inner(_METRICS) if usage.has(_METRICS) else usage
    return Reading(
        input=Side(
            "input_uncached",
            metrics.count("inputTokenCount"),
            outside=metrics.parts(
                cache_read="cacheReadInputTokenCount", cache_write="cacheWriteInputTokenCount"
            ),
        ),
        output=Side("output_visible", metrics.count("outputTokenCount")),
        accounting="exclusive",
    )


def _is_shape(raw: Raw) -> bool:
    keys = keys_of(raw)
    return _METRICS in keys or {"inputTokenCount", "invocationLatency"} <= keys


FORMAT = Format(
    name="bedrock_invoke",
    title="Amazon Bedrock InvokeModel",
    source_url="https://docs.aws.amazon.com/bedrock/latest/userguide/inference-invoke.html",
    needs=((_METRICS, "inputTokenCount"),),
    is_shape=_is_shape,
    read=read,
)
