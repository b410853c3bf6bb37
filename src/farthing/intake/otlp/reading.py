"""From a span to the call it tells of, by the tables of this room."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from farthing.intake.call import TEXT_MAX, Call
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.intake.otlp.accounting import decide
from farthing.intake.otlp.attributes import Values
from farthing.intake.otlp.span import SPAN_ID_DIGITS, TRACE_ID_DIGITS, Source, Span
from farthing.rules.events import is_unique
from farthing.rules.flags import Flag
from farthing.rules.instants import instant
from farthing.rules.pricebook import CardCache
from farthing.rules.problems import FieldProblem
from farthing.rules.usage import TOKEN_COUNT_MAX, TokenUsage

COUNTS: Final = (
    *("input_tokens", "output_tokens", "total_tokens", "cached_input_tokens", "cache_write_tokens"),
    *("cache_write_1h_tokens", "reasoning_tokens", "audio_input_tokens", "audio_output_tokens"),
    *("image_input_tokens", "image_output_tokens"),
)
_MS_NS: Final = 1_000_000
_SECOND_MS: Final = 1_000
_EARLIEST_NS: Final = 946_684_800 * 1_000_000_000
"""2000-01-01, as for every other call (contract D12)."""
_LATEST_NS: Final = 253_402_300_800 * 1_000_000_000
_MS_MAX: Final = TOKEN_COUNT_MAX
_WAIT_MAX: Final = 1_000_000_000
_HEX: Final = frozenset("0123456789abcdef")
_ENVIRONMENTS: Final = {
    **dict.fromkeys(("prod", "production", "prd", "live"), "prod"),
    **dict.fromkeys(("staging", "stage", "stg", "preprod", "pre-production", "qa", "uat"), "staging"),
    **dict.fromkeys(("dev", "development", "local", "localhost", "test", "testing", "ci", "sandbox"), "dev"),
}
"""What deployments call their environments. Another word says nothing: the key's default holds then."""
_PROVIDERS: Final = ("vertex", "azure", "bedrock")
_NO_SERVICE: Final = "unknown_service"
_UNNAMED: Final = "unknown"


class SpanCall(msgspec.Struct, frozen=True):
    """A span as a call that can be stored."""

    span: Span
    understood: Understood


class Refused(msgspec.Struct, frozen=True):
    """A span of a call that can't be stored, and why."""

    span: Span
    why: str


def read_call(span: Span, sender: Sender, now: int, cards: CardCache) -> SpanCall | Refused:
    """The call that a span tells of, flagged where its numbers can't all be true: no sender could mend it."""
    problem = _problem(span)
    if problem is not None:
        return Refused(span, problem)
    counts, is_odd = _counts(span.values)
    decided = decide(span.source.scope, span.source.version, counts)
    if decided.is_reasoning_apart:
        counts["output_tokens"] = counts.get("output_tokens", 0) + counts["reasoning_tokens"]
    call = _call(span, counts, decided.accounting)
    read = understand(call, sender, now, cards)
    if isinstance(read, list):
        return Refused(span, _told(read))
    event = read.event
    usage = event.usage
    flags: tuple[Flag, ...] = usage.flags
    if is_odd and "usage_inconsistent" not in flags:
        flags = (*flags, "usage_inconsistent")
    told = TokenUsage(usage.units, usage.accounting, decided.rule, flags)
    return SpanCall(span, replace(read, event=replace(event, usage=told)))


def external_id(span: Span) -> str:
    """What makes repeats harmless: the provider's id of the answer, else the ids of trace and span."""
    given = _text(span.values, "response_id")
    if given is not None and is_unique(given):
        return given
    return f"{span.trace_id}:{span.span_id}"


def says_lifetimes(span: Span) -> bool:
    """Whether it says how long what was written to the cache lives: most that see the same call do not."""
    return "cache_write_1h_tokens" in span.values


def _problem(span: Span) -> str | None:
    """What makes a span unusable."""
    for name, digits, id_ in (
        ("traceId", TRACE_ID_DIGITS, span.trace_id),
        ("spanId", SPAN_ID_DIGITS, span.span_id),
    ):
        if len(id_) != digits or not _HEX.issuperset(id_) or not id_.strip("0"):
            return f"{name} must be {digits // 2} bytes that are not all 0, not {len(id_) // 2}"
    parent = span.parent_id
    if parent and (len(parent) != SPAN_ID_DIGITS or not _HEX.issuperset(parent)):
        return f"parentSpanId must be {SPAN_ID_DIGITS // 2} bytes, not {len(parent) // 2}"
    if not _EARLIEST_NS <= span.end_ns < _LATEST_NS:
        return f"endTimeUnixNano ({span.end_ns}) lies before 2000 or after 9999"
    if span.start_ns > span.end_ns:
        return f"startTimeUnixNano ({span.start_ns}) is after endTimeUnixNano ({span.end_ns})"
    if span.unclear is not None:
        return f"attribute {span.unclear} is given twice, with two values"
    return None


