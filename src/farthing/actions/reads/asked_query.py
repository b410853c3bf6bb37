"""The query of a URL, with what only the workspace can tell of it."""

from __future__ import annotations

from collections.abc import Iterable

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.known_keys import check_keys
from farthing.actions.reads.read_query import Accepted, ReadQuery, read_query


async def asked_query(
    parts: Parts, asker: Asker, pairs: Iterable[tuple[str, str]], accepted: Accepted
) -> ReadQuery:
    """What the parameters ask for, in the workspace's zone unless they name one. Raises InvalidInputError."""
    query = read_query(pairs, accepted, parts.clock.now(), asker.workspace.timezone)
    await check_keys(parts, asker, query.filters)
    return query
