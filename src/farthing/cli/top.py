"""`farthing top`: who or what spends most, once or again and again, as top(1) does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec
from cyclopts import Parameter
from rich.console import Group
from rich.live import Live
from rich.text import Text

from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_report import dimension_word
from farthing.actions.reads.asked_query import asked_query
from farthing.actions.reads.rankings import BY_DEFAULT, Ranking, ask_ranking
from farthing.actions.reads.read_query import Accepted, ReadQuery
from farthing.api.envelope import envelope_of
from farthing.cli.amounts import AT_LEAST, dollars, share_text
from farthing.cli.filter_options import ALL_CALLS, Calls
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.ranking_told import More, ranked_items, ranking_table
from farthing.cli.tables import AsJson, plain_console, tell
from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.instants import local_text
from farthing.rules.problems import FieldProblem
from farthing.web.figures import count

_ACCEPTED: Final = Accepted(parameters=("by", "limit"), limit_max=1_000)
_MORE: Final[More] = {"error_rate": share_text}
_EVERY_MIN: Final = 0.2


@dataclass(frozen=True)
class _Seen:
    """A look at it."""

    query: ReadQuery
    ranking: Ranking


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Looks:
    """How often to look, and at how much.

    Parameters
    ----------
    limit
        How many names, at most 1000.
    watch
        Look again and again, until Ctrl-C.
    every
        With --watch: after so many seconds, 0.2 at least.
    """

    limit: int = 20
    watch: Annotated[bool, Parameter(negative=())] = False
    every: float = 2.0


ONCE: Final = Looks()


def top(
    by: str = BY_DEFAULT,
    *,
    whom: Whom,
    calls: Calls = ALL_CALLS,
    looks: Looks = ONCE,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Rank what spent most, with its share and how it moved since the time before.

    Parameters
    ----------
    by
        A dimension, such as model, endpointTag, userId or apiKey.
    as_json
        Print one object, with the fields of the API's rankings; with --watch one a line for each look.
    """
    if not looks.every >= _EVERY_MIN:
        told = f"must be {_EVERY_MIN} at least, not {looks.every:g}"
        raise InvalidInputError([FieldProblem("--every", told)])
    pairs = [*calls.pairs(), ("by", dimension_word(by)), ("limit", str(looks.limit))]

    async def look(parts: Parts) -> _Seen:
        asker = await whom.asker(parts)
        query = await asked_query(parts, asker, pairs, _ACCEPTED)
        return _Seen(query, await ask_ranking(parts, asker, query, tuple(_MORE)))

    show: Callable[[_Seen], None] = _print if as_json else _tell
    if not looks.watch:
        show(work_with(place, look))
        return
    with suppress(KeyboardInterrupt), ExitStack() as stack:  # the way to end it
        if not as_json and plain_console().is_terminal:
            show = _redrawing(stack)
        work_with(place, lambda parts: _again(lambda: look(parts), show, looks.every))


def _print(seen: _Seen) -> None:
    print(msgspec.json.encode(_told(seen)).decode(), flush=True)


def _redrawing(stack: ExitStack) -> Callable[[_Seen], None]:
    """Shows each look in place of the one before, on a screen of its own that is gone afterwards."""
    live = stack.enter_context(Live(console=plain_console(), screen=True, auto_refresh=False))
    return lambda seen: live.update(_screen(seen), refresh=True)


def _tell(seen: _Seen) -> None:
    tell(_screen(seen))


async def _again(look: Callable[[], Awaitable[_Seen]], show: Callable[[_Seen], None], every: float) -> None:
    while True:
        show(await look())
        await asyncio.sleep(every)


def _told(seen: _Seen) -> Any:
    answer = seen.ranking.now
    by = DIMENSIONS[seen.ranking.dimension].wire
    return envelope_of(
        seen.query, answer, items=ranked_items(seen.ranking), by=by, group_count=answer.group_count
    )


def _screen(seen: _Seen) -> Group:
    query, answer = seen.query, seen.ranking.now
    start, end = (local_text(at, ZoneInfo(query.timezone)) for at in (query.window.start, query.window.end))
    bound = AT_LEAST if answer.unpriced_requests else ""
    total = f"{bound}{dollars(answer.total['cost'])} for {count(answer.total['requests'])} calls"
    lines = f"{total}, {start} to {end}, {query.timezone}\n"
    if not answer.rows:
        return Group(Text(lines), Text("No stored call passes that."))
    return Group(Text(lines), ranking_table(seen.ranking, _MORE))
