"""From the flat token fields of the API (contract 17.4) to disjoint units.

Totals are inclusive unless the sender says otherwise. What audio and image fields count is part of the input
or output total in both kinds of accounting, and reasoning is part of the output in both; only cache reads and
writes lie inside the input total (inclusive) or on top of it (exclusive).

Nothing is ever clamped: numbers that cannot all be true are refused, or kept as they are and flagged.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from farthing.rules.usage import TokenUsage

Accounting = Literal["inclusive", "exclusive"]
OnInconsistent = Literal["refuse", "flag"]


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


class Contradiction(msgspec.Struct, frozen=True):
    """Counts that cannot all be true. `field` is the wire name, `message` names the numbers."""

    field: str
    message: str


_CACHE: Final = ("cached_input_tokens", "cache_write_1h_tokens", "cache_write_tokens")
_INPUT_MODALITIES: Final = ("audio_input_tokens", "image_input_tokens")
_OUTPUT_PARTS: Final = ("reasoning_tokens", "audio_output_tokens", "image_output_tokens")
_PARTS: Final = (*_CACHE, *_INPUT_MODALITIES, *_OUTPUT_PARTS, "web_searches")
_UNITS: Final = (
    *("input_uncached", "output_visible"),
    *("cache_read", "cache_write_1h", "cache_write", "audio_input", "image_input"),
    *("reasoning", "audio_output", "image_output", "web_searches"),
)
"""The units of the two remainders and of `_PARTS`, in that order."""
_NO_PARTS: Final = (0,) * len(_PARTS)
_parts_of: Final = attrgetter(*_PARTS)


def read_flat_tokens(
    fields: FlatTokens,
    accounting: Accounting = "inclusive",
    on_inconsistent: OnInconsistent = "refuse",
    status: str = "success",
) -> TokenUsage | list[Contradiction]:
    """The usage that the fields describe, or everything that is wrong with them.

    With `on_inconsistent="flag"` parts that exceed their total are kept as sent and the rest of the total is
    taken as 0, so that the call counts and costs the sum of its parts (the larger reading), and the usage
    carries `usage_inconsistent`. Negative counts are refused in either case: no reading of them is plausible.
    """
    sent_input, sent_output, total = fields.input_tokens, fields.output_tokens, fields.total_tokens
    parts = _parts_of(fields)
    is_sum = total is None or total == sent_input + sent_output
    if parts == _NO_PARTS and is_sum and sent_input > 0 and sent_output > 0:
        return TokenUsage({"input_uncached": sent_input, "output_visible": sent_output}, accounting)
    if min(sent_input, sent_output, total or 0, *parts) < 0:
        return _negative(fields)
    uncached, visible = _remainders(fields, parts, accounting)
    flags: tuple[str, ...] = ()
    if uncached < 0 or visible < 0:
        if on_inconsistent == "refuse":
            return _contradictions(fields, accounting)
        flags = ("usage_inconsistent",)
        uncached, visible = max(uncached, 0), max(visible, 0)
    counts = zip(_UNITS, (uncached, visible, *parts), strict=True)
    usage = TokenUsage({unit: count for unit, count in counts if count}, accounting, flags=flags)
    return _flagged(usage, fields, status)


def _remainders(fields: FlatTokens, parts: tuple[int, ...], accounting: Accounting) -> tuple[int, int]:
    """What the totals leave for plain input and plain output; below 0 when the parts exceed them."""
    uncached = fields.input_tokens - parts[3] - parts[4]
    if accounting == "inclusive":
        uncached -= parts[0] + parts[1] + parts[2]
    return uncached, fields.output_tokens - parts[5] - parts[6] - parts[7]


def _flagged(usage: TokenUsage, fields: FlatTokens, status: str) -> TokenUsage:
    """Adds flags for a total that says something else, and for a success that says nothing."""
    total = fields.total_tokens or 0
    if not usage.units:
        if total:
            return replace(usage, units={"input_uncached": total}, flags=("unsplit",))
        return replace(usage, flags=("usage_missing",)) if status == "success" else usage
    is_sum_as_sent = not total or total == fields.input_tokens + fields.output_tokens
    if is_sum_as_sent or total == usage.input_tokens + usage.output_tokens:
        return usage
    return replace(usage, flags=(*usage.flags, "total_differs"))


def _negative(fields: FlatTokens) -> list[Contradiction]:
    counts = [(_wire(name), getattr(fields, name) or 0) for name in fields.__struct_fields__]
    return [Contradiction(wire, f"{wire} ({count}) is negative") for wire, count in counts if count < 0]


def _contradictions(fields: FlatTokens, accounting: Accounting) -> list[Contradiction]:
    inside = (*_CACHE, *_INPUT_MODALITIES) if accounting == "inclusive" else _INPUT_MODALITIES
    return _exceeding(fields, "input_tokens", inside) + _exceeding(fields, "output_tokens", _OUTPUT_PARTS)


def _exceeding(fields: FlatTokens, total_name: str, names: tuple[str, ...]) -> list[Contradiction]:
    """One entry for each part that alone exceeds the total, else one for their sum."""
    total = getattr(fields, total_name)
    parts = [(_wire(name), getattr(fields, name)) for name in names if getattr(fields, name)]
    alone = [
        Contradiction(wire, f"{wire} ({count}) exceeds {_wire(total_name)} ({total})")
        for wire, count in parts
        if count > total
    ]
    together = sum(count for _, count in parts)
    if alone or together <= total:
        return alone
    terms = " + ".join(f"{wire} ({count})" for wire, count in parts)
    return [Contradiction(parts[0][0], f"{terms} = {together} exceed {_wire(total_name)} ({total})")]


def _wire(name: str) -> str:
    """`cache_write_1h_tokens` as the API spells it: `cacheWrite1hTokens`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
