"""What a call used: its flat token fields, or the provider's raw object, and whether the two agree."""

from __future__ import annotations

from operator import attrgetter
from typing import Final

import msgspec
from msgspec.structs import replace

from farthing.intake.call import WIRE_NAMES, Call
from farthing.rules.pricebook import is_standard_tier
from farthing.rules.problems import FieldProblem
from farthing.rules.tokens import FlatTokens, read_flat_tokens
from farthing.rules.usage import TokenUsage
from farthing.rules.usage_formats.reading import Accounting, Count, OnInconsistent, Reading, settle
from farthing.rules.usage_formats.registry import read_usage

_PARTS: Final = FlatTokens.__struct_fields__[3:]
_NO_PARTS: Final = (None,) * len(_PARTS)
_parts_of: Final = attrgetter(*_PARTS)
_UNITS: Final = {
    "cached_input_tokens": ("cache_read", "audio_cache_read"),
    "cache_write_1h_tokens": ("cache_write_1h",),
    "reasoning_tokens": ("reasoning",),
    "audio_input_tokens": ("audio_input",),
    "audio_output_tokens": ("audio_output",),
    "image_input_tokens": ("image_input",),
    "image_output_tokens": ("image_output",),
    "web_searches": ("web_searches",),
}
"""The units that the flat fields count, but for totals and cache writes, which may be counted in two ways."""
_SHORT_WRITES: Final = ("cache_write", "cache_write_5m")


class ReadUsage(msgspec.Struct, frozen=True, gc=False):
    """The usage of a call; `reading` is what its raw usage object said, if it came with one."""

    usage: TokenUsage
    reading: Reading | None = None


def read_call_usage(
    call: Call, accounting: Accounting, on_inconsistent: OnInconsistent, status: str
) -> ReadUsage | list[FieldProblem]:
    """The usage, or everything that is wrong with it. `accounting` is that of the flat fields."""
    if call.usage is not None:
        return _read_raw(call, on_inconsistent, status)
    if call.input_tokens is None or call.output_tokens is None or call.usage_format is not None:
        missing = _missing(call)
        if missing:
            return missing
    read = read_flat_tokens(_flat_tokens(call), accounting, on_inconsistent, status)
    return read if isinstance(read, list) else ReadUsage(read)


def _missing(call: Call) -> list[FieldProblem]:
    """Both counts are required, unless only a total is known; no count is made up."""
    if call.usage_format is not None:
        return [FieldProblem("usageFormat", "is the format of a usage object, which the call has not")]
    has_input, has_output = call.input_tokens is not None, call.output_tokens is not None
    if (has_input and has_output) or (not has_input and not has_output and call.total_tokens is not None):
        return []
    missing = [name for name in ("input_tokens", "output_tokens") if getattr(call, name) is None]
    return [FieldProblem(WIRE_NAMES[name], "is required, or a usage object") for name in missing]


def _flat_tokens(call: Call) -> FlatTokens:
    parts = _parts_of(call)
    if parts == _NO_PARTS:
        return FlatTokens(call.input_tokens or 0, call.output_tokens or 0, call.total_tokens)
    counts = [count or 0 for count in parts]
    return FlatTokens(call.input_tokens or 0, call.output_tokens or 0, call.total_tokens, *counts)


def _read_raw(call: Call, on_inconsistent: OnInconsistent, status: str) -> ReadUsage | list[FieldProblem]:
    found = read_usage(call.usage, call.usage_format)
    if isinstance(found, list):
        return found
    format_, reading = found
    usage = settle(_with_searches(call, reading), format_.name, on_inconsistent, status)
    if isinstance(usage, list):
        return usage
    problems = _disagreements(call, reading, usage)
    if not problems:
        return ReadUsage(usage, reading)
    if on_inconsistent == "refuse":
        return problems
    flags = dict.fromkeys((*usage.flags, "usage_inconsistent"))
    return ReadUsage(replace(usage, flags=tuple(flags)), reading)


def _with_searches(call: Call, reading: Reading) -> Reading:
    """With the searches of the flat field, where the object has no word for them, as most have not."""
    if not call.web_searches or any(unit == "web_searches" for unit, _ in reading.others):
        return reading
    searches = ("web_searches", Count(WIRE_NAMES["web_searches"], call.web_searches))
    return replace(reading, others=(*reading.others, searches))


def _disagreements(call: Call, reading: Reading, usage: TokenUsage) -> list[FieldProblem]:
    """One entry for each flat field that says something else than the usage object."""
    problems = []
    for name, counts in _counts(reading, usage).items():
        sent = getattr(call, name)
        if sent is not None and sent not in counts:
            problems.append(_differ(name, sent, counts[0]))
    tier, is_batch = reading.service_tier, reading.is_batch
    if tier and call.service_tier and not _is_same_tier(call.service_tier, tier):
        problems.append(_differ("service_tier", call.service_tier, tier))
    if is_batch is not None and call.is_batch is not None and call.is_batch != is_batch:
        problems.append(_differ("is_batch", str(call.is_batch).lower(), str(is_batch).lower()))
    return problems


def _counts(reading: Reading, usage: TokenUsage) -> dict[str, tuple[int, ...]]:
    """What each flat field may say: the inclusive count, or the provider's own that leaves parts out."""
    sent = [0 if side.total is None else side.total.value for side in (reading.input, reading.output)]
    whole = usage.input_tokens, usage.output_tokens
    units = usage.units
    short_writes = sum(units.get(unit, 0) for unit in _SHORT_WRITES)
    return {
        "input_tokens": (whole[0], sent[0]),
        "output_tokens": (whole[1], sent[1]),
        "total_tokens": (sum(whole), sum(sent), *(() if reading.total is None else (reading.total.value,))),
        "cache_write_tokens": (short_writes, short_writes + units.get("cache_write_1h", 0)),
        **{name: (sum(units.get(unit, 0) for unit in own),) for name, own in _UNITS.items()},
    }


def _differ(name: str, sent: object, said: object) -> FieldProblem:
    return FieldProblem(WIRE_NAMES[name], f"({sent}) and the usage object ({said}) differ")


def _is_same_tier(one: str, other: str) -> bool:
    tiers = [tier.strip().lower() for tier in (one, other)]
    return tiers[0] == tiers[1] or all(is_standard_tier(tier) for tier in tiers)
