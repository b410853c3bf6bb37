"""A change in plain words: how much, and what of it is what; the same on page, API and terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from farthing.reports.changes import PARTS, Cause, Change
from farthing.reports.dimensions import DIMENSIONS, UNKNOWN
from farthing.rules.changes import Where
from farthing.rules.ids import key_id_text
from farthing.rules.money import usd
from farthing.rules.usage import INPUT_UNITS, OUTPUT_UNITS

CAUSE_SUMS: Final = ("request_count", "cost_picousd", "error_count", *INPUT_UNITS, *OUTPUT_UNITS)
"""What is read of a cause."""
_TELLING: Final = Decimal("1.15")
_TIMES_FROM: Final = 2
_NEARLY: Final = Decimal("1.05")
_CACHE_POINTS_MIN: Final = 5
_CENT_PLACES: Final = 2
_HELD: Final = {"endpoint_tag": "{value}", "prompt_version": "prompt version {value}"}
_UNNAMED: Final = {
    "endpoint_tag": "calls without an endpoint tag",
    "prompt_version": "calls without a prompt version",
    "user_id": "calls without a user",
    "tenant_id": "calls without a tenant",
    "feature_tag": "calls without a feature tag",
    "error_code": "calls without an error code",
}

Name = Callable[[str, str], str]
"""From (dimension, key) to what the value is called."""
Sums = Mapping[str, int]


def plain_name(dimension: str, key: str) -> str:
    """The key itself; that of an API key is its id."""
    return key_id_text(int(key)) if dimension == "api_key" and key != "0" else key


def dollars(picousd: int) -> str:
    """E.g. "$42.10", without a sign; small amounts with three significant digits at most."""
    amount = abs(usd(picousd))
    if amount >= 1 or not amount:
        return f"${amount:,.2f}"
    quantum = Decimal(1).scaleb(max(amount.adjusted() - 2, -12))
    text = f"{amount.quantize(quantum, ROUND_HALF_EVEN):f}".rstrip("0")
    return f"${text}{'0' * max(0, _CENT_PLACES - len(text.partition('.')[2]))}"


def summary(change: Change, name: Name = plain_name) -> str:
    """One to three sentences: the change, its first cause, and why that one."""
    said = _moved(change)
    if said is not None:
        return said
    lead = f"Spend {'rose' if change.amount > 0 else 'fell'} {dollars(change.amount)}{_percent(change)}."
    if not change.causes:
        return f"{lead} {_evenly(change)}"
    return f"{lead} {_first_cause(change, change.causes[0], name)}"


def _moved(change: Change) -> str | None:
    """The whole story, where there is nothing to look for a cause in."""
    before, after = change.before, change.after
    if not change.is_comparable:
        return "One of the two times begins before what is kept, so they can\u2019t be compared."
    if not before.requests and not after.requests:
        return "There were no calls in either time."
    if not before.requests:
        return f"All of the {dollars(after.cost)} is new: there were no calls in the time before."
    if not after.requests:
        return f"Spend fell by all of the {dollars(before.cost)}: there were no calls."
    if not change.amount:
        return f"Spend is the same to the last digit: {dollars(after.cost)} in both times."
    return None


def _percent(change: Change) -> str:
    if not change.before.cost:
        return ", from nothing"
    ratio = Decimal(change.amount) / change.before.cost * 100
    sign = "+" if ratio > 0 else "\u2212"
    shown = abs(ratio)
    text = f"{shown:.0f}" if shown >= 1 else f"{shown:.1f}"
    return f" ({sign}{text} %)"


def _evenly(change: Change) -> str:
    """Nothing stands out: the part that is largest in the direction of the change."""
    sign = 1 if change.amount > 0 else -1
    most = max(change.bars, key=lambda each: sign * each.amount, default=None)
    if most is None or sign * most.amount <= 0:
        return "No endpoint, model or user stands out."
    label = PARTS[most.part].label.lower()
    return f"No endpoint, model or user stands out; the largest part is {label}, {dollars(most.amount)}."


def _first_cause(change: Change, cause: Cause, name: Name) -> str:
    line, amount = cause.line, dollars(cause.line.change)
    what, why = place_text(line.where, name), reason(cause)
    tail = f": {why}." if why else "."
    is_with = (line.change > 0) == (change.amount > 0)
    if is_with and abs(line.change) <= abs(change.amount):
        return f"{amount} of it is {what}{tail}"
    if is_with and abs(line.change) <= _NEARLY * abs(change.amount):
        return f"{amount}, all of it, is {what}{tail}"
    more = "more" if line.change > 0 else "less"
    if is_with:
        return f"{amount} {more} is {what}{tail[:-1]}; other calls went the other way."
    return f"What stands out went the other way: {amount} {more} is {what}{tail}"


def place_text(where: Where, name: Name = plain_name) -> str:
    """E.g. "prompt version v5 of checkout.ai_summary", "user u_81 in search", "model gpt-4o"."""
    named = dict(where)
    holder = named.pop("endpoint_tag", None)
    if holder is None:
        return " and ".join(_value_text(*pair, name) for pair in named.items())
    inside = " and ".join(_value_text(*pair, name) for pair in named.items())
    outside = _value_text("endpoint_tag", holder, name)
    if not inside:
        return outside
    return f"{inside} {'of' if 'prompt_version' in named else 'in'} {outside}"


def _value_text(dimension: str, key: str, name: Name) -> str:
    if key == UNKNOWN and dimension in _UNNAMED:
        return _UNNAMED[dimension]
    label = DIMENSIONS[dimension].label
    plain = f"{label if label.startswith('API') else label.lower()} {{value}}"
    return _HELD.get(dimension, plain).format(value=name(dimension, key))


def reason(cause: Cause) -> str:
    """What of its calls is different; empty where that was not read or nothing is."""
    before, after = cause.before, cause.after
    if before is None or after is None:
        return ""
    if not after["request_count"]:
        return f"no calls any more, {before['request_count']:,} before"
    if not before["request_count"]:
        return f"{_calls(after)}, none before"
    if _is_of_calls(cause, before, after):
        if cause.beside is not None:
            return f"{_calls(after)}, none before"
        times = Decimal(after["request_count"]) / before["request_count"]
        return f"{_calls(after)} instead of {before['request_count']:,}{_in_times(times)}"
    return _per_request(before, after)


def _is_of_calls(cause: Cause, before: Sums, after: Sums) -> bool:
    """Whether the number of calls says more than what one of them costs.

    Calls that are new somewhere are that, first of all: unless they are versions of prompts, which take over
    from others, or cost twice what calls there did.
    """
    times = _times(before["cost_picousd"], after["cost_picousd"], before, after)
    if cause.beside is not None:
        is_taken_over = cause.line.where[-1][0] == "prompt_version"
        return not is_taken_over and (times is None or times < _TIMES_FROM)
    volume = Decimal(before["cost_picousd"]) * (after["request_count"] - before["request_count"])
    volume /= before["request_count"]
    change = after["cost_picousd"] - before["cost_picousd"]
    return abs(volume) > abs(change - volume)


def _calls(sums: Sums) -> str:
    count = sums["request_count"]
    return f"{count:,} {'call' if count == 1 else 'calls'}"


def _in_times(times: Decimal) -> str:
    return f", {times_text(times)}" if times >= _TIMES_FROM else ""


def times_text(times: Decimal) -> str:
    """E.g. "3.1x"."""
    return f"{times:.1f}x" if times < 10 else f"{times:,.0f}x"  # noqa: PLR2004 - two digits


def _per_request(before: Sums, after: Sums) -> str:
    """The token count that moved most per request, the way the cost did; or the cached share, or the cost."""
    is_dearer = (_times(before["cost_picousd"], after["cost_picousd"], before, after) or 0) > 1
    told: list[tuple[Decimal, str]] = []
    for label, units in (("input", INPUT_UNITS), ("output", OUTPUT_UNITS)):
        times = _times(_sum(before, units), _sum(after, units), before, after)
        if times and (times > 1) == is_dearer:
            told.append((max(times, 1 / times), f"{_moved_times(times)} {label} tokens per request"))
    told.sort(key=lambda each: -each[0])
    if told and told[0][0] >= _TELLING:
        return told[0][1]
    cached_before, cached_after = _cached(before), _cached(after)
    if abs(cached_after - cached_before) >= _CACHE_POINTS_MIN:
        return f"cached input went from {cached_before:.0f} % to {cached_after:.0f} %"
    was, now = [side["cost_picousd"] // side["request_count"] for side in (before, after)]
    return "" if was == now else f"{dollars(now)} per request instead of {dollars(was)}"


def _cached(sums: Sums) -> Decimal:
    """How much of the input came from the cache, in per cent."""
    return _ratio(100 * sums["cache_read"], _sum(sums, INPUT_UNITS)) or Decimal(0)


def _times(was: int, now: int, before: Sums, after: Sums) -> Decimal | None:
    """How many times as much of something a request has."""
    return _ratio(now * before["request_count"], was * after["request_count"])


def _moved_times(times: Decimal) -> str:
    if times >= _TELLING:
        return times_text(times) if times >= _TIMES_FROM else f"{(times - 1) * 100:.0f} % more"
    return f"{(1 - times) * 100:.0f} % fewer"


def _sum(sums: Sums, units: Sequence[str]) -> int:
    return sum(sums[unit] for unit in units)


def _ratio(above: int, below: int) -> Decimal | None:
    return Decimal(above) / below if below else None
