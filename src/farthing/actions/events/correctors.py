"""Who corrected a call, by name: histories keep ids, which outlast people and keys."""

from __future__ import annotations

from collections.abc import Iterable

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.rules.correction import Correction
from farthing.rules.ids import is_public_id, key_id_text


async def correctors(parts: Parts, asker: Asker, corrections: Iterable[Correction]) -> dict[str, str]:
    """E-mail addresses of people and names of keys by their ids; who is gone is not in it."""
    ids = {each.by for each in corrections}
    people = {each for each in ids if is_public_id(each)}
    names = (
        {person.public_id: person.email for person in await parts.storage.people(people)} if people else {}
    )
    if ids - people:
        keys = await parts.storage.api_keys(asker.workspace.id)
        names |= {key_id_text(key.id): key.name for key in keys if key_id_text(key.id) in ids}
    return names
