"""How clean the data of a workspace is, over whatever a URL asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_question
from farthing.actions.reads.read_query import ReadQuery
from farthing.reports.coverage import Coverage, compared
from farthing.reports.hygiene import Hygiene, assemble
from farthing.reports.hygiene_events import grouped
from farthing.reports.hygiene_facts import HygieneQuery, IntakeKey
from farthing.reports.hygiene_fixes import Fix, KeyFacts, fixes
from farthing.reports.question import Question, Reach
from farthing.reports.row_groups import OF_ROWS
from farthing.rules.api_key import key_state
from farthing.rules.events import ENVIRONMENTS
from farthing.rules.filters import ALL_DATA_MODES, Filters
from farthing.rules.ids import key_id_text
from farthing.rules.periods import DAY_MS, Window
from farthing.rules.token_metrics import TokenCell

NEWEST_MAX: Final = 300
"""Calls that a look at the newest reads at most."""


@dataclass(frozen=True)
class HygieneReport:
    """The report, what to mend first, the keys that it speaks of, and from when on calls are there.

    `coverage` is None where no metrics came, filters ask for what these do not know, or calls were left out.
    `source` names what the calls were read from.
    """

    hygiene: Hygiene
    fixes: list[Fix]
    keys: dict[int, KeyFacts]
    reach: Reach
    coverage: Coverage | None
    source: str


async def read_hygiene(
    parts: Parts, asker: Asker, query: ReadQuery, rows_max: int | None = None
) -> HygieneReport:
    """See `hygiene_of`, for the asker's workspace."""
    return await hygiene_of(parts, asker.workspace.id, query, rows_max)


async def hygiene_of(
    parts: Parts, workspace_id: int, query: ReadQuery, rows_max: int | None = None
) -> HygieneReport:
    """Reads every row of the window once. Raises StorageError when that takes too long.

    With `rows_max` it reads about that many of the newest, and says in `reach` where they begin.
    """
    reach = await _reach(parts, workspace_id, query)
    start = min(max(query.window.start, reach.available_from), query.window.end)
    if rows_max is not None:
        whole = Window(start, query.window.end)
        newest_from = await parts.storage.rows_since(workspace_id, whole, query.filters, rows_max)
        if newest_from > start:
            start, reach = newest_from, replace(reach, newest_from=newest_from)
    window = Window(start, query.window.end)
    wanted = HygieneQuery(workspace_id=workspace_id, window=window, filters=query.filters)
    found = await parts.storage.hygiene_groups(wanted)
    keys = await _keys(parts, workspace_id)
    hygiene = assemble(found.groups, _names(keys), await _posts(parts, workspace_id, query))
    is_whole = reach.newest_from is None
    coverage = await _coverage(parts, workspace_id, query.window, query.filters) if is_whole else None
    return HygieneReport(hygiene, fixes(hygiene, keys), keys, reach, coverage, found.source)


async def newest_hygiene(parts: Parts, asker: Asker, query: ReadQuery) -> HygieneReport:
    """The report over no more than the newest NEWEST_MAX calls of the query, for a page that is not about it.

    One page of the list of requests. Posts and coverage are left out.
    """
    workspace_id = asker.workspace.id
    page = await parts.storage.requests(workspace_id, query.window, query.filters, NEWEST_MAX, None)
    keys = await _keys(parts, workspace_id)
    hygiene = assemble(grouped(each.event for each in page.items), _names(keys), None)
    return HygieneReport(hygiene, fixes(hygiene, keys), keys, Reach(query.window.start), None, OF_ROWS)


async def _keys(parts: Parts, workspace_id: int) -> dict[int, KeyFacts]:
    now = parts.clock.now()
    return {
        key.id: KeyFacts(
            key_id_text(key.id),
            key.name,
            is_live=key_state(key.revoked_at, key.expires_at, now) == "live",
            is_told=key.rules.says_data_mode and key.rules.says_environment,
        )
        for key in await parts.storage.api_keys(workspace_id)
    }


def _names(keys: dict[int, KeyFacts]) -> dict[int, str]:
    return {key_id: facts.name for key_id, facts in keys.items()}


async def _reach(parts: Parts, workspace_id: int, query: ReadQuery) -> Reach:
    """From when on all calls that are asked for are there one by one."""
    question = Question(
        workspace_id=workspace_id,
        window=query.window,
        measures=("requests",),
        timezone=query.timezone,
        filters=query.filters,
        of_rows=True,
    )
    return (await ask_question(parts, question)).reach


async def _posts(parts: Parts, workspace_id: int, query: ReadQuery) -> dict[IntakeKey, int] | None:
    """What was counted on the UTC days that the window touches; None with filters that posts don't know.

    They know their key and nothing else.

    Duplicates are those of the data modes that are asked for; of what was refused nobody knows the mode.
    """
    filters = query.filters
    if not _is_of_keys(filters):
        return None
    await parts.intake_counts.write()  # what this process has counted a moment ago is in it
    first, last = query.window.start // DAY_MS, -(-query.window.end // DAY_MS)
    counts = await parts.storage.intake_counts(workspace_id, first, last)
    return {key: count for key, count in counts.items() if _passes(key, filters)}


async def coverage_of(parts: Parts, asker: Asker, window: Window) -> Coverage | None:
    """See `_coverage`, for all keys of the asker's workspace."""
    return await _coverage(parts, asker.workspace.id, window, Filters())


async def _coverage(parts: Parts, workspace_id: int, window: Window, filters: Filters) -> Coverage | None:
    """Tokens of metrics against those of calls, of any mode, on the UTC days that the window touches."""
    if not _is_of_keys(filters):
        return None
    first, last = window.start // DAY_MS, -(-window.end // DAY_MS)
    cells = await parts.storage.token_metrics(workspace_id, first, last)
    cells = {cell: count for cell, count in cells.items() if _is_asked_for(cell.api_key_id, filters)}
    if not cells:
        return None
    days = {cell.day for cell in cells}
    question = Question(
        workspace_id=workspace_id,
        window=Window(min(days) * DAY_MS, (max(days) + 1) * DAY_MS),
        measures=("input_tokens", "output_tokens"),
        dimensions=("provider", "model"),
        step="day",
        filters=Filters(ALL_DATA_MODES, equals=(("api_key", _texts(cells)),)),
    )
    return compared(cells, (await ask_question(parts, question)).rows)


def _texts(cells: Iterable[TokenCell]) -> tuple[str, ...]:
    return tuple(sorted({str(cell.api_key_id) for cell in cells}))


def _is_of_keys(filters: Filters) -> bool:
    """Whether nothing is asked for but modes and keys."""
    return not (filters.environments != ENVIRONMENTS or filters.has_tags or filters.dimensions - {"api_key"})


def _passes(key: IntakeKey, filters: Filters) -> bool:
    return key.data_mode in ("", *filters.data_modes) and _is_asked_for(key.api_key_id, filters)


def _is_asked_for(api_key_id: int, filters: Filters) -> bool:
    api_key = str(api_key_id)
    return all(api_key in allowed for _, allowed in filters.equals) and not any(
        api_key in refused for _, refused in filters.excludes
    )
