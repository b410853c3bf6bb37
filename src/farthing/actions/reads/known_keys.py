"""That the API keys of a filter are keys of the workspace: a mistyped one would look like no spend."""

from __future__ import annotations

from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.reports.written_filters import NO_KEY
from farthing.rules.filters import Filters
from farthing.rules.ids import key_id_text
from farthing.rules.problems import FieldProblem

_TOLD_MAX: Final = 20


async def check_keys(parts: Parts, asker: Asker, filters: Filters) -> None:
    """Raises InvalidInputError that names the keys there are, revoked and expired ones too."""
    sides = (*filters.equals, *filters.excludes)
    asked = {key for name, keys in sides if name == "api_key" for key in keys} - {NO_KEY}
    if not asked:
        return
    there = [key.id for key in await parts.storage.api_keys(asker.workspace.id)]
    missing = sorted({int(key) for key in asked} - set(there))
    if missing:
        raise InvalidInputError([FieldProblem("apiKey", _told(missing, there))])


def _told(missing: list[int], there: list[int]) -> str:
    known = ", ".join(key_id_text(key) for key in there[:_TOLD_MAX]) or "none"
    more = ", …" if len(there) > _TOLD_MAX else ""
    names = ", ".join(key_id_text(key) for key in missing)
    return f"{names} is no API key of this workspace; it has {known}{more}"
