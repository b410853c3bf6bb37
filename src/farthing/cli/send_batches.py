"""The calls of a file in batches: each with an id that it has the next time, too, each answered in turn."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from farthing.api.ingest import BATCH, SINGLE
from farthing.cli.api_line import ApiLine, Said, ServerUnreachableError
from farthing.intake.imports.identity import digest_of, identity_of

_AT_ONCE: Final = 500
"""Calls in a batch: half of what a server takes as it comes."""
_ID: Final = "externalRequestId"
_TIMES: Final = ("occurredAt", "createdAt")


def with_ids(calls: list[Any], *, is_dated: bool) -> list[Any]:
    """Calls without an id get one from what they hold and how many equal ones came before them.

    `is_dated`: only those that say when they were. Others are told apart by when they come.
    """
    seen: Counter[bytes] = Counter()
    found = []
    for each in calls:
        if isinstance(each, dict) and each.get(_ID) is None and (not is_dated or _has_time(each)):
            digest = digest_of("send", each)
            seen[digest] += 1
            found.append(each | {_ID: identity_of(digest, seen[digest])})
        else:
            found.append(each)
    return found


def _has_time(call: dict[str, Any]) -> bool:
    return any(call.get(name) is not None for name in _TIMES)


async def post(line: ApiLine, calls: list[Any], told: Callable[[Said, int], None]) -> bool:
    """Send them; `told` is each answer as it comes, and how many calls came before. Whether all were taken.

    Ends at the first batch that is not taken whole. Raises ServerUnreachableError, with what came before.
    """
    if len(calls) == 1:
        said = await line.post(f"{SINGLE}?receipt=true", calls[0])
        told(said, 0)
        return said.is_good
    is_all, stored_count = True, 0
    for start in range(0, len(calls), _AT_ONCE):
        try:
            said = await line.post(BATCH, calls[start : start + _AT_ONCE])
        except ServerUnreachableError as error:
            raise ServerUnreachableError(f"{error}; {_so_far(stored_count, start, len(calls))}") from error
        told(said, start)
        if not said.is_good:
            print(f"farthing: {_so_far(stored_count, start, len(calls))}", file=sys.stderr)
            return False
        stored_count += said.body["accepted"] + said.body["duplicates"]
        is_all = is_all and not said.body["refused"]
    return is_all


def _so_far(stored_count: int, answered_count: int, count: int) -> str:
    return (
        f"{stored_count:,} calls are stored, of the first {answered_count:,} of {count:,}; "
        "send the same again, and what is there by its id is a duplicate"
    )
