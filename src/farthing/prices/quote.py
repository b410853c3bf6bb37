"""What a call would cost, were it made: its counts read and priced as those of a call that is sent."""

from __future__ import annotations

from typing import Protocol

import msgspec
from msgspec.structs import replace

from farthing.rules.flags import Flag
from farthing.rules.pricebook import PricedCall
from farthing.rules.pricing import Cost, price_usage
from farthing.rules.problems import FieldProblem
from farthing.rules.ratecard import RateCard, Reason
from farthing.rules.tokens import FlatTokens, read_flat_tokens
from farthing.rules.usage import TokenUsage
from farthing.rules.usage_formats.reading import Accounting


class Cards(Protocol):
    """What gives the rates of a call: a price book, or the cards of a workspace."""

    def rate_card(self, call: PricedCall) -> RateCard:
        """The rates that apply to a call."""
        ...


class Quote(msgspec.Struct, frozen=True):
    """A call that nobody made, and its cost. `flags` are those that the call would keep."""

    call: PricedCall
    usage: TokenUsage
    card: RateCard
    cost: Cost
    flags: tuple[Flag, ...]

    @property
    def warnings(self) -> tuple[Flag | Reason, ...]:
        """The flags, and the reason why nothing has a price."""
        reason = self.card.reason
        return self.flags if reason is None or reason in self.flags else (*self.flags, reason)


def quote(
    cards: Cards, call: PricedCall, fields: FlatTokens, accounting: Accounting
) -> Quote | list[FieldProblem]:
    """The cost of a successful call, or what is wrong with its counts.

    `call` need not know its input tokens: they are taken from the counts, as the context threshold is theirs.
    """
    usage = read_flat_tokens(fields, accounting)
    if isinstance(usage, list):
        return usage
    call = replace(call, input_tokens=usage.input_tokens)
    card = cards.rate_card(call)
    return Quote(call, usage, card, price_usage(usage, card), usage.flags + card.flags)
