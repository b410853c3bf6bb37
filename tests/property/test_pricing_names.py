"""Every model of the book is found by its names, and no name is ever guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.prices import load_price_book
from farthing.rules.matching import NameIndex, ProviderNames
from farthing.rules.pricebook import PriceBook

NAMES = st.text("aB.-1", min_size=1, max_size=3)
MODELS = st.dictionaries(NAMES, st.lists(NAMES, max_size=2).map(tuple), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return load_price_book()


def spellings(name: str) -> set[str]:
    return {
        name,
        name.upper(),
        name.replace(".", "-"),
        name.replace("-", "."),
        name.upper().replace("-", "."),
    }


def fold(name: str) -> str:
    return name.lower().replace(".", "-")


def test_every_model_of_the_book_is_found_by_its_name_however_it_is_spelled(book: PriceBook) -> None:
    owners: dict[tuple[str, str], set[str]] = {}
    for entry in book.models:
        for name in (entry.model, *entry.aliases):
            owners.setdefault((entry.provider, fold(name)), set()).add(entry.model)
    missed = []
    for entry in book.models:
        for spelling in (entry.model, entry.model.upper()):
            found = book.match(entry.provider, spelling)
            assert (found.model, found.matched_by) == (entry.model, "exact")
        for name in (entry.model, *entry.aliases):
            is_ambiguous = len(owners[entry.provider, fold(name)]) > 1
            for spelling in spellings(name):
                found = book.match(entry.provider, spelling)
                if found.model != entry.model and not is_ambiguous:
                    missed.append((entry.provider, name, spelling, found))
    assert not missed
    assert sum(len(models) > 1 for models in owners.values()) < 20


def test_every_provider_of_the_book_is_found_by_its_names(book: PriceBook) -> None:
    for provider in book.providers:
        for name in (provider.name, *provider.aliases):
            for spelling in (name, name.upper(), name.replace("_", "-"), f" {name.replace('_', '.')} "):
                assert book.provider(spelling) == provider.name


@given(MODELS, NAMES)
def test_a_name_that_means_two_models_means_none(models: dict[str, tuple[str, ...]], name: str) -> None:
    index = NameIndex([], [("p", model, aliases) for model, aliases in models.items()])
    found = index.find("p", name)
    lower = {model.lower() for model in models}  # an alias never takes another model's name
    models = {
        m: tuple(alias for alias in aliases if alias.lower() not in lower) for m, aliases in models.items()
    }
    own = {model for model in models if model.lower() == name.lower()}
    listed = {
        model for model, aliases in models.items() if name.lower() in {alias.lower() for alias in aliases}
    }
    alike = {
        model
        for model, aliases in models.items()
        if fold(name) in {fold(other) for other in (model, *aliases)}
    }
    expected = {name} if name in models else own or listed or alike
    assert found.model == (expected.pop() if len(expected) == 1 else None)


@given(NAMES, NAMES)
def test_a_provider_is_never_guessed_from_the_model(model: str, provider: str) -> None:
    index = NameIndex([ProviderNames("known")], [("known", model, ())])
    found = index.find(provider, model)
    assert (found.model, found.reason) == (None, "unknown_provider")
