"""From a call as sent to the event that is stored.

Defaults, precedence, contradictions, price (contract 3.2, 16, 17).
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, TypeVar
from uuid import uuid4

import msgspec

from farthing.intake.call import METADATA_BYTES_MAX, TAGS_MAX, TEXT_MAX, WIRE_NAMES, Call
from farthing.intake.times import FUTURE_MS_MAX, read_time
from farthing.intake.usage import ReadUsage, read_call_usage
from farthing.rules.api_key import NO_RULES, KeyRules
from farthing.rules.events import DATA_MODES, ENVIRONMENTS, STATUSES, UsageEvent
from farthing.rules.flags import QUIET, Flag, Warned
from farthing.rules.money import COST_PICOUSD_MAX, PICO_PER_USD, usd_text
from farthing.rules.pricebook import CardCache, PricedCall
from farthing.rules.pricing import Cost, partly_priced, price_usage
from farthing.rules.problems import FieldProblem
from farthing.rules.ratecard import UNKNOWN, Reason
from farthing.rules.usage import TokenUsage
from farthing.rules.usage_formats.reading import Accounting, OnInconsistent, Reading

UNUSUAL_TOKENS: Final = 10_000_000
"""More tokens than any call of today can use: kept, and warned of (contract D13)."""

_REPORTED_USD_MAX: Final = COST_PICOUSD_MAX // PICO_PER_USD
_ACCOUNTINGS: Final[tuple[Accounting, ...]] = ("inclusive", "exclusive")
_ON_INCONSISTENT: Final[tuple[OnInconsistent, ...]] = ("refuse", "flag")
_EXTRAS: Final = (
    "trace_id",
    "span_id",
    "run_id",
    "session_id",
    "operation_id",
    "attempt",
    "service_tier",
    "region",
    "is_batch",
    "streamed",
)
_NAMES: Final = (
    "requested_model",
    "endpoint_tag",
    "prompt_version",
    "feature_tag",
    "user_id",
    "tenant_id",
    "error_code",
)
_WORDS: Final = (
    "provider",
    "model",
    "status",
    "data_mode",
    "environment",
    "token_accounting",
    "on_inconsistent",
)
_names_of: Final = attrgetter(*_NAMES)
_words_of: Final = attrgetter(*_WORDS)
_extras_of: Final = attrgetter(*_EXTRAS)
_NO_EXTRAS: Final = (None,) * len(_EXTRAS)


Oddity = Flag | Warned | Reason
"""What the sender of a call is told that was odd about it, by its code."""


W = TypeVar("W", bound=str)


class Sender(msgspec.Struct, frozen=True, gc=False):
    """Who sends: a workspace, the key it came with, and the key's owner.

    `rules` are those of the key, None for those that most keys have: a look-up by None is quicker. From
    `expires_soon_from` on the sender is told that its key ends.
    """

    workspace_id: int
    api_key_id: int
    owner_id: int
    rules: KeyRules | None = None
    expires_soon_from: int | None = None


class Understood(msgspec.Struct, frozen=True, gc=False):
    """A call that can be stored, what it costs, and notes for its sender (machine codes)."""

    event: UsageEvent
    cost: Cost
    warnings: tuple[Oddity | str, ...]


class _When(msgspec.Struct, frozen=True, gc=False):
    occurred_at: int
    flags: tuple[Flag, ...] = ()


class _Words(msgspec.Struct, frozen=True, gc=False):
    """The fields that take few values, normalized, and what is wrong with them. Most calls repeat them."""

    provider: str
    model: str
    status: str
    data_mode: str
    environment: str
    accounting: Accounting
    on_inconsistent: OnInconsistent
    problems: tuple[FieldProblem, ...]
    flags: tuple[Flag, ...]


def understand(
    call: Call, sender: Sender, now: int, cards: CardCache, occurred_at: int | None = None
) -> Understood | list[FieldProblem]:
    """The event that `call` means, or everything that is wrong with it. `now` is the time of receipt.

    `occurred_at` is for those who know that time as a number; it is then no matter what the call says of it.
    """
    words = _read_words(_words_of(call), sender.rules)
    reader = _Reader(call, list(words.problems))
    when = reader.when(now) if occurred_at is None else _told_at(occurred_at, now)
    read = reader.usage(words)
    said = None if read is None else read.reading
    extra = reader.kept_fields(said)
    model_requested, endpoint_tag, prompt_version, feature_tag, user_id, tenant_id, error_code = map(
        _name, _names_of(call)
    )
    tenant_id, feature_tag = reader.or_from_metadata(tenant_id, feature_tag)
    reported = reader.reported_cost(said)
    if reader.problems or read is None:
        return reader.problems
    status, usage = words.status, read.usage
    card = cards.rate_card(_priced_call(call, words, when.occurred_at, read))
    flags = usage.flags + when.flags + words.flags + card.flags
    cost = price_usage(usage, card, is_cache_hit=status == "cache_hit", is_error=status == "error")
    if (cost.cost_picousd or 0) > COST_PICOUSD_MAX:
        return [_too_dear(call, cost.cost_picousd or 0)]
    external_request_id = (call.external_request_id or "").strip()
    event = UsageEvent(  # by place: names cost five times as much, and this runs for every event
        sender.workspace_id,
        sender.api_key_id,
        sender.owner_id,
        external_request_id or f"srv_{uuid4()}",
        when.occurred_at,
        now,
        words.data_mode,
        words.environment,
        status,
        words.provider,
        words.model if card.reason in UNKNOWN else card.model,
        words.model,
        TokenUsage(usage.units, usage.accounting, usage.rule, flags) if flags else usage,
        card,
        cost.cost_picousd,
        cost.pricing_status,
        cost.unpriced_tokens,
        model_requested,
        endpoint_tag,
        prompt_version,
        feature_tag,
        user_id,
        tenant_id,
        error_code,
        call.latency_ms,
        call.time_to_first_token_ms,
        _total_sent(call, said),
        reported,
        extra,
    )
    warnings = _warnings(event, cost, has_id=bool(external_request_id))
    return Understood(event, cost, warnings + _of_key(sender, now))


def _of_key(sender: Sender, now: int) -> tuple[Oddity, ...]:
    """What there is to say of the key that a call came with."""
    is_soon = sender.expires_soon_from is not None and now >= sender.expires_soon_from
    return ("api_key_expires_soon",) if is_soon else ()


@lru_cache(maxsize=4096)
def _read_words(sent: tuple[str | None, ...], key_rules: KeyRules | None) -> _Words:
    """The texts of _WORDS as sent, read by the rules of the key that they came with."""
    provider, model, status, data_mode, environment, accounting, on_inconsistent = sent
    rules = key_rules or NO_RULES
    problems: list[FieldProblem] = []
    return _Words(
        _required("provider", provider, problems).lower(),
        _required("model", model, problems),
        _word("status", status, STATUSES, None, problems),
        _word("data_mode", data_mode, DATA_MODES, rules.data_mode, problems),
        _environment(environment, rules, problems),
        _word("token_accounting", accounting, _ACCOUNTINGS, "inclusive", problems),
        _word("on_inconsistent", on_inconsistent, _ON_INCONSISTENT, "refuse", problems),
        tuple(problems),
        _defaulted(data_mode, environment, rules),
    )


def _defaulted(data_mode: str | None, environment: str | None, rules: KeyRules) -> tuple[Flag, ...]:
    """What neither the call nor its key says."""
    flags: tuple[Flag, ...] = ()
    if not (data_mode or "").strip() and not rules.says_data_mode:
        flags += ("data_mode_defaulted",)
    if not (environment or "").strip() and not rules.says_environment:
        flags += ("environment_defaulted",)
    return flags


def _required(field: str, text: str | None, problems: list[FieldProblem]) -> str:
    """A text that must be there."""
    text = (text or "").strip()
    if not text:
        problems.append(_problem(field, "is required"))
    return text


def _word(
    field: str, text: str | None, allowed: tuple[W, ...], default: W | None, problems: list[FieldProblem]
) -> W:
    """One of a few words, compared without case."""
    word = (text or "").strip().lower()
    found = next((each for each in allowed if each == word), None if word else default)
    if found is not None:
        return found
    told = f"must be one of {', '.join(allowed)}"
    problems.append(_problem(field, f'{told}, not "{text}"' if word else f"is required: {told[8:]}"))
    return allowed[0]


def _environment(text: str | None, rules: KeyRules, problems: list[FieldProblem]) -> str:
    """An environment that the key may send."""
    problem_count = len(problems)
    word = _word("environment", text, ENVIRONMENTS, rules.environment, problems)
    if len(problems) == problem_count and word not in rules.environments:
        problems.append(_problem("environment", environment_problem(word, rules)))
    return word


def environment_problem(environment: str, rules: KeyRules) -> str:
    """Why a key may not send this environment."""
    return f'must be one of {", ".join(rules.environments)} with this API key, not "{environment}"'


def _problem(field: str, message: str) -> FieldProblem:
    """What is wrong with a field, by its name in Call."""
    return FieldProblem(WIRE_NAMES.get(field, field), message)


@lru_cache(maxsize=32_768)
def _name(sent: str | None) -> str | None:
    """A text of _NAMES without blanks around it; empty and "unknown" mean that there is none.

    A name that comes again is the same object again, which every look-up after this one is quicker with.
    """
    name = (sent or "").strip()
    return None if name in ("", "unknown") else name


def _told_at(at: int, now: int) -> _When:
    return _When(now, ("future_dated",)) if at > now + FUTURE_MS_MAX else _When(at)


class _Reader:
    """Reads the fields of one call and adds every problem it meets to `problems`."""

    __slots__ = ("call", "problems")

    def __init__(self, call: Call, problems: list[FieldProblem]) -> None:
        self.call = call
        self.problems = problems

    def problem(self, field: str, message: str) -> None:
        self.problems.append(_problem(field, message))

    def when(self, now: int) -> _When:
        """The time the call happened, else the time of receipt."""
        call = self.call
        if call.created_at is None and call.occurred_at is None:
            return _When(now)
        times = {f: self._time(f) for f in ("created_at", "occurred_at") if (getattr(call, f) or "").strip()}
        known = {field: at for field, at in times.items() if at is not None}
        if len(set(known.values())) > 1:
            self.problem("occurred_at", f"({call.occurred_at}) and createdAt ({call.created_at}) differ")
        if not known:
            return _When(now)
        at = next(iter(known.values()))
        return _told_at(at, now)

    def _time(self, field: str) -> int | None:
        try:
            return read_time(getattr(self.call, field))
        except ValueError as error:
            self.problem(field, str(error))
            return None

    def usage(self, words: _Words) -> ReadUsage | None:
        """What the call used, by its flat fields or its raw usage object."""
        read = read_call_usage(self.call, words.accounting, words.on_inconsistent, words.status)
        if isinstance(read, ReadUsage):
            return read
        self.problems += read
        return None

    def or_from_metadata(
        self, tenant_id: str | None, feature_tag: str | None
    ) -> tuple[str | None, str | None]:
        """Tenant and feature, from the metadata where the call does not name them (D5)."""
        if not self.call.metadata:
            return tenant_id, feature_tag
        return tenant_id or self.from_metadata("tenantId"), feature_tag or self.from_metadata("feature")

    def from_metadata(self, key: str) -> str | None:
        """A text of `metadata` under `key`, for those who send it there."""
        value = (self.call.metadata or {}).get(key)
        if not isinstance(value, str) or not value.strip() or value.strip() == "unknown":
            return None
        if len(value) > TEXT_MAX:
            self.problem(f"metadata.{key}", f"has {len(value)} characters; at most {TEXT_MAX} are allowed")
        return value.strip()

    def kept_fields(self, said: Reading | None) -> dict[str, object] | None:
        """The rare fields that are kept as they are, under their wire names; None without any.

        The tier that the usage object names, if any, is the one that decides the price and is kept.
        """
        call = self.call
        values = _extras_of(call)
        extra: dict[str, object] = {}
        if values != _NO_EXTRAS:
            named = zip(_EXTRAS, values, strict=True)
            extra = {WIRE_NAMES[name]: value for name, value in named if value is not None}
        if said is not None and said.service_tier is not None:
            extra["serviceTier"] = said.service_tier
        if said is not None and said.is_batch is not None:
            extra["isBatch"] = said.is_batch
        if call.metadata:
            self._check_metadata(call.metadata)
            for key in ("traceId", "runId"):
                if key not in extra and (text := self.from_metadata(key)):
                    extra[key] = text
            extra["metadata"] = call.metadata
        if call.tags:
            self._check_tags(call.tags)
            extra["tags"] = call.tags
        return extra or None

    def _check_metadata(self, metadata: dict[str, Any]) -> None:
        for key, value in metadata.items():
            if isinstance(value, dict | list):
                self.problem(f"metadata.{key}", "must be a text, number, boolean or null: metadata is flat")
        size = len(msgspec.json.encode(metadata))
        if size > METADATA_BYTES_MAX:
            self.problem("metadata", f"has {size} bytes as JSON; at most {METADATA_BYTES_MAX} are allowed")

    def _check_tags(self, tags: dict[str, Any]) -> None:
        if len(tags) > TAGS_MAX:
            self.problem("tags", f"has {len(tags)} entries; at most {TAGS_MAX} are allowed")
        for key, value in tags.items():
            if not isinstance(value, str):
                self.problem(f"tags.{key}", "must be a text")
            elif len(value) > TEXT_MAX or len(key) > TEXT_MAX:
                self.problem(
                    f"tags.{key[:40]}", f"name and value may have at most {TEXT_MAX} characters each"
                )

    def reported_cost(self, said: Reading | None) -> int | None:
        """What the sender says the call cost, in pico-dollars; kept beside our cost, never instead of it.

        A field of the call comes before what its usage object says.
        """
        call = self.call
        if call.reported_cost_usd is None and call.cost_usd is None:
            return None if said is None else said.reported_cost_picousd
        given = {f: v for f in ("reported_cost_usd", "cost_usd") if (v := getattr(call, f)) is not None}
        amounts = {self._picousd(field, amount) for field, amount in given.items()} - {None}
        if len(amounts) > 1:
            self.problem(
                "cost_usd", f"({call.cost_usd}) and reportedCostUsd ({call.reported_cost_usd}) differ"
            )
        return next(iter(amounts), None)

    def _picousd(self, field: str, amount: Decimal) -> int | None:
        # Compared before it is multiplied: an exponent may be larger than decimals can hold.
        if not amount.is_finite() or not 0 <= amount <= _REPORTED_USD_MAX:
            self.problem(field, f"must be from 0 to {_REPORTED_USD_MAX} USD, not {amount}")
            return None
        return int((amount * PICO_PER_USD).to_integral_value())


def _priced_call(call: Call, words: _Words, occurred_at: int, read: ReadUsage) -> PricedCall:
    tier, is_batch, said = call.service_tier, call.is_batch, read.reading
    if said is not None:  # what the response names comes first
        tier = said.service_tier or tier
        is_batch = is_batch if said.is_batch is None else said.is_batch
    return PricedCall(
        words.provider,
        words.model,
        occurred_at,
        read.usage.input_tokens,
        tier or None,
        is_batch or False,
        call.region or None,
    )


def _total_sent(call: Call, said: Reading | None) -> int | None:
    if call.total_tokens is not None or said is None or said.total is None:
        return call.total_tokens
    return said.total.value


def _too_dear(call: Call, cost_picousd: int) -> FieldProblem:
    field = "inputTokens" if (call.input_tokens or 0) >= (call.output_tokens or 0) else "outputTokens"
    field = field if call.usage is None else "usage"
    most = usd_text(COST_PICOUSD_MAX)
    return FieldProblem(
        field, f"makes the call cost {usd_text(cost_picousd)} USD; at most {most} can be kept"
    )


def _warnings(event: UsageEvent, cost: Cost, *, has_id: bool) -> tuple[Oddity | str, ...]:
    flags = event.usage.flags
    warnings: tuple[Oddity | str, ...] = flags and tuple(flag for flag in flags if flag not in QUIET)
    if not has_id:
        warnings += ("external_request_id_missing",)
    reason = event.rate_card.reason
    if reason is not None and reason not in warnings:
        warnings += (reason,)
    if cost.unpriced:
        warnings += partly_priced(cost)
    if sum(event.usage.units.values()) > UNUSUAL_TOKENS:
        warnings += ("tokens_unusually_many",)
    return warnings
