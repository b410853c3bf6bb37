"""Finding by what people type: names of calls, budgets, API keys, and single requests. No row is scanned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.rules.ids import budget_id_text, key_id_text, request_id_number, request_id_text

HitKind = Literal[
    "endpoint_tag",
    "model",
    "prompt_version",
    "user_id",
    "tenant_id",
    "feature_tag",
    "provider",
    "budget",
    "api_key",
    "request",
]
NAMED: Final[tuple[HitKind, ...]] = get_args(HitKind)[:7]
"""Kinds that are names of calls: dimensions."""
TEXT_MAX: Final = 200
_EACH_MAX: Final = 6


@dataclass(frozen=True)
class Hit:
    """Something that was found. `text` is its name, `wire` its id, or the name again where that is one."""

    kind: HitKind
    text: str
    wire: str


async def search(parts: Parts, asker: Asker, text: str) -> list[Hit]:
    """What the text is a part of, or the id of: a request first, then names by kind, six of each at most."""
    wanted = text.strip()[:TEXT_MAX]
    if not wanted:
        return []
    hits = await _request(parts, asker.workspace.id, wanted)
    for kind in NAMED:
        names = await parts.storage.names_with(asker.workspace.id, kind, wanted, _EACH_MAX)
        hits += [Hit(kind, name, name) for name in names]
    low = wanted.lower()
    budgets = await parts.storage.budgets(asker.workspace.id)
    keys = await parts.storage.api_keys(asker.workspace.id)
    for named in (
        [Hit("budget", each.name, budget_id_text(each.id)) for each in budgets],
        [Hit("api_key", each.name, key_id_text(each.id)) for each in keys],
    ):
        hits += [hit for hit in named if low in hit.text.lower() or low == hit.wire][:_EACH_MAX]
    return hits


async def _request(parts: Parts, workspace_id: int, wanted: str) -> list[Hit]:
    """The request with this id, ours or its sender's."""
    number = request_id_number(wanted)
    if number is None:
        number = await parts.storage.request_number(workspace_id, wanted)
    stored = None if number is None else await parts.storage.request(workspace_id, number)
    if stored is None:
        return []
    return [Hit("request", stored.event.external_request_id, request_id_text(stored.request_id))]
