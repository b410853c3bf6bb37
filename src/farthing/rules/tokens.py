"""From the flat token fields of the API (contract 17.4) to disjoint units.

Totals are inclusive unless the sender says otherwise. What audio and image fields count is part of the input
or output total in both kinds of accounting, and reasoning is part of the output in both; only cache reads and
writes lie inside the input total (inclusive) or on top of it (exclusive).

Nothing is ever clamped: numbers that cannot all be true are refused, or kept as they are and flagged.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Final

import msgspec

from farthing.rules.problems import FieldProblem
from farthing.rules.usage import TokenUsage
from farthing.rules.usage_formats.reading import Accounting, Count, OnInconsistent, Reading, Side, settle


class FlatTokens(msgspec.Struct, frozen=True, gc=False):
    """Counts as sent, 0 where not sent.

    `cache_write_tokens` are the writes that live five minutes or whose life the sender does not know;
    `cache_write_1h_tokens` are further writes, which live an hour.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int | None = None
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0
    audio_input_tokens: int = 0
    audio_output_tokens: int = 0
    image_input_tokens: int = 0
    image_output_tokens: int = 0
    web_searches: int = 0


RULE: Final = "flat_fields"
_CACHE: Final = {
    "cached_input_tokens": "cache_read",
    "cache_write_1h_tokens": "cache_write_1h",
    "cache_write_tokens": "cache_write",
}
_INPUT_MODALITIES: Final = {"audio_input_tokens": "audio_input", "image_input_tokens": "image_input"}
_OUTPUT_PARTS: Final = {
    "reasoning_tokens": "reasoning",
    "audio_output_tokens": "audio_output",
    "image_output_tokens": "image_output",
}
_OTHERS: Final = {"web_searches": "web_searches"}
_PARTS: Final = (*_CACHE, *_INPUT_MODALITIES, *_OUTPUT_PARTS, *_OTHERS)
_NO_PARTS: Final = (0,) * len(_PARTS)
_INPUT_PARTS: Final = len(_CACHE) + len(_INPUT_MODALITIES)
_UNITS: Final = (
    *("input_uncached", *_CACHE.values(), *_INPUT_MODALITIES.values()),
    *("output_visible", *_OUTPUT_PARTS.values(), *_OTHERS.values()),
)
"""In the order of UNITS, as `settle` gives them too."""
_parts_of: Final = attrgetter(*_PARTS)


def read_flat_tokens(
    fields: FlatTokens,
    accounting: Accounting = "inclusive",
    on_inconsistent: OnInconsistent = "refuse",
    status: str = "success",
) -> TokenUsage | list[FieldProblem]:
    """The usage that the fields describe, or everything that is wrong with them.

    With `on_inconsistent="flag"` parts that exceed their total are kept as sent and the rest of the total is
    taken as 0, so that the call counts and costs the sum of its parts (the larger reading), and the usage
    carries `usage_inconsistent`. Negative counts are refused in either case: no reading of them is plausible.
    """
    parts = _parts_of(fields)
    usage = _agreeing(fields, parts, accounting)
    if usage is not None:
        return usage
    if min(fields.input_tokens, fields.output_tokens, fields.total_tokens or 0, *parts) < 0:
        return _negative(fields)
    return settle(reading_of(fields, accounting), RULE, on_inconsistent, status)


def _agreeing(fields: FlatTokens, parts: tuple[int, ...], accounting: Accounting) -> TokenUsage | None:
    """The usage of counts that all agree, as nearly all calls' do; None where `settle` has to look.

    It is what `settle` gives (a property test compares them), without an object for every side and part.
    """
    sent_input, sent_output, total = fields.input_tokens, fields.output_tokens, fields.total_tokens
    if sent_input <= 0 or sent_output <= 0 or not (total is None or total == sent_input + sent_output):
        return None
    if parts == _NO_PARTS:
        return TokenUsage({"input_uncached": sent_input, "output_visible": sent_output}, accounting)
    plain_input = sent_input - sum(parts[:_INPUT_PARTS])
    plain_output = sent_output - sum(parts[_INPUT_PARTS : -len(_OTHERS)])
    if accounting != "inclusive" or plain_input < 0 or plain_output < 0 or min(parts) < 0:
        return None
    counts = (plain_input, *parts[:_INPUT_PARTS], plain_output, *parts[_INPUT_PARTS:])
    return TokenUsage({unit: count for unit, count in zip(_UNITS, counts, strict=True) if count})


def reading_of(fields: FlatTokens, accounting: Accounting) -> Reading:
    """The fields as two sides; whether the cache lies inside the input is what `accounting` says."""
    cache, modalities = _parts(fields, _CACHE), _parts(fields, _INPUT_MODALITIES)
    is_inside = accounting == "inclusive"
    return Reading(
        input=Side(
            "input_uncached",
            Count("inputTokens", fields.input_tokens),
            inside=(cache if is_inside else ()) + modalities,
            outside=() if is_inside else cache,
        ),
        output=Side(
            "output_visible",
            Count("outputTokens", fields.output_tokens),
            inside=_parts(fields, _OUTPUT_PARTS),
        ),
        accounting=accounting,
        total=None if fields.total_tokens is None else Count("totalTokens", fields.total_tokens),
        others=_parts(fields, _OTHERS),
    )


def _parts(fields: FlatTokens, units: dict[str, str]) -> tuple[tuple[str, Count], ...]:
    counts = ((unit, name, getattr(fields, name)) for name, unit in units.items())
    return tuple((unit, Count(_wire(name), count)) for unit, name, count in counts if count)


def _negative(fields: FlatTokens) -> list[FieldProblem]:
    counts = [(_wire(name), getattr(fields, name) or 0) for name in fields.__struct_fields__]
    return [FieldProblem(wire, f"{wire} ({count}) is negative") for wire, count in counts if count < 0]


def _wire(name: str) -> str:
    """`cache_write_1h_tokens` as the API spells it: `cacheWrite1hTokens`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
