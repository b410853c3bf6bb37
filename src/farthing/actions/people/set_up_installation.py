"""The first start: a person, their workspace and its first API key, all at once or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from farthing.actions.asker import Origin, person_asking
from farthing.actions.audit import Audited
from farthing.actions.entry.credentials import new_api_key
from farthing.actions.errors import AlreadySetUpError, InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.people.names import email_problem, name_problem
from farthing.actions.people.passwords import password_problem
from farthing.rules.ids import key_id_text
from farthing.rules.problems import FieldProblem
from farthing.rules.zones import is_zone
from farthing.storage.contract import AlreadyExistsError, ApiKey, Changes, Membership, NewInstallation

_FIRST_KEY_NAME: Final = "First key"
_TAKEN: Final = "this installation has been set up already; sign in instead"


@dataclass(frozen=True, kw_only=True)
class SetUp:
    """What a person gives at the first start. `timezone` is an IANA name."""

    email: str
    password: str
    workspace: str
    timezone: str = "UTC"


@dataclass(frozen=True)
class Installation:
    """What was made. `key` is the API key's text, which nobody can be shown again."""

    membership: Membership
    api_key: ApiKey
    key: str


async def set_up_installation(parts: Parts, given: SetUp, origin: Origin) -> Installation:
    """Make the first owner, workspace and key. Raises InvalidInputError and AlreadySetUpError."""
    check_set_up(given)
    if await parts.storage.has_accounts():  # spares the hash; create_installation decides
        raise AlreadySetUpError(_TAKEN)
    secret = new_api_key()
    new = NewInstallation(
        email=given.email.strip().lower(),
        password_hash=await parts.passwords.hash(given.password),
        workspace_name=given.workspace.strip(),
        timezone=given.timezone,
        key_name=_FIRST_KEY_NAME,
        key_prefix=secret.prefix,
        key_hash=secret.digest,
        created_at=parts.clock.now(),
    )

    async def work(changes: Changes) -> tuple[Membership, ApiKey]:
        membership, api_key = await changes.create_installation(new)
        audited = Audited(changes, person_asking(membership, origin), new.created_at)
        told = {"name": new.workspace_name, "timezone": new.timezone}
        await audited.enter("workspace.created", membership.workspace.public_id, after=told)
        key_told = {"name": new.key_name, "prefix": new.key_prefix}
        await audited.enter("api_key.created", key_id_text(api_key.id), after=key_told)
        return membership, api_key

    try:
        membership, api_key = await parts.change(work)
    except AlreadyExistsError as error:
        raise AlreadySetUpError(_TAKEN) from error
    return Installation(membership, api_key, secret.text)


def check_set_up(given: SetUp) -> None:
    """Raises InvalidInputError with everything that is wrong with what was given."""
    found = {
        "email": email_problem(given.email.strip()),
        "password": password_problem(given.password),
        "workspace": name_problem(given.workspace),
        "timezone": None if is_zone(given.timezone) else f"{given.timezone!r} is not an IANA time zone",
    }
    problems = [FieldProblem(field, message) for field, message in found.items() if message is not None]
    if problems:
        raise InvalidInputError(problems)
