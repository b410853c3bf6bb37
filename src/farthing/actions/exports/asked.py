"""What an export is asked for: rows or sums, in which format, of which calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from farthing.actions.asker import Asker
from farthing.actions.errors import FieldProblem, InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.reads.known_keys import check_keys
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.read_query import BY_DIMENSIONS, Accepted, ReadQuery, read_query
from farthing.rules.focus import VERSIONS, FocusVersion

What = Literal["requests", "summary"]
Format = Literal["csv", "json", "ndjson", "parquet", "focus", "focus-parquet"]
WHATS: Final[tuple[What, ...]] = ("requests", "summary")
FORMATS: Final[tuple[Format, ...]] = ("csv", "json", "ndjson", "parquet", "focus", "focus-parquet")
BY_MAX: Final = 2
BY_DEFAULT: Final = ("model",)
OWN_PARAMETERS: Final = ("format", "focusVersion", "manifest")
_SUMMARY_PARAMETERS: Final = (*OWN_PARAMETERS, "by")
_YES_NO: Final = ("true", "false")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An export that makes sense. `by` are the dimensions of a summary; a file of requests has none.

    `wants_manifest` asks for the description of the file alone.
    """

    what: What
    format: Format
    focus_version: FocusVersion
    by: tuple[str, ...]
    query: ReadQuery
    wants_manifest: bool = False

    @property
    def is_focus(self) -> bool:
        return self.format.startswith("focus")

    @property
    def is_parquet(self) -> bool:
        return self.format.endswith("parquet")


def accepted(what: What) -> Accepted:
    """The parameters that a URL of an export may have."""
    return Accepted(parameters=_SUMMARY_PARAMETERS if what == "summary" else OWN_PARAMETERS)


def read_asked(what: What, pairs: Iterable[tuple[str, str]], now: int, timezone: str) -> Asked:
    """The export that a URL asks for; `timezone` is used when none is given. Raises InvalidInputError."""
    own, others = _parted(pairs, accepted(what).parameters)
    parameters = Parameters(own)
    form = parameters.choice("format", FORMATS) or FORMATS[0]
    version = parameters.choice("focusVersion", VERSIONS)
    if version is not None and not form.startswith("focus"):
        parameters.problem("focusVersion", f"goes with the formats of FOCUS, not with {form}")
    wants_manifest = parameters.choice("manifest", _YES_NO) == "true"
    wires = [parameters.one_of("by", value, tuple(BY_DIMENSIONS)) for value in parameters.several("by")]
    by = tuple(BY_DIMENSIONS[wire] for wire in dict.fromkeys(wires) if wire is not None)
    if len(by) > BY_MAX:
        parameters.problem("by", f"names {len(by)} dimensions; at most {BY_MAX} are taken")
    query = _read(parameters, others, what, now, timezone)
    if not by and what == "summary":
        by = BY_DEFAULT
    return Asked(
        what=what,
        format=form,
        focus_version=version or VERSIONS[0],
        by=by,
        query=query,
        wants_manifest=wants_manifest,
    )


async def asked_export(parts: Parts, asker: Asker, what: What, pairs: Iterable[tuple[str, str]]) -> Asked:
    """The same in the workspace's zone, API keys that it has not refused. Raises InvalidInputError."""
    asked = read_asked(what, pairs, parts.clock.now(), asker.workspace.timezone)
    await check_keys(parts, asker, asked.query.filters)
    return asked


def _read(
    parameters: Parameters, others: Sequence[tuple[str, str]], what: What, now: int, timezone: str
) -> ReadQuery:
    """The window and the filters. What is wrong with any parameter is told at once."""
    problems: list[FieldProblem] = []
    query = None
    try:
        query = read_query(others, accepted(what), now, timezone)
    except InvalidInputError as error:
        problems += error.problems
    try:
        parameters.raise_problems()
    except InvalidInputError as error:
        problems += error.problems
    if query is None or problems:
        raise InvalidInputError(problems)
    return query


def _parted(
    pairs: Iterable[tuple[str, str]], own: Sequence[str]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The pairs with these names, and the others."""
    all_pairs = list(pairs)
    return [pair for pair in all_pairs if pair[0] in own], [pair for pair in all_pairs if pair[0] not in own]
