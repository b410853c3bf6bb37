"""The form with a key's settings: what it says of a key, and what was filled in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.keys.key_settings import (
    UNSET,
    KeySettings,
    Unset,
    attributes_of_lines,
    otel_attributes,
)
from farthing.actions.keys.list_api_keys import ListedKey
from farthing.rules.api_key import NO_RULES
from farthing.rules.events import ENVIRONMENTS
from farthing.web.moments import local

_FIELDS: Final = {
    "defaultDataMode": "data_mode",
    "defaultEnvironment": "environment",
    "ownerId": "owner",
    "allowedEnvironments": "allowed",
    "otelAttributes": "attributes",
    "expiresAt": "expires",
}


@dataclass(frozen=True)
class KeyForm:
    """The form's fields as texts. `owner` is a member's id, empty for somebody who has left.

    `attributes` has a line for each field that has an attribute of its own, such as `userId = app.customer`.
    `expires` is a time on the wall clock of the workspace's zone, empty for never.
    """

    name: str = ""
    owner: str = ""
    note: str = ""
    data_mode: str = NO_RULES.data_mode
    environment: str = NO_RULES.environment
    allowed: tuple[str, ...] = ENVIRONMENTS
    attributes: str = ""
    expires: str = ""

    def settings(self, zone: ZoneInfo, before: KeyForm | None = None) -> KeySettings:
        """What was filled in. An end that is shown as before is not touched: minutes cut it short."""
        is_same_end = before is not None and before.expires == self.expires
        return KeySettings(
            name=self.name,
            owner_id=self.owner or UNSET,
            note=self.note,
            default_data_mode=self.data_mode,
            default_environment=self.environment,
            allowed_environments=None if self.allowed == ENVIRONMENTS else list(self.allowed),
            otel_attributes=attributes_of_lines(self.attributes.splitlines()),
            expires_at=UNSET if is_same_end else _end(self.expires, zone),
        )


def fresh_form(asker: Asker, name: str = "") -> KeyForm:
    """The form for a new key."""
    return KeyForm(name=name, owner=asker.user.public_id)


def form_of(listed: ListedKey, zone: ZoneInfo) -> KeyForm:
    """The form of a key that there is."""
    key = listed.key
    return KeyForm(
        name=key.name,
        owner="" if listed.owner is None else listed.owner.public_id,
        note=key.note,
        data_mode=key.rules.data_mode,
        environment=key.rules.environment,
        allowed=key.rules.environments,
        attributes="\n".join(f"{name} = {said}" for name, said in (otel_attributes(key.rules) or {}).items()),
        expires="" if key.expires_at is None else f"{local(key.expires_at, zone):%Y-%m-%dT%H:%M}",
    )


def filled_form(texts: dict[str, str]) -> KeyForm:
    """The form that was sent."""
    return KeyForm(
        name=texts.get("name", ""),
        owner=texts.get("owner", ""),
        note=texts.get("note", ""),
        data_mode=texts.get("data_mode", ""),
        environment=texts.get("environment", ""),
        allowed=tuple(each for each in ENVIRONMENTS if f"allow_{each}" in texts),
        attributes=texts.get("attributes", ""),
        expires=texts.get("expires", "").strip(),
    )


def problems_of(error: InvalidInputError) -> dict[str, str]:
    """What is wrong, by the names of the form's fields."""
    return {_FIELDS.get(each.field, each.field): each.message for each in error.problems}


def _end(text: str, zone: ZoneInfo) -> str | Unset | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()
    except ValueError:
        return text
