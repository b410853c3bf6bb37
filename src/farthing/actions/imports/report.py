"""What an import has found and done, in figures: as it is told to people and programs."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec

from farthing.intake.imports.cells import shown
from farthing.intake.imports.format import Format, Summed
from farthing.intake.imports.table import NAME as TABLE
from farthing.intake.imports.table import field_like
from farthing.rules.money import PICO_PER_USD, usd_text
from farthing.rules.problems import FieldProblem

REFUSALS_MAX: Final = 20
"""As many refused rows of a file are told; all are counted, and `--rejected` has all."""


class Spent(msgspec.Struct):
    """What calls of one model cost here, and what their source says of those that it says anything of.

    `compared_picousd` is what the same ones cost here, where that is known.
    """

    call_count: int = 0
    cost_picousd: int = 0
    unpriced_count: int = 0
    source_picousd: int = 0
    compared_picousd: int = 0
    compared_count: int = 0

    def add(self, cost_picousd: int | None, source: Decimal | None, *, is_whole: bool) -> None:
        """Count a call; `is_whole` when all of it has a price."""
        self.call_count += 1
        self.cost_picousd += cost_picousd or 0
        self.unpriced_count += not is_whole
        if source is not None and is_whole and cost_picousd is not None:
            self.compared_count += 1
            self.source_picousd += int((source * PICO_PER_USD).to_integral_value())
            self.compared_picousd += cost_picousd


def all_of(spent: Iterable[Spent]) -> Spent:
    """All of them together."""
    parts = [msgspec.structs.astuple(each) for each in spent]
    return Spent(*map(sum, zip(*parts, strict=True)))


class Sums(msgspec.Struct):
    """What rows that are no calls add up to. `request_count` is None where they don't say."""

    row_count: int = 0
    request_count: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost_picousd: int = 0

    def add(self, summed: Summed) -> None:
        self.row_count += 1
        if summed.request_count is not None:
            self.request_count = (self.request_count or 0) + summed.request_count
        self.input_tokens += summed.input_tokens
        self.output_tokens += summed.output_tokens
        self.cost_picousd += int(((summed.cost or Decimal(0)) * PICO_PER_USD).to_integral_value())


class Refusal(msgspec.Struct, frozen=True):
    """A row that was refused, and all that is wrong with it."""

    place: int
    problems: tuple[FieldProblem, ...]

    @property
    def told(self) -> str:
        return "; ".join(f"{problem.field} {problem.message}" for problem in self.problems)


class FileReport(msgspec.Struct):
    """A file. `resumed_after` is how many of its rows an import had done that was broken off.

    `hints` are flags by which unknown columns would become what they may be meant for.
    `settled` are columns of which all is known that is told.
    """

    file: str
    kind: str
    place_word: str
    format_name: str
    title: str
    is_recognised: bool
    row_count: int = 0
    resumed_after: int = 0
    stored_count: int = 0
    duplicate_count: int = 0
    over_limit_count: int = 0
    refused_count: int = 0
    skipped: dict[str, int] = msgspec.field(default_factory=dict)
    notes: dict[str, int] = msgspec.field(default_factory=dict)
    summed: dict[str, Sums] = msgspec.field(default_factory=dict)
    models: dict[tuple[str, str], Spent] = msgspec.field(default_factory=dict)
    unknown: dict[str, str] = msgspec.field(default_factory=dict)
    hints: dict[str, str] = msgspec.field(default_factory=dict)
    ignored: dict[str, str] = msgspec.field(default_factory=dict)
    refusals: list[Refusal] = msgspec.field(default_factory=list)
    settled: set[str] = msgspec.field(default_factory=set)

    @property
    def call_count(self) -> int:
        """Calls that can be stored, new or not."""
        return sum(spent.call_count for spent in self.models.values())

    @property
    def summed_count(self) -> int:
        return sum(sums.row_count for sums in self.summed.values())

    def saw(self, format_: Format, row: dict[str, Any]) -> None:
        """Note columns that nobody knows, with an example, and those that are left out on purpose."""
        if not self.settled.issuperset(row):
            for column, value in row.items():
                if column not in self.settled:
                    self._note(format_, column, value)
        if format_.odd_parts is not None:
            for name, value in format_.odd_parts(row).items():
                self.unknown.setdefault(name, shown(value))

    def _note(self, format_: Format, column: str, value: Any) -> None:
        """An unknown column is settled once there is an example."""
        example = "" if value in (None, "", [], {}) else shown(value)
        if column in format_.ignored:
            self.ignored[column] = format_.ignored[column]
        elif column not in format_.columns:
            self.unknown[column] = example
            meant = field_like(column) if format_.name == TABLE else None
            if meant is not None and meant not in format_.columns.values():
                self.hints[column] = f"--map {meant}={column}"
            if not example:
                return
        self.settled.add(column)

    def refuse(self, place: int, problems: tuple[FieldProblem, ...]) -> None:
        self.refused_count += 1
        if len(self.refusals) < REFUSALS_MAX:
            self.refusals.append(Refusal(place, problems))

    def sum(self, summed: Summed) -> None:
        """Count a row that is no call but a sum of some."""
        self.summed.setdefault(summed.model, Sums()).add(summed)

    def as_json(self) -> dict[str, Any]:
        """By the names that `--json` prints."""
        return {
            "file": self.file,
            "kind": self.kind,
            "format": self.format_name,
            "isRecognised": self.is_recognised,
            "rows": self.row_count,
            "resumedAfter": self.resumed_after,
            "calls": self.call_count,
            "stored": self.stored_count,
            "duplicates": self.duplicate_count,
            "overLimit": self.over_limit_count,
            "refused": self.refused_count,
            "skipped": self.skipped,
            "notes": self.notes,
            "models": [_spent(*key, spent) for key, spent in sorted(self.models.items())],
            "sums": [_sums(model, sums) for model, sums in sorted(self.summed.items())],
            "unknownColumns": [{"column": name, "example": each} for name, each in self.unknown.items()],
            "ignoredColumns": [{"column": name, "reason": each} for name, each in self.ignored.items()],
            "refusedRows": [
                {self.place_word: each.place, "problems": msgspec.to_builtins(each.problems)}
                for each in self.refusals
            ],
        }


def _spent(provider: str, model: str, spent: Spent) -> dict[str, Any]:
    return {
        "provider": provider,
        "model": model,
        "calls": spent.call_count,
        "amountUsd": usd_text(spent.cost_picousd),
        "unpricedCalls": spent.unpriced_count,
        "comparedCalls": spent.compared_count,
        "comparedAmountUsd": usd_text(spent.compared_picousd),
        "sourceAmountUsd": usd_text(spent.source_picousd),
    }


def _sums(model: str, sums: Sums) -> dict[str, Any]:
    return {
        "model": model,
        "rows": sums.row_count,
        "requests": sums.request_count,
        "inputTokens": sums.input_tokens,
        "outputTokens": sums.output_tokens,
        "sourceAmountUsd": usd_text(sums.cost_picousd),
    }
