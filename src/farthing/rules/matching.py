"""From the names a sender uses to the model of the price book, and how sure that is.

Every step is a dictionary look-up in indexes made once per book. A name that fits two models fits none:
an unknown model is visible and can be mended, a wrong guess is neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from farthing.rules.ratecard import MatchedBy, Reason

_SEPARATORS: Final = str.maketrans("", "", " ._-/")
_MONTH: Final = r"(?:0[1-9]|1[0-2])"
_DAY: Final = r"(?:0[1-9]|[12]\d|3[01])"
_DATE: Final = rf"20\d\d(?:-{_MONTH}-{_DAY}|{_MONTH}{_DAY})"
_DATED: Final = re.compile(rf"(?P<stem>.+)[-@]{_DATE}")
"""A release date in full: -2024-07-18, -20250929, @20250929.

Four digits alone are left: "-2411" is another model at Mistral, not another date of the same.
"""
_VERSIONED: Final = re.compile(rf"(?P<stem>.+)-v1(?::\d+)?|(?P<dated>.+[-@]{_DATE})-v\d+(?::\d+)?")
"""What Bedrock adds: -v1:0. A later version says nothing new only where it follows a date."""


class ProviderNames(msgspec.Struct, frozen=True):
    """A provider of the price book and its other spellings.

    `sells_also` are providers whose models it sells too, at their list price.
    """

    name: str
    aliases: tuple[str, ...] = ()
    sells_also: tuple[str, ...] = ()


class Match(msgspec.Struct, frozen=True):
    """Where the price of a sent name stands. `model` is None when it stands nowhere; `reason` says why then.

    `provider` is the price list's. `is_resold`: the list belongs to another provider than the one called, so
    that only its standard tier can be trusted.
    """

    provider: str
    model: str | None
    matched_by: MatchedBy
    reason: Reason | None = None
    is_resold: bool = False


class NameIndex:
    """Finds (provider, model) by the names of a call."""

    def __init__(
        self, providers: Iterable[ProviderNames], models: Iterable[tuple[str, str, tuple[str, ...]]]
    ) -> None:
        """`models` are (provider, model, aliases)."""
        self._providers: dict[str, str] = {}
        self._sells_also: dict[str, tuple[str, ...]] = {}
        self._lists: dict[str, _Names] = {}
        for provider in providers:
            self._add_provider(provider)
        named = tuple(models)
        for provider_name in dict.fromkeys(name for name, _, _ in named):
            self._providers.setdefault(_squash(provider_name), provider_name)
            self._lists[provider_name] = _Names()
        for provider_name, model, _ in named:
            self._lists[provider_name].add_own(model)
        for provider_name, model, aliases in named:
            self._lists[provider_name].add_aliases(model, aliases)

    def _add_provider(self, provider: ProviderNames) -> None:
        for name in (provider.name, *provider.aliases):
            self._providers[_squash(name)] = provider.name
        self._sells_also[provider.name] = provider.sells_also

    def provider(self, sent: str) -> str | None:
        """The book's provider for a sent name (case, dots, dashes and underscores do not count)."""
        return self._providers.get(_squash(sent))

    def find(self, provider_sent: str, model_sent: str) -> Match:
        provider = self.provider(provider_sent)
        name = model_sent.strip()
        found = self._in_list(provider, name) or self._by_prefix(name) or self._resold(provider, name)
        if found is not None:
            return found
        if provider is None:
            return Match(provider_sent.strip().lower(), None, "unknown", "unknown_provider")
        matched_by: MatchedBy = "fine_tune" if _fine_tune_base(name.lower()) else "unknown"
        return Match(provider, None, matched_by, "unknown_model")

    def _in_list(self, provider: str | None, name: str) -> Match | None:
        names = self._lists.get(provider) if provider is not None else None
        if names is None or provider is None:
            return None
        found = names.find(name) or names.find_resource(name) or names.find_fine_tune(name)
        return Match(provider, *found) if found else None

    def _by_prefix(self, name: str) -> Match | None:
        """`openai/gpt-4o` as routers write it, the first part being a provider we know."""
        head, slash, rest = name.partition("/")
        provider = self._providers.get(_squash(head)) if slash else None
        if provider is None:
            return None
        found = self._in_list(provider, rest) or self._by_prefix(rest) or self._resold(provider, rest)
        if found is None or found.model is None:
            return None
        return Match(found.provider, found.model, _weaker(found.matched_by), None, found.is_resold)

    def _resold(self, provider: str | None, name: str) -> Match | None:
        for owner in self._sells_also.get(provider or "", ()):
            found = self._lists[owner].find(name) if owner in self._lists else None
            if found is not None:
                return Match(owner, found[0], "prefix", None, is_resold=True)
        return None


