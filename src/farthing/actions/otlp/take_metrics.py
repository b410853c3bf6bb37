"""Take metrics in: what they say of tokens is counted beside the calls, to see whether any did not come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from farthing.actions.otlp.take_spans import Taken
from farthing.actions.parts import Parts
from farthing.intake.llm_request import Sender
from farthing.intake.otlp.metrics import Told
from farthing.intake.otlp.span import Unreadable
from farthing.intake.times import FUTURE_MS_MAX
from farthing.rules.periods import DAY_MS
from farthing.rules.pricebook import PricedCall
from farthing.rules.ratecard import UNKNOWN
from farthing.rules.token_metrics import TokenCell, TokenPoint

_MS_NS: Final = 1_000_000


async def take_metrics(parts: Parts, sender: Sender, points: Iterable[Told | Unreadable]) -> Taken:
    """Count them; those that can't be are refused by themselves. Raises StorageError."""
    taken = Taken()
    now = parts.clock.now()
    found: list[TokenPoint] = []
    models: dict[tuple[str, str], str] = {}
    for point in points:
        if isinstance(point, Unreadable):
            taken.refuse("a point", point.why)
            continue
        at = point.time_ns // _MS_NS
        at = now if at > now + FUTURE_MS_MAX else at
        named = point.provider, point.model
        if named not in models:
            models[named] = _model(parts, sender, PricedCall(*named, at, 0))
        cell = TokenCell(at // DAY_MS, sender.api_key_id, point.provider, models[named], point.token_type)
        found.append(
            TokenPoint(point.series, cell, point.token_sum, point.start_ns, point.time_ns, point.is_interval)
        )
    if found:
        await parts.storage.add_token_points(sender.workspace_id, found, now)
    return taken


def _model(parts: Parts, sender: Sender, call: PricedCall) -> str:
    """The name that calls of the model are stored under."""
    card = parts.prices.cards(sender.workspace_id).rate_card(call)
    return call.model if card.reason in UNKNOWN else card.model
