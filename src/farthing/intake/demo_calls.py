"""One call of the demo: its size, its person, and what came before it when it failed at first."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from msgspec.structs import replace

from farthing.intake import demo_planted as planted
from farthing.intake import demo_world as world
from farthing.intake.call import Call

ENVIRONMENT: Final = "dev"
"""Of all demo calls."""
_WARM_CACHE_SHARE: Final = 0.8
_ATTEMPTS_MAX: Final = 4
_HIT_MS: Final = 3
_ERRORS: Final = tuple(name for name, _ in world.ERRORS)
_ERROR_WEIGHTS: Final = tuple(weight for _, weight in world.ERRORS)


def call_of(random: Random, feature: world.Feature, days_ago: int, operation: str) -> Call:
    """A call of the feature that succeeds, of nobody yet."""
    models = feature.models
    provider, model, _ = models[0] if len(models) == 1 else random.choices(models, [m[2] for m in models])[0]
    prompt = next(name for name, since in reversed(feature.prompts) if days_ago <= since)
    is_hit = random.random() < feature.own_cache_share
    is_regressed = prompt == planted.REGRESSED_PROMPT
    incoming = int(
        feature.input_tokens
        * random.lognormvariate(0, 0.45)
        * (planted.REGRESSED_INPUT if is_regressed else 1)
    )
    outgoing = int(
        feature.output_tokens
        * random.lognormvariate(0, 0.5)
        * (planted.REGRESSED_OUTPUT if is_regressed else 1)
    )
    cached = int(incoming * feature.cached_share)
    is_warm = random.random() < _WARM_CACHE_SHARE
    is_written = not is_warm and provider == "anthropic"  # the others write their caches for nothing
    latency_ms = 40 + int((260 + 12 * outgoing) * random.lognormvariate(0, 0.35))
    return Call(
        provider=provider,
        model=model,
        endpoint_tag=feature.tag,
        feature_tag=feature.group,
        prompt_version=prompt,
        data_mode="demo",
        environment=ENVIRONMENT,
        status="cache_hit" if is_hit else "success",
        operation_id=operation,
        attempt=1,
        is_batch=feature.is_batch or None,
        input_tokens=incoming,
        output_tokens=outgoing,
        cached_input_tokens=cached if is_warm and cached else None,
        cache_write_tokens=cached if is_written and cached else None,
        reasoning_tokens=int(outgoing * feature.reasoning_share) or None,
        latency_ms=_HIT_MS if is_hit else latency_ms,
    )


def user_of(random: Random, call: Call, users_count: int) -> Call:
    """The same call of one of so many people, unless it is not known whose it is."""
    person = int(users_count * random.random() ** 2)  # a few people make most of the calls
    is_user_known = random.random() >= world.UNKNOWN_USER_SHARE
    is_tenant_known = random.random() >= world.UNKNOWN_TENANT_SHARE
    return replace(
        call,
        user_id=world.user_name(person) if is_user_known else None,
        tenant_id=world.TENANTS[person % len(world.TENANTS)] if is_tenant_known else None,
    )


def longer(call: Call, input_tokens: int) -> Call:
    """The same call with another input, none of it cached."""
    return replace(call, input_tokens=input_tokens, cached_input_tokens=None, cache_write_tokens=None)


def attempts(random: Random, call: Call) -> Iterator[tuple[int, Call]]:
    """The call and what came before it, each with the milliseconds since the first.

    Now and then a call fails, and is tried again when that may help.
    """
    wait_ms = 0
    for attempt in range(1, _ATTEMPTS_MAX):
        # A provider that has just failed is likelier to fail again.
        if call.status != "success" or random.random() > world.ERROR_SHARE * 4 ** (attempt - 1):
            break
        error = random.choices(_ERRORS, _ERROR_WEIGHTS)[0]
        yield wait_ms, _failed(random, call, attempt, error)
        if error not in world.RETRIED:
            return
        wait_ms += 500 * 2**attempt
        call = replace(call, attempt=attempt + 1)
    yield wait_ms, call


def _failed(random: Random, call: Call, attempt: int, error: str) -> Call:
    return replace(
        call,
        status="error",
        error_code=error,
        attempt=attempt,
        input_tokens=0,
        output_tokens=0,
        cached_input_tokens=None,
        cache_write_tokens=None,
        reasoning_tokens=None,
        latency_ms=random.randrange(80, 9_000),
    )
