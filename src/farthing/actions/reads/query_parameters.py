"""The parameters of one URL, and everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Final, TypeVar

from farthing.actions.errors import InvalidInputError
from farthing.rules.problems import FieldProblem

T = TypeVar("T", bound=str)

VALUE_LENGTH_MAX: Final = 200
"""Nothing longer is stored (D13), so nothing longer can be asked for."""
WRITTEN_LENGTH_MAX: Final = 2 * (2 * VALUE_LENGTH_MAX + 1)
"""Of a tag, with backslashes and a sign: nothing that can be read is longer."""
VALUES_MAX: Final = 100
_DIGITS_MAX: Final = 9


class Parameters:
    """Reads values by name and gathers problems, so that a caller hears of all of them at once.

    An empty value counts as absent: forms send their empty fields too. Blanks around a value are none of it,
    but for the parameters `as_sent`.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], as_sent: Container[str] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        self._problems: list[FieldProblem] = []
        for name, value in pairs:
            kept = self._values.setdefault(name, [])
            if value.strip():
                kept.append(value if name in as_sent else value.strip())

    def problem(self, name: str, message: str) -> None:
        """Note what is wrong with a parameter."""
        self._problems.append(FieldProblem(name, message))

    def refuse_others(self, known: Sequence[str]) -> None:
        """Every parameter that is not one of `known` is a problem."""
        for name in self._values:
            if name not in known:
                told = f"known are {', '.join(known)}" if known else "there are none"
                self.problem(name[:VALUE_LENGTH_MAX], f"is not a parameter here; {told}")

    def raise_problems(self) -> None:
        """Raise InvalidInputError if anything was wrong."""
        if self._problems:
            raise InvalidInputError(dict.fromkeys(self._problems))

    def one(self, name: str) -> str | None:
        """The value of a parameter that may stand only once."""
        values = self._values.get(name, [])
        if len(values) > 1:
            self.problem(name, "may be given only once")
        return values[0] if values else None

    def choice(self, name: str, allowed: Sequence[T]) -> T | None:
        """The one of `allowed` that was given, in whatever case."""
        value = self.one(name)
        return None if value is None else self.one_of(name, value, allowed)

    def several(self, name: str) -> tuple[str, ...]:
        """The values of a parameter that may be repeated, each once."""
        values = tuple(dict.fromkeys(self._values.get(name, [])))
        if len(values) > VALUES_MAX:
            self.problem(name, f"has {len(values)} values; at most {VALUES_MAX} are taken")
        return values

    def texts(self, name: str) -> tuple[str, ...]:
        """The values of a parameter that may be repeated, each once and such as may be stored."""
        values = self.several(name)
        for value in values:
            self.check_text(name, value)
        return values

    def check_text(self, name: str, value: str) -> None:
        """Note what is wrong with a text that nothing stored can be equal to."""
        if len(value) > VALUE_LENGTH_MAX:
            self.problem(name, f"has {len(value)} characters; at most {VALUE_LENGTH_MAX} are ever stored")
        elif not _is_storable(value):
            self.problem(name, "has characters that are never stored")

    def one_of(self, name: str, value: str, allowed: Sequence[T]) -> T | None:
        """The one of `allowed` that a value is, in whatever case; a problem when it is none."""
        for each in allowed:
            if each.lower() == value.lower():
                return each
        self.problem(name, f"{_shown(value)} is unknown; allowed are {', '.join(allowed)}")
        return None

    def whole(self, name: str, least: int, most: int, default: int) -> int:
        """A whole number from `least` to `most`."""
        value = self.one(name)
        if value is None:
            return default
        if value.isascii() and value.isdigit() and len(value) <= _DIGITS_MAX and least <= int(value) <= most:
            return int(value)
        self.problem(name, f"{_shown(value)} is not a whole number from {least} to {most}")
        return default


def _shown(value: str) -> str:
    return repr(value if len(value) <= VALUE_LENGTH_MAX else value[:VALUE_LENGTH_MAX] + "…")


def _is_storable(value: str) -> bool:
    """Text that every database takes: no NUL, no half of a surrogate pair."""
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
