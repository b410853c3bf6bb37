"""A raw usage object, read count by count: whatever is no count becomes a problem that names the field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from farthing.rules.problems import FieldProblem
from farthing.rules.usage import TOKEN_COUNT_MAX
from farthing.rules.usage_formats.reading import Count, Part

_TEXT_MAX = 200
_SHOWN_MAX = 40


class Fields:
    """One object of a usage object. Objects inside it share its list of problems."""

    def __init__(
        self, raw: Mapping[str, Any], path: str = "usage", problems: list[FieldProblem] | None = None
    ) -> None:
        self._raw = raw
        self._path = path
        self.problems: list[FieldProblem] = [] if problems is None else problems

    def has(self, *names: str) -> bool:
        """Whether any of the fields is there and not null."""
        return any(self._raw.get(name) is not None for name in names)

    def count(self, *names: str) -> Count | None:
        """The count under the first of `names` that is there; null is the same as absent."""
        for name in names:
            value = self._raw.get(name)
            if value is not None:
                return self._counted(name, value)
        return None

    def parts(self, **names_by_unit: str | tuple[str, ...]) -> tuple[Part, ...]:
        """The parts that are there: a unit and the name, or names, of its field."""
        found = []
        for unit, names in names_by_unit.items():
            count = self.count(*((names,) if isinstance(names, str) else names))
            if count is not None:
                found.append((unit, count))
        return tuple(found)

    def text(self, name: str) -> str | None:
        """A short text; anything else is left aside."""
        value = self._raw.get(name)
        return value if isinstance(value, str) and 0 < len(value) <= _TEXT_MAX else None

    def number(self, name: str) -> float | int | None:
        """A number that is no count, such as an amount of money; anything else is left aside."""
        value = self._raw.get(name)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def inner(self, *names: str) -> Fields:
        """The object under the first of `names` that is there; an empty one when there is none."""
        for name in names:
            value = self._raw.get(name)
            if value is None:
                continue
            if isinstance(value, Mapping):
                return Fields(value, f"{self._path}.{name}", self.problems)
            self._problem(name, "must be an object")
        return Fields({}, self._path, self.problems)

    def rows(self, *names: str) -> Iterator[Fields]:
        """The objects of the array under the first of `names` that is there."""
        for name in names:
            value = self._raw.get(name)
            if value is None:
                continue
            if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
                self._problem(name, "must be an array of objects")
                return
            for place, row in enumerate(value):
                yield Fields(row, f"{self._path}.{name}[{place}]", self.problems)
            return

    def _counted(self, name: str, value: Any) -> Count:
        field = f"{self._path}.{name}"
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            shown = json.dumps(value)[:_SHOWN_MAX] if isinstance(value, str | float) else _kind(value)
            self._problem(name, f"({shown}) must be a whole number from 0 to {TOKEN_COUNT_MAX}")
            return Count(field, 0)
        if not 0 <= value <= TOKEN_COUNT_MAX:
            self._problem(name, f"({value}) must be from 0 to {TOKEN_COUNT_MAX}")
            return Count(field, 0)
        return Count(field, value)

    def _problem(self, name: str, message: str) -> None:
        field = f"{self._path}.{name}"
        self.problems.append(FieldProblem(field, message))


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "an array" if isinstance(value, list) else "an object"
