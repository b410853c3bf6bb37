"""Amazon Bedrock's Converse, whichever model answered.

The metadata event of a stream carries the same object. `inputTokens` leaves out what was read from and
written to the cache. Writes come as one count, and by lifetime in `cacheDetails`; where those say less than
the whole, the rest has no lifetime. `totalTokens` may have the cache in it or not. Reasoning is output that
is not told apart.
"""

from __future__ import annotations

from typing import Final

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Count, Part, Reading, Side

_READ: Final = ("cacheReadInputTokens", "cacheReadInputTokenCount")
_WRITTEN: Final = ("cacheWriteInputTokens", "cacheWriteInputTokenCount")
"""Some models send the same count under both names."""
_COUNTS: Final = frozenset({"inputTokens", "outputTokens", "totalTokens", *_READ, *_WRITTEN})
_LIFETIMES: Final = {"5m": "cache_write_5m", "1h": "cache_write_1h"}


def read(usage: Fields) -> Reading:
    return Reading(
        input=Side(
            "input_uncached",
            usage.count("inputTokens"),
            outside=usage.parts(cache_read=_READ) + _writes(usage),
        ),
        output=Side("output_visible", usage.count("outputTokens")),
        accounting="exclusive",
        total=usage.count("totalTokens"),
    )


def _writes(usage: Fields) -> tuple[Part, ...]:
    """The cache writes by lifetime, and those whose lifetime is not told."""
    split = tuple(part for row in usage.rows("cacheDetails") for part in _write(row))
    rest = [
        Count(count.field, count.value - sum(known.value for _, known in split))
        for _, count in usage.parts(cache_write=_WRITTEN)
    ]
    return split + tuple(("cache_write", count) for count in rest if count.value > 0)


def _write(row: Fields) -> tuple[Part, ...]:
    unit = _LIFETIMES.get(row.text("ttl") or "", "cache_write")
    return row.parts(**{unit: "inputTokens"})


def _is_shape(raw: Raw) -> bool:
    """Others name their totals alike, but have the cache in them: known by counts that Converse lacks."""
    keys = keys_of(raw)
    foreign = any("Token" in key and key not in _COUNTS for key in keys)
    has_totals = all(isinstance(raw.get(name), int | float) for name in ("inputTokens", "outputTokens"))
    return has_totals and not foreign


FORMAT = Format(
    name="bedrock_converse",
    title="Amazon Bedrock Converse",
    source_url="https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html",
    needs=("inputTokens", "outputTokens"),
    is_shape=_is_shape,
    read=read,
)
