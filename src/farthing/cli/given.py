"""What is typed behind flags: whole numbers and times, refused in one line that names the flag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from cyclopts import Parameter, Token

from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.clock import SystemClock
from farthing.intake.times import read_time
from farthing.prices.names import unknown_provider
from farthing.rules.pricebook import PriceBook
from farthing.rules.problems import FieldProblem
from farthing.rules.usage import TOKEN_COUNT_MAX

_SHOWN: Final = 40
_SECOND_MS: Final = 1_000


def _count(type_: Any, tokens: Sequence[Token]) -> int:  # noqa: ARG001 - cyclopts' signature
    """Strict, as the API is: the parser's own reading rounds 1.5 to 2."""
    token = tokens[0]
    try:
        count = int(token.value)
    except ValueError:
        count = -1
    if 0 <= count <= TOKEN_COUNT_MAX:
        return count
    message = f"must be a whole number from 0 to {TOKEN_COUNT_MAX}, not {token.value[:_SHOWN]}"
    raise InvalidInputError([FieldProblem(token.keyword or "count", message)])


Count = Annotated[int, Parameter(converter=_count, allow_leading_hyphen=True)]
"""A whole number that is not negative."""


def time_given(at: str | None) -> int:
    """UTC milliseconds of `--at`, this second without it. Raises InvalidInputError."""
    if at is None:
        return SystemClock().now() // _SECOND_MS * _SECOND_MS
    try:
        return read_time(at)
    except ValueError as error:
        raise InvalidInputError([FieldProblem("--at", str(error))]) from error


def provider_given(book: PriceBook, provider: str | None) -> str | None:
    """The book's name of `--provider`. Raises NotFoundError for one that it has not."""
    if provider is None:
        return None
    known = book.provider(provider)
    if known is None:
        raise NotFoundError(unknown_provider(book, provider))
    return known
