"""Calls that LangChain and Anthropic's SDK both tell of, in spans that lie beside one another.

LangChain's `ChatAnthropic` calls by Anthropic's SDK, which tells of each call by itself where a tracer is
set up. Of a stream LangChain's span has no id of the answer, so nothing but the time says that they are one.
See docs/decisions/0047-a-span-beside-the-sdks-own.md for what is asked of them, and why that is enough.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from msgspec.structs import replace

from farthing.intake.otlp.reading import SpanCall

_CLASS: Final = "ChatAnthropic"
_LANGCHAIN: Final = ("openinference.instrumentation.langchain", "opentelemetry.instrumentation.langchain")
_SDK: Final = "com.anthropic.sdk"
_CANDIDATES_MAX: Final = 64
"""The SDK's spans that are looked at for one of LangChain's, so that no export takes long."""


class _Place(NamedTuple):
    """What two spans of one call have in common."""

    resource: tuple[tuple[str, str], ...]
    model: str
    output_tokens: int


def with_the_sdks_ids(calls: Sequence[SpanCall]) -> Sequence[SpanCall]:
    """The calls, those of LangChain with the id of the SDK's call that lies within their time, if one does.

    Each of the SDK's is that of one of LangChain's at most, and stands before it, as it knows more.
    """
    outer = [call for call in calls if _is_langchains(call)]
    if not outer:
        return calls
    told: defaultdict[_Place, list[SpanCall]] = defaultdict(list)
    for call in sorted((call for call in calls if _is_the_sdks(call)), key=_start):
        for place in _places(call):
            told[place].append(call)
    ids = _matched(outer, told)
    named = [_named(call, ids[call.key]) for call in outer if call.key in ids]
    return [*(call for call in calls if call.key not in ids), *named]


def _matched(outer: Iterable[SpanCall], told: dict[_Place, list[SpanCall]]) -> dict[int, str]:
    """Ids for LangChain's spans by their keys. The shortest chooses first, as it has the fewest to choose."""
    ids: dict[int, str] = {}
    taken: set[str] = set()
    for call in sorted(outer, key=_length):
        found = next((each for each in _within(call, told) if each.id not in taken), None)
        if found is not None:
            taken.add(found.id)
            ids[call.key] = found.id
    return ids


def _within(call: SpanCall, told: dict[_Place, list[SpanCall]]) -> Iterable[SpanCall]:
    """Those of the SDK's calls that lie within the time of one of LangChain's, and used no less input."""
    for place in _places(call):
        some = told.get(place, [])
        first = bisect_left(some, call.span.start_ns, key=_start)
        for each in some[first : first + _CANDIDATES_MAX]:
            if each.span.end_ns <= call.span.end_ns and _input(call) <= _input(each):
                yield each


def _places(call: SpanCall) -> set[_Place]:
    event = call.understood.event
    resource = tuple(sorted(call.span.source.texts.items()))
    models = {event.model, event.model_sent, event.model_requested}
    return {_Place(resource, model, call.output_tokens) for model in models if model is not None}


def _is_langchains(call: SpanCall) -> bool:
    """Whether it may be the same as one of the SDK's, and has nothing that says which."""
    span = call.span
    return (
        span.name.startswith(_CLASS)
        and span.source.scope.startswith(_LANGCHAIN)
        and call.output_tokens > 0
        and not call.is_named
    )


def _is_the_sdks(call: SpanCall) -> bool:
    return call.span.source.scope.startswith(_SDK) and call.is_named


def _named(call: SpanCall, given: str) -> SpanCall:
    understood = call.understood
    return replace(
        call, understood=replace(understood, event=replace(understood.event, external_request_id=given))
    )


def _input(call: SpanCall) -> int:
    return call.understood.event.usage.input_tokens


def _length(call: SpanCall) -> int:
    return call.span.end_ns - call.span.start_ns


_start: Final = attrgetter("span.start_ns")
