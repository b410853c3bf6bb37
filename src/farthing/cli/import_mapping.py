"""Which column of a table is which field of a call, as flags and a TOML file say it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from farthing.actions.errors import InvalidInputError
from farthing.intake.imports.table import Mapped, field_named
from farthing.rules.problems import FieldProblem

_TABLES: Final = ("columns", "values")


def mapped(file: Path | None, columns: Sequence[str], values: Sequence[str]) -> Mapped:
    """The mapping. Raises InvalidInputError for a file that is none, and for flags without a `=`."""
    given = {"columns": {}, "values": {}} if file is None else _read(file)
    return Mapped(
        columns=given["columns"] | _pairs("--map", columns), values=given["values"] | _pairs("--set", values)
    )


def _pairs(flag: str, given: Sequence[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    wrong = [before for before, sign, after in pairs if not (before and sign and after)]
    if wrong:
        raise InvalidInputError([FieldProblem(flag, f"{each} is no field=column") for each in wrong])
    return {field_named(before.strip()): after for before, _, after in pairs}


def _read(file: Path) -> dict[str, dict[str, str]]:
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInputError([FieldProblem("--mapping", f"{file}: {error}")]) from error
    problems = [f"[{name}] is not [columns] or [values]" for name in told if name not in _TABLES]
    found: dict[str, dict[str, str]] = {}
    for name in _TABLES:
        table = told.get(name, {})
        if not isinstance(table, dict) or not all(
            isinstance(each, str | int | bool) for each in table.values()
        ):
            problems.append(f'[{name}] holds something else than field = "text"')
            continue
        found[name] = {field_named(field): str(each) for field, each in table.items()}
    if problems:
        raise InvalidInputError([FieldProblem("--mapping", f"{file}: {each}") for each in problems])
    return found
