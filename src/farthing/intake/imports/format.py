"""What a format is, and what a row of it can be: a call, a sum of calls, or nothing that is counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from farthing.intake.imports.cells import Row
from farthing.rules.events import DATA_MODES

Document = dict[str, Any]
"""A call as the API takes it (contract 3.1 and 17.4), fields without a value left out."""


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What holds where a row says nothing. `accounting` is of rows whose source counts in one of two ways."""

    provider: str | None = None
    data_mode: str = DATA_MODES[0]
    environment: str | None = None
    endpoint_tag: str | None = None
    accounting: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A row that tells of one call.

    `identity` is the id that makes repeats harmless, if the source has one. `source_cost` is what the source
    says that it cost, in USD. `notes` say what was decided of the row that people should know of.
    """

    document: Document
    identity: str | None
    source_cost: Decimal | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that tells of no call, and needn't: `why` says what it is."""

    why: str


@dataclass(frozen=True, slots=True)
class Summed:
    """A row that holds the sum of calls: it can't be stored as one. `request_count` None is not told."""

    model: str
    request_count: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal | None = None


Outcome = Told | Skipped | Summed


@dataclass(frozen=True)
class Format:
    """A kind of export.

    `marks` are sets of columns; a file that has all of one set is of this format. `columns` says of each
    column what it becomes, `ignored` why another is left out. `identity` says in words what makes a row
    harmless when it is imported again, `seen` how the format is known.

    `is_summed` says that rows hold sums of calls, `has_calls` that some can be told to hold one.
    `has_escapes` says that texts of its CSV are kept from being run as formulas. `odd_parts` are what of a
    row's inner objects nobody knows how to count, by name.
    """

    name: str
    title: str
    seen: str
    identity: str
    marks: tuple[frozenset[str], ...]
    columns: Mapping[str, str]
    read: Callable[[Row, Defaults], Outcome]
    ignored: Mapping[str, str] = field(default_factory=dict)
    is_summed: bool = False
    has_calls: bool = True
    has_escapes: bool = False
    odd_parts: Callable[[Row], Mapping[str, Any]] | None = None

    def knows(self, column: str) -> bool:
        """Whether it is known what the column holds."""
        return column in self.columns or column in self.ignored


def without_none(document: Document) -> Document:
    """The fields that have a value."""
    return {name: value for name, value in document.items() if value is not None}


def complete(document: Document, defaults: Defaults) -> None:
    """Put in what holds where the row said nothing. Contradictions are kept and flagged."""
    for name, value in (
        ("provider", defaults.provider),
        ("dataMode", defaults.data_mode),
        ("environment", defaults.environment),
        ("endpointTag", defaults.endpoint_tag),
    ):
        if value is not None and name not in document:
            document[name] = value
    document["onInconsistent"] = "flag"
