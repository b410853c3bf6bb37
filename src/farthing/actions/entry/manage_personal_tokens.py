"""Personal access tokens: a person makes, lists and revokes their own; whoever manages members revokes any.

A token is of one workspace. It does what its scopes name, as long as the person's role there has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.entry.credentials import new_personal_token
from farthing.actions.errors import ConflictError, InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.people.names import name_problem
from farthing.rules.ids import token_id_text
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS
from farthing.rules.problems import FieldProblem
from farthing.rules.roles import PERMISSIONS
from farthing.storage.contract import PersonalToken, User

DAYS_DEFAULT: Final = 90
DAYS_MAX: Final = 365
LIVE_MAX: Final = 50
"""Live tokens of one person in one workspace."""
_SHOWN: Final = 40


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a token is to be: `scopes` are names of permissions, `days` how long it is good for."""

    name: str
    scopes: Sequence[str]
    days: int = DAYS_DEFAULT


@dataclass(frozen=True)
class NewToken:
    """A token that was just made. `text` is what nobody can be shown again."""

    token: PersonalToken
    text: str


async def create_personal_token(parts: Parts, asker: Asker, wanted: Wanted) -> NewToken:
    """A token of the asker's in the workspace. Raises InvalidInputError and ConflictError."""
    _check(asker, wanted)
    secret = new_personal_token()
    now = parts.clock.now()
    new = PersonalToken(
        id=0,
        user_id=asker.user.id,
        workspace_id=asker.workspace.id,
        name=wanted.name.strip(),
        prefix=secret.prefix,
        token_hash=secret.digest,
        scopes=tuple(sorted(set(wanted.scopes))),
        created_at=now,
        expires_at=now + wanted.days * DAY_MS,
    )
    live = [each for each in await list_own_tokens(parts, asker) if is_live(each, now)]
    if len(live) >= LIVE_MAX:
        raise ConflictError(f"you have {len(live)} personal access tokens here; revoke one of them first")

    async def work(audited: Audited) -> PersonalToken:
        kept = await audited.changes.add_personal_token(new)
        told = {"name": kept.name, "prefix": kept.prefix, "scopes": list(kept.scopes)}
        told["expiresAt"] = instant(kept.expires_at)
        await audited.enter("token.created", token_id_text(kept.id), after=told)
        return kept

    return NewToken(await change(parts, asker, work), secret.text)


async def list_own_tokens(parts: Parts, asker: Asker) -> list[PersonalToken]:
    """The asker's in the workspace, newest first; revoked and expired ones too."""
    return [token for token, _ in await parts.storage.personal_tokens(asker.workspace.id, asker.user.id)]


async def list_all_tokens(parts: Parts, asker: Asker) -> list[tuple[PersonalToken, User]]:
    """Everybody's in the workspace, newest first. Raises ForbiddenRoleError."""
    asker.need("manage_members")
    return await parts.storage.personal_tokens(asker.workspace.id)


async def revoke_own_token(parts: Parts, asker: Asker, token_id: int | None) -> None:
    """Refuse a token of the asker's from now on. Raises NotFoundError."""
    await _revoke(parts, asker, token_id, await list_own_tokens(parts, asker))


async def revoke_any_token(parts: Parts, asker: Asker, token_id: int | None) -> None:
    """Refuse a token of the workspace from now on. Raises NotFoundError and ForbiddenRoleError."""
    tokens = [token for token, _ in await list_all_tokens(parts, asker)]
    await _revoke(parts, asker, token_id, tokens)


def is_live(token: PersonalToken, now: int) -> bool:
    """Whether it opens anything."""
    return token.revoked_at is None and now < token.expires_at


async def _revoke(parts: Parts, asker: Asker, token_id: int | None, among: list[PersonalToken]) -> None:
    # Looked for first: a database's numbers are smaller than what an id on the wire can hold.
    found = next((each for each in among if each.id == token_id), None)

    async def work(audited: Audited) -> bool:
        at = parts.clock.now()
        is_revoked = found is not None and await audited.changes.revoke_personal_token(
            asker.workspace.id, found.id, at
        )
        if found is not None and is_revoked:
            await audited.enter("token.revoked", token_id_text(found.id), before={"name": found.name})
        return is_revoked

    if found is None or not await change(parts, asker, work):
        raise NotFoundError("there is no such live personal access token")


def _check(asker: Asker, wanted: Wanted) -> None:
    """Raises InvalidInputError with everything that is wrong with what is wanted."""
    named = name_problem(wanted.name)
    problems = [] if named is None else [FieldProblem("name", named)]
    if not wanted.scopes:
        problems.append(FieldProblem("scopes", f"names none of {', '.join(PERMISSIONS)}"))
    for index, scope in enumerate(wanted.scopes):
        if scope not in PERMISSIONS:
            message = f"{scope[:_SHOWN]!r} is none of {', '.join(PERMISSIONS)}"
            problems.append(FieldProblem(f"scopes[{index}]", message))
        elif scope not in asker.permissions:
            message = f"{scope} is more than your role has, which is {asker.role}"
            problems.append(FieldProblem(f"scopes[{index}]", message))
    if not 1 <= wanted.days <= DAYS_MAX:
        problems.append(FieldProblem("expiresInDays", f"must be from 1 to {DAYS_MAX}, not {wanted.days}"))
    if problems:
        raise InvalidInputError(problems)