class _Names:
    """The names of one provider's models. A value of None marks a name that means two of them."""

    __slots__ = ("_aliases", "_folded", "_lower", "_own")

    def __init__(self) -> None:
        self._own: set[str] = set()
        self._lower: dict[str, str | None] = {}
        self._aliases: dict[str, str | None] = {}
        self._folded: dict[str, str | None] = {}

    def add_own(self, model: str) -> None:
        self._own.add(model)
        _claim(self._lower, model.lower(), model)
        _claim(self._folded, fold(model), model)

    def add_aliases(self, model: str, aliases: tuple[str, ...]) -> None:
        """After all own names: an alias never takes the name of another model."""
        for alias in aliases:
            if alias.lower() not in self._lower:
                _claim(self._aliases, alias.lower(), model)
                _claim(self._folded, fold(alias), model)

    def find(self, name: str) -> tuple[str, MatchedBy] | None:
        """By the whole name, then without its version and its date."""
        found = self._find_whole(name)
        if found is not None:
            return found
        for stem in _stems(name):
            found = self._find_whole(stem)
            if found is not None:
                return found[0], "dated_suffix"
        return None

    def find_resource(self, name: str) -> tuple[str, MatchedBy] | None:
        """By a provider's full resource name: `models/x`, `publishers/p/models/x`, `arn:aws:…/x`."""
        if name.startswith("arn:aws") or "models/" in name:
            found = self.find(name.rpartition("/")[2])
            return (found[0], "alias" if found[1] == "exact" else found[1]) if found else None
        return None

    def find_fine_tune(self, name: str) -> tuple[str, MatchedBy] | None:
        """Only where the book has a price for fine-tunes of that base; never the base's own price."""
        base = _fine_tune_base(name.lower())
        found = self.find(base) if base is not None else None
        return (found[0], "fine_tune") if found is not None else None

    def _find_whole(self, name: str) -> tuple[str, MatchedBy] | None:
        if name in self._own:
            return name, "exact"
        lower = name.lower()
        matched_by: MatchedBy = "alias"
        if lower in self._lower:
            model, matched_by = self._lower[lower], "exact"
        elif lower in self._aliases:
            model = self._aliases[lower]
        else:
            model = self._folded.get(fold(lower))
        return (model, matched_by) if model is not None else None


def _claim(names: dict[str, str | None], name: str, model: str) -> None:
    names[name] = model if names.get(name, model) == model else None


def _weaker(matched_by: MatchedBy) -> MatchedBy:
    return matched_by if matched_by == "fine_tune" else "prefix"


def _squash(provider: str) -> str:
    return provider.lower().translate(_SEPARATORS)


def fold(name: str) -> str:
    """The name as it is compared where dots and dashes are alike."""
    return name.lower().replace(".", "-")


def _stems(name: str) -> Iterator[str]:
    """The name without its version, then without its date as well."""
    versioned = _VERSIONED.fullmatch(name)
    if versioned is not None:
        name = versioned["stem"] or versioned["dated"]
        yield name
    dated = _DATED.fullmatch(name)
    if dated is not None:
        yield dated["stem"]


def _fine_tune_base(lower: str) -> str | None:
    """The name that a book lists fine-tunes of this base under, or None for other names.

    OpenAI writes `ft:<base>:<organisation>:<suffix>:<id>`, Azure deployments `<base>.ft-<id>`.
    """
    if lower.startswith("ft:"):
        return f"ft:{lower[3:].partition(':')[0]}"
    base, mark, _ = lower.partition(".ft-")
    return f"{base}.ft-" if mark else None
