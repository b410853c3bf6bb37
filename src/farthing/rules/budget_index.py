"""Which budgets an event touches, found without looking at all the others.

Budgets are compiled once into candidates by the equality that the fewest of them share. What an event's names
lead to is remembered by those of its names that any budget speaks of at all, so that ten thousand events
alike cost one evaluation. The index is a value: after a change of budgets another one is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from operator import attrgetter
from typing import Final

from farthing.rules.budgets import Budget
from farthing.rules.events import DATA_MODES, ENVIRONMENTS, UsageEvent
from farthing.rules.filters import Filters

UNKNOWN: Final = "unknown"
_REMEMBERED_MAX: Final = 16_384
"""Combinations of names that are remembered; then it starts over, which costs 16,384 evaluations."""

_TEXT: Final[dict[str, Callable[[UsageEvent], str | None]]] = {
    "provider": lambda e: e.provider,
    "model": lambda e: e.model,
    "endpoint_tag": lambda e: e.endpoint_tag,
    "prompt_version": lambda e: e.prompt_version,
    "user_id": lambda e: e.user_id,
    "tenant_id": lambda e: e.tenant_id,
    "feature_tag": lambda e: e.feature_tag,
    "status": lambda e: e.status,
    "pricing_status": lambda e: e.pricing_status,
    "api_key": lambda e: str(e.api_key_id),
    "error_code": lambda e: e.error_code,
    "environment": lambda e: e.environment,
    "data_mode": lambda e: e.data_mode,
}

_ALWAYS: Final[dict[str, Callable[[UsageEvent], str]]] = {
    "provider": lambda e: e.provider,
    "model": lambda e: e.model,
    "status": lambda e: e.status,
    "environment": lambda e: e.environment,
    "data_mode": lambda e: e.data_mode,
}

Condition = tuple[str, frozenset[str], bool]
"""(name, values, whether it must be one of them). Names of tags begin with "tag "."""
_TAG: Final = "tag "
_EVERY: Final = {"data_mode": frozenset(DATA_MODES), "environment": frozenset(ENVIRONMENTS)}


def conditions(filters: Filters) -> list[Condition]:
    """What filters ask of the names of an event, all of it."""
    found = [
        ("data_mode", frozenset(filters.data_modes), True),
        ("environment", frozenset(filters.environments), True),
        *((name, frozenset(values), True) for name, values in filters.equals),
        *((name, frozenset(values), False) for name, values in filters.excludes),
        *((_TAG + name, frozenset(values), True) for name, values in filters.tags),
        *((_TAG + name, frozenset(values), False) for name, values in filters.excluded_tags),
    ]
    return [each for each in found if not _is_always_true(each)]


def _is_always_true(condition: Condition) -> bool:
    name, values, is_wanted = condition
    return values >= _EVERY[name] if is_wanted and name in _EVERY else not (is_wanted or values)


def text(event: UsageEvent, name: str) -> str:
    """The event's name in a dimension, or the value of its tag."""
    if not name.startswith(_TAG):
        named = _TEXT[name](event)
        return UNKNOWN if named is None else named
    tags = (event.extra or {}).get("tags")
    return str(tags.get(name[len(_TAG) :], UNKNOWN)) if isinstance(tags, dict) else UNKNOWN


_Found = tuple[tuple[Budget, ...], int, int]
"""The budgets of some names, and from when until when all of them hold."""
_EVER: Final = (-(1 << 63), 1 << 63)


class _Compiled:
    """A budget with its place, the key that leads to it, and what is left to check then."""

    __slots__ = ("budget", "key", "place", "rest", "since", "until")

    def __init__(self, place: int, budget: Budget, key: Condition | None, rest: list[Condition]) -> None:
        self.place = place
        self.budget = budget
        self.key = key
        self.rest = rest
        since = budget.since
        self.since = _EVER[0] if since is None else since
        self.until = _EVER[1] if budget.end is None else budget.end

    def accepts(self, names: dict[str, str]) -> bool:
        """Plain on purpose: a generator costs three times as much, for each of a hundred budgets."""
        for name, values, is_wanted in self.rest:  # noqa: SIM110
            if (names[name] in values) is not is_wanted:
                return False
        return True