def _counts(values: Values) -> tuple[dict[str, int], bool]:
    """Counts by the names of a call's fields, and whether any was no count."""
    counts: dict[str, int] = {}
    is_odd = False
    for field in COUNTS:
        for value in values.get(field, ()):
            count = _count(value)
            if count is None:
                is_odd = True
                continue
            counts[field] = count
            break
    if "cache_write_1h_tokens" in counts and "cache_write_tokens" in counts:
        # As told, the writes of an hour are among all writes; as a call's fields, they are beside the others.
        whole, hour = counts["cache_write_tokens"], counts["cache_write_1h_tokens"]
        is_odd |= hour > whole
        counts["cache_write_tokens"] = max(whole - hour, 0)
    return counts, is_odd


def _count(value: Any) -> int | None:
    """A whole number that tokens can have; senders write some as texts and some with a decimal point."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = int(value) if value.isdecimal() and len(value) < TRACE_ID_DIGITS else None
    if isinstance(value, float):
        value = int(value) if value.is_integer() else None
    return value if isinstance(value, int) and 0 <= value <= TOKEN_COUNT_MAX else None


def _call(span: Span, counts: dict[str, Any], accounting: str) -> Call:
    values, source = span.values, span.source
    requested = _text(values, "request_model")
    model = _text(values, "response_model") or requested or _UNNAMED
    if counts.keys() != {"total_tokens"}:  # where only a total is known, none is made up
        counts = {"input_tokens": 0, "output_tokens": 0} | counts
    return Call(
        external_request_id=external_id(span),
        provider=_provider(_text(values, "provider")),
        model=model,
        requested_model=requested if requested != model else None,
        endpoint_tag=_text(values, "endpoint_tag") or _service(source),
        prompt_version=_text(values, "prompt_version"),
        feature_tag=_text(values, "feature_tag") or _text(source.resource, "feature_tag"),
        user_id=_text(values, "user_id"),
        tenant_id=_text(values, "tenant_id") or _text(source.resource, "tenant_id"),
        data_mode=_text(values, "data_mode") or _text(source.resource, "data_mode"),
        environment=_environment(values, source.resource),
        status="error" if _is_error(span) else "success",
        error_code=_error(span) if _is_error(span) else None,
        occurred_at=instant(span.end_ns // _MS_NS),
        latency_ms=(span.end_ns - span.start_ns) // _MS_NS if span.start_ns else None,
        time_to_first_token_ms=_first_token_ms(span),
        token_accounting=accounting,
        on_inconsistent="flag",
        service_tier=_text(values, "service_tier"),
        streamed=_truth(values, "streamed"),
        reported_cost_usd=_cost(values),
        trace_id=span.trace_id,
        span_id=span.span_id,
        session_id=_text(values, "session_id"),
        metadata={"otelScope": _scope(source)} if source.scope else None,
        **counts,
    )


def _text(values: Values, field: str) -> str | None:
    """The first text of a field, cut to what can be kept."""
    for value in values.get(field, ()):
        given = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(given, str) and (text := given.strip()):
            return _clean(text)
    return None


@lru_cache(maxsize=8_192)
def _clean(text: str) -> str:
    return text[:TEXT_MAX].replace("\0", "\N{REPLACEMENT CHARACTER}")


@lru_cache(maxsize=1_024)
def _provider(sent: str | None) -> str:
    """A provider as price books know it: Vercel's SDK adds its API to it (`openai.chat`)."""
    if sent is None:
        return _UNNAMED
    name = sent.lower()
    head, dot, tail = name.partition(".")
    is_vercel = dot and tail in ("chat", "responses", "completion", "messages", "embedding", "generative-ai")
    if is_vercel:
        return head
    return next((each for each in _PROVIDERS if name.startswith(f"google.{each}")), name)


def _environment(values: Values, resource: Values) -> str | None:
    sent = _text(values, "environment") or _text(resource, "environment")
    return None if sent is None else _ENVIRONMENTS.get(sent.lower())


def _service(source: Source) -> str | None:
    name = _text(source.resource, "endpoint_tag")
    return None if name is None or name.startswith(_NO_SERVICE) else name


def _scope(source: Source) -> str:
    return _clean(f"{source.scope} {source.version}".strip())


def _is_error(span: Span) -> bool:
    return span.is_error or _text(span.values, "error_code") is not None


def _error(span: Span) -> str | None:
    told = _text(span.values, "error_code") or span.error
    return _clean(told) if isinstance(told, str) else None


def _truth(values: Values, field: str) -> bool | None:
    return next((value for value in values.get(field, ()) if isinstance(value, bool)), None)


def _first_token_ms(span: Span) -> int | None:
    for field, factor in (("first_token_s", _SECOND_MS), ("first_token_ms", 1)):
        for value in span.values.get(field, ()):
            if (
                isinstance(value, int | float)
                and not isinstance(value, bool)
                and 0 <= value < _MS_MAX / _SECOND_MS
            ):
                return int(value * factor)
    if span.first_token_ns >= span.start_ns > 0:
        return min((span.first_token_ns - span.start_ns) // _MS_NS, _MS_MAX)
    return None


def _cost(values: Values) -> Decimal | None:
    for value in values.get("reported_cost", ()):
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            try:
                amount = Decimal(str(value))
            except InvalidOperation:
                continue
            if amount.is_finite() and 0 <= amount <= TOKEN_COUNT_MAX // 10**10:
                return amount
    return None


def _told(problems: list[FieldProblem]) -> str:
    return "; ".join(f"{problem.field} {problem.message}" for problem in problems)
