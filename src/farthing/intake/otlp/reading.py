"""From a span to the call it tells of, by the tables of this room."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from farthing.intake.call import Call
from farthing.intake.environments import environment_of
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.intake.otlp.accounting import decide
from farthing.intake.otlp.attributes import Values
from farthing.intake.otlp.span import SPAN_ID_DIGITS, TRACE_ID_DIGITS, Span
from farthing.intake.otlp.texts import clean, texts_of
from farthing.rules.events import is_unique
from farthing.rules.flags import Flag
from farthing.rules.pricebook import CardCache
from farthing.rules.problems import FieldProblem
from farthing.rules.usage import TOKEN_COUNT_MAX, TokenUsage

COUNTS: Final = (
    *("input_tokens", "output_tokens", "total_tokens", "cached_input_tokens", "cache_write_tokens"),
    *("cache_write_1h_tokens", "reasoning_tokens", "audio_input_tokens", "audio_output_tokens"),
    *("image_input_tokens", "image_output_tokens"),
)
_COUNTED: Final = frozenset(COUNTS)
_MS_NS: Final = 1_000_000
_SECOND_MS: Final = 1_000
EARLIEST_NS: Final = 946_684_800 * 1_000_000_000
"""2000-01-01, as for every other call (contract D12)."""
LATEST_NS: Final = 253_402_300_800 * 1_000_000_000
_MS_MAX: Final = TOKEN_COUNT_MAX
_WAIT_MAX: Final = 1_000_000_000
_HEX: Final = frozenset("0123456789abcdef")
_GOOD_IDS: Final = re.compile("(?!0{32})[0-9a-f]{32}:(?!0{16})[0-9a-f]{16}:(?:[0-9a-f]{16})?")
_PROVIDERS: Final = ("vertex", "azure", "bedrock")
_NO_SERVICE: Final = "unknown_service"
UNNAMED: Final = "unknown"


class SpanCall(msgspec.Struct, frozen=True, gc=False):
    """A span as a call that can be stored. Keys are numbers for it, and for the span around it."""

    span: Span
    understood: Understood
    key: int
    parent_key: int

    @property
    def id(self) -> str:
        """The id of the call."""
        return self.understood.event.external_request_id

    @property
    def is_named(self) -> bool:
        """Whether the id is one that the provider gave."""
        return self.id != f"{self.span.trace_id}:{self.span.span_id}"

    @property
    def output_tokens(self) -> int:
        """All tokens of the answer."""
        return self.understood.event.usage.output_tokens


class Refused(msgspec.Struct, frozen=True):
    """A span of a call that can't be stored, and why."""

    span: Span
    why: str


