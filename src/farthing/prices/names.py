"""Which models of a price book may be meant: by a name without its provider, or by one that fits nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from farthing.rules.matching import Match
from farthing.rules.price import ModelPrices
from farthing.rules.pricebook import PriceBook
from farthing.rules.ratecard import SURE

_CLOSE_MAX: Final = 5
_SPELLINGS_MAX: Final = 25
"""Spellings looked at for that many models: a model has several, and a spelling may be sold by several."""
"""Ways of matching a name that leave no doubt about the model."""


def listing_providers(book: PriceBook, model: str) -> tuple[str, ...]:
    """The providers whose own list has the name, by itself, an alias or without its date; in order."""
    matches = ((names.name, book.match(names.name, model)) for names in book.providers)
    return tuple(sorted(name for name, match in matches if match.provider == name and _is_sure(match)))


def close_models(book: PriceBook, model: str, provider: str | None = None) -> tuple[tuple[str, str], ...]:
    """At most five (provider, model) that are spelled alike, closest first; of one provider if given."""
    spelled = defaultdict(list)
    for entry in book.models:
        if entry.prices and provider in (None, entry.provider):
            for spelling in (entry.model, *entry.aliases):
                spelled[spelling.lower()].append((entry.provider, entry.model))
    close = get_close_matches(model.strip().lower(), spelled, _SPELLINGS_MAX)
    return tuple(dict.fromkeys(named for spelling in close for named in spelled[spelling]))[:_CLOSE_MAX]


def close_providers(book: PriceBook, provider: str) -> tuple[str, ...]:
    """At most five providers whose name or other name is spelled alike, closest first."""
    spelled = dict(_provider_spellings(book))
    close = get_close_matches(provider.strip().lower(), spelled, _SPELLINGS_MAX)
    return tuple(dict.fromkeys(spelled[spelling] for spelling in close))[:_CLOSE_MAX]


def entry_of(book: PriceBook, match: Match) -> ModelPrices | None:
    """All that the book knows of the model that a name was matched to."""
    named = match.provider, match.model
    return next((entry for entry in book.models if (entry.provider, entry.model) == named), None)


def unknown_provider(book: PriceBook, provider: str) -> str:
    """That there is no such provider, with names that are spelled alike."""
    return f"the price book has no provider {provider!r}" + _close(close_providers(book, provider))


def unknown_model(book: PriceBook, model: str, provider: str | None) -> str:
    """That there is no such model, with names that are spelled alike: of the provider, if it has any."""
    if provider is None:
        told = f"no provider of the price book lists a model {model!r}"
    else:
        told = f"{provider} has no model {model!r} in the price book"
    return told + close_text(book, model, provider)


def close_text(book: PriceBook, model: str, provider: str | None) -> str:
    """The models that are spelled alike, as the end of a sentence; nothing where there are none."""
    close = close_models(book, model, provider)
    return _close([f"{owner} {name}" if provider is None else name for owner, name in close])


def _close(names: Sequence[str]) -> str:
    return f"; close to it: {', '.join(names)}" if names else ""


def _provider_spellings(book: PriceBook) -> Iterator[tuple[str, str]]:
    for names in book.providers:
        for spelling in (names.name, *names.aliases):
            yield spelling.lower(), names.name


def _is_sure(match: Match) -> bool:
    return match.model is not None and not match.is_resold and match.matched_by in SURE
