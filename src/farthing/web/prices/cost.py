"""What a call would cost: counts in, a receipt out. The form is an address, so an answer can be kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get

from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.prices.quote_call import quote_call, quote_warnings
from farthing.prices.quote import Quote
from farthing.web.address import address_of
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, render
from farthing.web.prices.places import COST_PATH, PAGE, model_address
from farthing.web.requests.receipt import receipt_from
from farthing.web.words import problem_text, sentence

FIRST: Final = {
    "inputTokens": ("Input tokens", "Cached ones included."),
    "outputTokens": ("Output tokens", "Reasoning included."),
    "cachedInputTokens": ("Read from the cache", "Part of the input."),
}
MORE: Final = {
    "cacheWriteTokens": ("Written to the cache", "For five minutes, or nobody knows how long."),
    "cacheWrite1hTokens": ("Written for an hour", "Further ones."),
    "reasoningTokens": ("Reasoning", "Part of the output."),
    "audioInputTokens": ("Audio in", "Part of the input."),
    "audioOutputTokens": ("Audio out", "Part of the output."),
    "imageInputTokens": ("Images in", "Part of the input."),
    "imageOutputTokens": ("Images out", "Part of the output."),
    "webSearches": ("Web searches", ""),
}
_CIRCUMSTANCES: Final = ("serviceTier", "region", "at", "isBatch", "tokenAccounting")


@dataclass(frozen=True)
class _Look:
    """What became of the form: a quote, what is wrong by fields, or the one thing that is."""

    quoted: Quote | None = None
    problems: dict[str, str] | None = None
    refusal: str | None = None


@get(COST_PATH, needs="read")
async def show_cost(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The form, and the receipt of what is filled in."""
    address = address_of(COST_PATH, request.query_params.multi_items())
    given = dict(address.pairs)
    look = _Look()
    if any(name not in ("provider", "model") for name in given):
        try:
            look = _Look(quoted=await quote_call(parts, asker, address.pairs))
        except InvalidInputError as error:
            look = _Look(problems={each.field: _by_label(each.message) for each in error.problems})
        except NotFoundError as error:
            look = _Look(refusal=sentence(str(error)))
    quoted = look.quoted
    return render(
        request,
        "price_cost",
        Frame(asker, PAGE),
        400 if look.problems else 404 if look.refusal else 200,
        given=given,
        problems=look.problems or {},
        others={name: text for name, text in (look.problems or {}).items() if name not in _fields()},
        refusal=look.refusal,
        quoted=quoted,
        receipt=None if quoted is None else receipt_from(quoted.cost, quoted.card),
        model_page=None if quoted is None else model_address(quoted.call.provider, quoted.call.model),
        warnings=[] if quoted is None else quote_warnings(quoted),
        first_counts=FIRST,
        more_counts=MORE,
        is_more=any(name in given for name in (*MORE, *_CIRCUMSTANCES)),
        providers=sorted(each.name for each in parts.prices.book.providers),
    )


HANDLERS: Final = (show_cost,)


def _by_label(message: str) -> str:
    """What is wrong with a field, in the words of the form: fields by their labels."""
    labels = {name: label.lower() for name, (label, _) in (FIRST | MORE).items()}
    return problem_text(re.sub(r"\w+", lambda word: labels.get(word[0], word[0]), message))


def _fields() -> tuple[str, ...]:
    return ("provider", "model", *FIRST, *MORE, *_CIRCUMSTANCES)