_PLACE: Final = attrgetter("place")


class BudgetIndex:
    """Finds the budgets of one workspace that an event belongs to."""

    def __init__(self, budgets: Iterable[Budget]) -> None:
        by_budget = [(budget, conditions(budget.filters)) for budget in budgets]
        uses = Counter((c[0], value) for _, asked in by_budget for c in asked if c[2] for value in c[1])
        compiled = [_compile(place, *each, uses) for place, each in enumerate(by_budget)]
        self._keyed: dict[str, dict[str, list[_Compiled]]] = {}
        self._others = [each for each in compiled if each.key is None]
        for each in compiled:
            self._add(each)
        self._spoken_of = _spoken_of([c for _, asked in by_budget for c in asked])
        self._readers = [(_reader(name), frozenset(values)) for name, values in self._spoken_of.items()]
        self._remembered: dict[tuple[str | None, ...], _Found] = {}

    def touched(self, event: UsageEvent) -> tuple[Budget, ...]:
        """The budgets that the event counts for, in the order they were given.

        Events of the same names get the same tuple, while all of its budgets hold.
        """
        signature = tuple(
            [name if (name := read(event)) in values else None for read, values in self._readers]
        )
        found = self._remembered.get(signature)
        if found is None:
            found = self._remember(signature, event)
        budgets, since, until = found
        at = event.occurred_at
        return budgets if since <= at < until else tuple([each for each in budgets if each.holds_at(at)])

    def _add(self, compiled: _Compiled) -> None:
        if compiled.key is not None:
            name, values, _ = compiled.key
            by_value = self._keyed.setdefault(name, {})
            for value in values:
                by_value.setdefault(value, []).append(compiled)

    def _remember(self, signature: tuple[str | None, ...], event: UsageEvent) -> _Found:
        if len(self._remembered) >= _REMEMBERED_MAX:
            self._remembered.clear()
        names = {name: text(event, name) for name in self._spoken_of}
        candidates = [*self._others]
        for name, by_value in self._keyed.items():
            candidates.extend(by_value.get(names[name], ()))
        found = [each for each in candidates if each.accepts(names)]
        found.sort(key=_PLACE)
        budgets = tuple([each.budget for each in found])
        since = max([each.since for each in found], default=_EVER[0])
        until = min([each.until for each in found], default=_EVER[1])
        self._remembered[signature] = budgets, since, until
        return self._remembered[signature]


def value_of(budget: Budget, event: UsageEvent) -> str | None:
    """Whose limit the event counts against in a budget that has one for each value; else None."""
    return None if budget.per is None else text(event, budget.per)


def _compile(place: int, budget: Budget, asked: list[Condition], uses: Counter[tuple[str, str]]) -> _Compiled:
    """Key the budget by the condition whose values lead to the fewest other budgets."""
    keys = [c for c in asked if c[2]]
    best = min(keys, key=lambda c: sum(uses[c[0], value] for value in c[1]), default=None)
    return _Compiled(place, budget, best, [c for c in asked if c is not best])


def _spoken_of(asked: Iterable[Condition]) -> dict[str, set[str]]:
    """Names that any budget asks for, with the values that make a difference."""
    values: dict[str, set[str]] = {}
    for name, some, _ in asked:
        values.setdefault(name, set()).update(some)
    return values


def _reader(name: str) -> Callable[[UsageEvent], str]:
    """Reads one name; those that every event has without the step in between."""
    return _ALWAYS.get(name) or partial(_read, name)


def _read(name: str, event: UsageEvent) -> str:
    return text(event, name)
