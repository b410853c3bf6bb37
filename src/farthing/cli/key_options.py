"""What can be said of an API key on the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final

from cyclopts import Parameter

from farthing.actions.asker import Asker
from farthing.actions.errors import NotFoundError
from farthing.actions.keys.key_settings import OVERLAP_MINUTES, UNSET, KeySettings, Unset, attributes_of_lines
from farthing.actions.parts import Parts
from farthing.rules.events import ENVIRONMENTS

NEVER: Final = "never"
NONE: Final = "none"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class KeyOptions:
    """Settings of a key.

    Parameters
    ----------
    owner
        E-mail of the member who owns the key, and with it the events that come with it.
        A new one is that of --email.
    note
        Whatever is worth knowing about it.
    default_data_mode
        real, test or demo: what calls are that do not say. Those of a new key: real.
    default_environment
        prod, staging or dev: where calls come from that do not say. Those of a new key: prod.
    allow_environment
        An environment that calls may name, others being refused; may be repeated. All three allow all.
    otel_attribute
        FIELD=ATTRIBUTE, such as userId=app.customer: which attribute of OpenTelemetry's spans holds a field
        (endpointTag, promptVersion, featureTag, userId, tenantId, environment); may be repeated, and stands
        for all there were. `none` takes them away.
    expires_at
        When the key stops working, in ISO 8601; or `never`, which a new one does.
    """

    owner: str | None = None
    note: str | None = None
    default_data_mode: str | None = None
    default_environment: str | None = None
    allow_environment: Annotated[list[str], Parameter(negative=())] = field(default_factory=list)
    otel_attribute: Annotated[list[str], Parameter(negative=())] = field(default_factory=list)
    expires_at: str | None = None


NOTHING = KeyOptions()


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Rotation:
    """How a key is replaced.

    Parameters
    ----------
    overlap_minutes
        How long the old key works beside the new one: 0 to 43200, which is 30 days.
    expires_at
        When the new key stops working, in ISO 8601; or `never` [default: as long as the old one lived].
    """

    overlap_minutes: int = OVERLAP_MINUTES
    expires_at: str | None = None


A_DAY = Rotation()


async def settings_of(parts: Parts, asker: Asker, options: KeyOptions, name: str | None) -> KeySettings:
    """The settings that are given. Raises NotFoundError for an owner who is no member."""
    allowed: list[str] | Unset | None = options.allow_environment or UNSET
    if set(options.allow_environment) == set(ENVIRONMENTS):
        allowed = None
    return KeySettings(
        name=_given(name),
        owner_id=UNSET if options.owner is None else await _member_id(parts, asker, options.owner),
        note=_given(options.note),
        default_data_mode=_given(options.default_data_mode),
        default_environment=_given(options.default_environment),
        allowed_environments=allowed,
        otel_attributes=_attributes(options.otel_attribute),
        expires_at=end_of(options.expires_at),
    )


def end_of(text: str | None) -> str | Unset | None:
    """When a key ends, as it is given: nothing, never, or a time."""
    return None if text == NEVER else _given(text)


def _attributes(lines: list[str]) -> dict[str, str] | Unset | None:
    if lines == [NONE]:
        return None
    return attributes_of_lines(lines) if lines else UNSET


def _given(text: str | None) -> str | Unset:
    return UNSET if text is None else text


async def _member_id(parts: Parts, asker: Asker, email: str) -> str:
    for each in await parts.storage.members(asker.workspace.id):
        if each.user.email == email.strip().lower():
            return each.user.public_id
    raise NotFoundError(f"{email} is no member of {asker.workspace.name}")
