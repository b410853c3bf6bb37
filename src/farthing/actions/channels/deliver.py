"""One attempt to bring a message to a channel, and what is kept of it."""

from __future__ import annotations

import random
from typing import Final

import structlog
from msgspec.structs import replace

from farthing.actions.channels.letter import letter_of
from farthing.actions.parts import Parts
from farthing.notify.outcome import Outcome, failed
from farthing.rules.channel import Delivery
from farthing.rules.ids import channel_id_text, delivery_id_text
from farthing.rules.quiet_hours import quiet_until
from farthing.rules.retries import ATTEMPTS_MAX, wait_ms
from farthing.storage.contract import LoggedDelivery

log = structlog.get_logger(__name__)

LEASE_MS: Final = 30_000
"""Longer than any attempt takes: later, whoever had it is taken to be dead."""
_UNFORESEEN: Final = "something went wrong here; the server's log has more"


async def deliver(parts: Parts, seen: Delivery) -> None:
    """Make the attempt that is due, unless another process makes it, or it is not to be made now."""
    found = await parts.storage.delivery(seen.workspace_id, seen.id)
    if found is None or found.delivery.version != seen.version:
        return
    now = parts.clock.now()
    problem = _why_never(found)
    held = quiet_until(found.channel.quiet, found.message.severity, now)
    if problem is not None:
        await _keep(parts, ended(seen, failed(problem, is_lasting=True), now))
    elif held is not None:
        state = "queued" if seen.attempt_count == 0 else "failed"
        await _keep(parts, replace(seen, state=state, next_at=held))
    else:
        await _attempt(parts, found, now)


def _why_never(found: LoggedDelivery) -> str | None:
    """Why it is given up without an attempt."""
    if found.channel.removed_at is not None:
        return "the channel was removed"
    if not found.channel.is_enabled:
        return "the channel was switched off"
    if found.delivery.attempt_count >= ATTEMPTS_MAX:
        return f"the server ended during the last of {ATTEMPTS_MAX} attempts"
    return None


async def _attempt(parts: Parts, found: LoggedDelivery, now: int) -> None:
    seen = found.delivery
    taken = replace(seen, state="sending", next_at=now + LEASE_MS, attempt_count=seen.attempt_count + 1)
    mine = await _keep(parts, taken)
    if mine is None:
        return
    outcome = await _carry(parts, found)
    if await _keep(parts, ended(mine, outcome, parts.clock.now())) is None:
        log.warning("a delivery took longer than its lease", delivery=delivery_id_text(mine.id))
    elif not outcome.is_sent:
        channel = channel_id_text(found.channel.id)
        log.info("a message was not delivered", channel=channel, reason=outcome.reason)


async def _carry(parts: Parts, found: LoggedDelivery) -> Outcome:
    channel, key = found.channel, found.delivery.key
    secret = await parts.storage.channel_secret(channel.workspace_id, channel.id)
    workspace = await parts.storage.workspace(channel.workspace_id)
    if secret is None or workspace is None:
        return failed("the channel or its workspace is gone", is_lasting=True)
    letter = letter_of(parts, found.message, key, workspace)
    try:
        return await parts.carriers.carry(channel.kind, secret, letter, parts.clock.now())
    except Exception:
        log.exception("delivery failed", delivery=delivery_id_text(found.delivery.id))
        return failed(_UNFORESEEN)


def ended(tried: Delivery, outcome: Outcome, now: int) -> Delivery:
    """The delivery after an attempt: sent, to be tried again, or given up."""
    if outcome.is_sent:
        return replace(tried, state="sent", next_at=None, error=None, finished_at=now)
    if outcome.is_lasting:
        return replace(tried, state="dead", next_at=None, error=outcome.reason, finished_at=now)
    if tried.attempt_count >= ATTEMPTS_MAX:
        error = f"{outcome.reason}; given up after {tried.attempt_count} attempts"
        return replace(tried, state="dead", next_at=None, error=error, finished_at=now)
    chance = random.random()  # noqa: S311 - spreads attempts, guards nothing
    again = now + wait_ms(tried.attempt_count, chance, outcome.retry_after_s)
    return replace(tried, state="failed", next_at=again, error=outcome.reason)


async def _keep(parts: Parts, after: Delivery) -> Delivery | None:
    return await parts.storage.change_delivery(after)
