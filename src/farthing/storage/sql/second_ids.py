"""Calls that come under two ids: their sender's and the one that the provider gave the answer.

The provider's is kept like an id that is spent, with the call's number, for as long as others who saw the
call may tell of it. Whoever comes first is stored; under either id the others are duplicates of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from farthing.rules.events import SECOND_ID_MS, UsageEvent, second_id
from farthing.storage.contract import SpentId

Identity = tuple[int, str]
"""(workspace id, id)."""


def of(events: Mapping[Identity, UsageEvent]) -> dict[Identity, Identity]:
    """The second ids of those that have one."""
    return {
        identity: (identity[0], second)
        for identity, event in events.items()
        if (second := second_id(event)) is not None
    }


def first_of_each(
    fresh: Collection[Identity], seconds: Mapping[Identity, Identity], known: Collection[Identity]
) -> dict[Identity, Identity]:
    """Those of one transaction that tell of a call before them, by the first that tells of it.

    `known` are those that tell of a call that is stored.
    """
    same: dict[Identity, Identity] = {}
    claimed: dict[Identity, Identity] = {}
    for identity in fresh:
        ids = [identity, seconds[identity]] if identity in seconds else [identity]
        first = next((claimed[each] for each in ids if each in claimed), None)
        if identity in known:
            continue
        if first is not None:
            same[identity] = first
        else:
            claimed.update(dict.fromkeys(ids, identity))
    return same


def spent_by(
    stored: Mapping[Identity, tuple[UsageEvent, int]], seconds: Mapping[Identity, Identity]
) -> dict[int, list[SpentId]]:
    """What is kept of the second ids of calls that were stored, with their numbers, by workspace."""
    kept: dict[int, list[SpentId]] = defaultdict(list)
    for identity, (event, request_id) in stored.items():
        if identity in seconds:
            workspace_id, second = seconds[identity]
            kept[workspace_id].append(SpentId(second, request_id, event.received_at + SECOND_ID_MS))
    return kept


def by_workspace(seconds: Mapping[Identity, Identity]) -> dict[int, list[tuple[str, str]]]:
    """(id, second id) of each by their workspace."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for (workspace_id, own), (_, second) in seconds.items():
        found[workspace_id].append((own, second))
    return found
