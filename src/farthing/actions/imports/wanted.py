"""What somebody wants imported, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from farthing.actions.errors import InvalidInputError
from farthing.intake.imports.format import Defaults
from farthing.intake.imports.registry import NAMES
from farthing.intake.imports.table import Mapped, problems_of
from farthing.rules.events import DATA_MODES, ENVIRONMENTS
from farthing.rules.problems import FieldProblem


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Files, and what is said of them. `is_confirmed`: sums of one request may count as calls."""

    files: Sequence[Path]
    format_name: str | None = None
    mapped: Mapped = field(default_factory=Mapped)
    defaults: Defaults = field(default_factory=Defaults)
    is_confirmed: bool = False
    rejected: Path | None = None


def check(wanted: Wanted) -> None:
    """Raises InvalidInputError with all that can't be."""
    problems = problems_of(wanted.mapped)
    if not wanted.files:
        problems.append(FieldProblem("files", "name at least one"))
    _one_of(problems, "--format", wanted.format_name, NAMES)
    _one_of(problems, "--data-mode", wanted.defaults.data_mode, DATA_MODES)
    _one_of(problems, "--environment", wanted.defaults.environment, ENVIRONMENTS)
    _one_of(problems, "--token-accounting", wanted.defaults.accounting, ("inclusive", "exclusive"))
    if wanted.mapped.columns and wanted.format_name not in (None, "table"):
        problems.append(FieldProblem("--map", f"is for tables, not for {wanted.format_name}"))
    if wanted.rejected is not None and wanted.rejected.resolve() in {each.resolve() for each in wanted.files}:
        problems.append(FieldProblem("--rejected", "is one of the files that are imported"))
    if problems:
        raise InvalidInputError(problems)


def _one_of(problems: list[FieldProblem], name: str, given: str | None, allowed: Sequence[str]) -> None:
    if given is not None and given not in allowed:
        problems.append(FieldProblem(name, f"must be one of {', '.join(allowed)}, not {given}"))
