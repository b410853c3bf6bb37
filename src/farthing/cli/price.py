"""`farthing price`: what a call would cost, with the lines that explain it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import Annotated, Final

from cyclopts import Parameter
from rich.table import Table

from farthing.actions.errors import InvalidInputError
from farthing.actions.prices.quote_call import only_provider, quote_warnings, refuse_unknown
from farthing.api.price_looks import quote_answer
from farthing.cli.given import Count, time_given
from farthing.cli.place import HERE, Place, book_of
from farthing.cli.receipt_lines import receipt_lines
from farthing.cli.tables import AsJson, facts, tell
from farthing.intake.call import WIRE_NAMES
from farthing.prices.quote import Quote, quote
from farthing.rules.instants import instant
from farthing.rules.pricebook import PricedCall, is_standard_tier
from farthing.rules.problems import FieldProblem
from farthing.rules.tokens import FlatTokens

_FIELDS: Final = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cached_input_tokens",
    "cache_write": "cache_write_tokens",
    "cache_write_1h": "cache_write_1h_tokens",
    "reasoning": "reasoning_tokens",
    "audio_input": "audio_input_tokens",
    "audio_output": "audio_output_tokens",
    "image_input": "image_input_tokens",
    "image_output": "image_output_tokens",
    "web_searches": "web_searches",
}
"""The flags by their field of FlatTokens."""
_FLAGS: Final = {WIRE_NAMES[field]: f"--{name.replace('_', '-')}" for name, field in _FIELDS.items()}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Counts:
    """What the call used.

    Parameters
    ----------
    input
        Input tokens, cached ones included (but see --exclusive).
    output
        Output tokens, reasoning included.
    cache_read
        Input tokens read from the provider's cache.
    cache_write
        Input tokens written to it, for five minutes or nobody knows how long.
    cache_write_1h
        Further ones, written for an hour.
    reasoning
        Output tokens that were reasoning.
    audio_input
        Input tokens that were sound.
    audio_output
        Output tokens that were sound.
    image_input
        Input tokens that were pictures.
    image_output
        Output tokens that were pictures.
    web_searches
        Searches of the web.
    """

    input: Count
    output: Count
    cache_read: Count = 0
    cache_write: Count = 0
    cache_write_1h: Count = 0
    reasoning: Count = 0
    audio_input: Count = 0
    audio_output: Count = 0
    image_input: Count = 0
    image_output: Count = 0
    web_searches: Count = 0


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """Under which conditions it was made.

    Parameters
    ----------
    tier
        Service tier that the response named, such as flex or priority.
    batch
        It was part of a batch.
    region
        Where it was served, for the few prices that depend on it.
    at
        When, as ISO 8601, UTC without an offset; now by default. Announced prices are known ahead.
    exclusive
        Cache reads and writes come on top of --input, as Anthropic counts, instead of lying inside it.
    """

    tier: str | None = None
    batch: Annotated[bool, Parameter(negative=())] = False
    region: str | None = None
    at: str | None = None
    exclusive: Annotated[bool, Parameter(negative=())] = False


NOTHING_SPECIAL: Final = Circumstances()


def price(
    model: str,
    *,
    provider: str | None = None,
    counts: Counts,
    circumstances: Circumstances = NOTHING_SPECIAL,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """What a call would cost, and why.

    By the release's own price book, without an installation, or with --data or --database-url by the book
    that holds there.

    Parameters
    ----------
    model
        Name of the model, as it is sent to Farthing.
    provider
        Who was called. May be left out when only one provider lists the model by that name.
    as_json
        Print it with the fields of the API.
    """
    _check(circumstances)
    at = time_given(circumstances.at)
    book = book_of(place)
    call = PricedCall(
        only_provider(book, model) if provider is None else provider,
        model,
        at,
        0,
        circumstances.tier,
        circumstances.batch,
        circumstances.region,
    )
    fields = FlatTokens(**{_FIELDS[name]: count for name, count in asdict(counts).items()})
    quoted = quote(book, call, fields, "exclusive" if circumstances.exclusive else "inclusive")
    if isinstance(quoted, list):
        raise InvalidInputError(map(_by_flag, quoted))
    refuse_unknown(book, quoted)
    if as_json:
        print(json.dumps(quote_answer(quoted)))
    else:
        _print(quoted)


def _check(circumstances: Circumstances) -> None:
    tier = (circumstances.tier or "").strip().lower()
    if circumstances.batch and tier != "batch" and not is_standard_tier(tier):
        raise InvalidInputError([FieldProblem("--tier", f"({tier}) and --batch are two; leave one out")])


def _by_flag(problem: FieldProblem) -> FieldProblem:
    """A problem of the API's fields in the words of the command line."""
    flag = _FLAGS.get(problem.field, problem.field)
    message = re.sub(r"\w+", lambda word: _FLAGS.get(word[0], word[0]), problem.message)
    return FieldProblem(flag, message.removeprefix(f"{flag} "))


def _print(quoted: Quote) -> None:
    if quoted.cost.lines:
        tell(receipt_lines(quoted.cost), "")
    tell(_circumstances(quoted))


def _circumstances(quoted: Quote) -> Table:
    """How the price was found, and what has none."""
    card, cost = quoted.card, quoted.cost
    shown = facts()
    shown.add_row("Model", f"{card.provider} {card.model}")
    shown.add_row("Matched by", card.matched_by)
    shown.add_row("Conditions", card.conditions or "none")
    shown.add_row("Time", instant(quoted.call.occurred_at))
    is_nothing = not cost.lines and cost.cost_picousd == 0
    shown.add_row("Status", cost.pricing_status + (", costs nothing" if is_nothing else ""))
    for line in cost.lines:
        if line.rate.rule != "listed":
            shown.add_row("Rate", f"{line.unit}: {line.rate.rule}")
    for each in cost.unpriced:
        shown.add_row("No price", f"{each.unit}, {each.count:,}: {each.reason}")
    warnings = quote_warnings(quoted)
    if warnings:
        shown.add_row("Warnings", ", ".join(warnings))
    shown.add_row("Price book", card.price_book_version)
    return shown