def read_call(span: Span, sender: Sender, now: int, cards: CardCache) -> SpanCall | Refused:
    """The call that a span tells of, flagged where its numbers can't all be true: no sender could mend it."""
    why = problem(span)
    if why is not None:
        return Refused(span, why)
    counts, is_odd = _counts(span.values)
    decided = decide(span.source.scope, span.source.version, counts)
    if decided.is_reasoning_apart:
        counts["output_tokens"] = counts.get("output_tokens", 0) + counts["reasoning_tokens"]
    call = _call(span, counts, decided.accounting)
    read = understand(call, sender, now, cards, span.end_ns // _MS_NS)
    if isinstance(read, list):
        return Refused(span, _told(read))
    event = read.event
    usage = event.usage
    flags: tuple[Flag, ...] = usage.flags
    if is_odd and "usage_inconsistent" not in flags:
        flags = (*flags, "usage_inconsistent")
    told = TokenUsage(usage.units, usage.accounting, decided.rule, flags)
    read = replace(read, event=replace(event, usage=told))
    return SpanCall(span, read, span.key, span.parent_key)


def says_lifetimes(span: Span) -> bool:
    """Whether it says how long what was written to the cache lives: most that see the same call do not."""
    return "cache_write_1h_tokens" in span.values


def problem(span: Span) -> str | None:
    """What makes a span unusable."""
    if not _GOOD_IDS.fullmatch(f"{span.trace_id}:{span.span_id}:{span.parent_id}"):
        return _id_problem(span)
    if not EARLIEST_NS <= span.end_ns < LATEST_NS:
        return f"endTimeUnixNano ({span.end_ns}) lies before 2000 or after 9999"
    if span.start_ns > span.end_ns:
        return f"startTimeUnixNano ({span.start_ns}) is after endTimeUnixNano ({span.end_ns})"
    if span.unclear is not None:
        return f"attribute {span.unclear} is given twice, with two values"
    return None


def _id_problem(span: Span) -> str | None:
    for name, digits, id_ in (
        ("traceId", TRACE_ID_DIGITS, span.trace_id),
        ("spanId", SPAN_ID_DIGITS, span.span_id),
    ):
        if len(id_) != digits or not _HEX.issuperset(id_) or not id_.strip("0"):
            return f"{name} must be {digits // 2} bytes that are not all 0, not {len(id_) // 2}"
    parent = span.parent_id
    if parent and (len(parent) != SPAN_ID_DIGITS or not _HEX.issuperset(parent)):
        return f"parentSpanId must be {SPAN_ID_DIGITS // 2} bytes, not {len(parent) // 2}"
    return None


def _counts(values: Values) -> tuple[dict[str, int], bool]:
    """Counts by the names of a call's fields, and whether any was no count."""
    counts: dict[str, int] = {}
    is_odd = False
    for field, said in values.items():
        if field not in _COUNTED:
            continue
        for value in said:
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
    if type(value) is int:
        return value if 0 <= value <= TOKEN_COUNT_MAX else None
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = int(value) if value.isdecimal() and len(value) < TRACE_ID_DIGITS else None
    if isinstance(value, float):
        value = int(value) if value.is_integer() else None
    return value if isinstance(value, int) and 0 <= value <= TOKEN_COUNT_MAX else None


def _call(span: Span, counts: dict[str, Any], accounting: str) -> Call:
    values, source = span.values, span.source
    text, of_source = texts_of(values).get, source.texts.get
    requested = text("request_model")
    model = text("response_model") or requested or UNNAMED
    error = text("error_code")
    is_error = span.is_error or error is not None
    if counts.keys() != {"total_tokens"}:  # where only a total is known, none is made up
        counts.setdefault("input_tokens", 0)
        counts.setdefault("output_tokens", 0)
    return Call(
        external_request_id=_external_id(span, text("response_id")),
        provider=provider_of(text("provider")),
        model=model,
        requested_model=requested if requested != model else None,
        endpoint_tag=text("endpoint_tag") or _service(of_source("endpoint_tag")),
        prompt_version=text("prompt_version"),
        feature_tag=text("feature_tag") or of_source("feature_tag"),
        user_id=text("user_id"),
        tenant_id=text("tenant_id") or of_source("tenant_id"),
        data_mode=text("data_mode") or of_source("data_mode"),
        environment=environment_of(text("environment") or of_source("environment")),
        status="error" if is_error else "success",
        error_code=_error(error or span.error) if is_error else None,
        latency_ms=(span.end_ns - span.start_ns) // _MS_NS if span.start_ns else None,
        time_to_first_token_ms=_first_token_ms(span),
        token_accounting=accounting,
        on_inconsistent="flag",
        service_tier=text("service_tier"),
        streamed=_truth(values, "streamed") if "streamed" in values else None,
        reported_cost_usd=_cost(values) if "reported_cost" in values else None,
        trace_id=span.trace_id,
        span_id=span.span_id,
        session_id=text("session_id"),
        metadata=source.metadata,
        **counts,
    )


def _external_id(span: Span, given: str | None) -> str:
    """What makes repeats harmless: the provider's id of the answer, else the ids of trace and span."""
    return given if given is not None and is_unique(given) else f"{span.trace_id}:{span.span_id}"


@lru_cache(maxsize=1_024)
def provider_of(sent: str | None) -> str:
    """A provider as price books know it: Vercel's SDK adds its API to it (`openai.chat`)."""
    if sent is None:
        return UNNAMED
    name = sent.lower()
    head, dot, tail = name.partition(".")
    is_vercel = dot and tail in ("chat", "responses", "completion", "messages", "embedding", "generative-ai")
    if is_vercel:
        return head
    return next((each for each in _PROVIDERS if name.startswith(f"google.{each}")), name)


def _service(name: str | None) -> str | None:
    return None if name is None or name.startswith(_NO_SERVICE) else name


def _error(told: str | None) -> str | None:
    return clean(told) if isinstance(told, str) else None


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
