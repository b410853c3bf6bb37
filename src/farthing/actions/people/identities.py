"""The person an OpenID provider speaks of: found, linked or made, with the role that their groups give.

One change, so that nobody is half there. Links are made by issuer and subject; see docs/decisions for why an
address alone opens no account unless the settings say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from farthing.actions.asker import Origin
from farthing.actions.entry.credentials import new_token
from farthing.actions.errors import OidcRefusedError
from farthing.actions.parts import Parts
from farthing.actions.people.audit_person import PersonActing
from farthing.actions.people.names import email_problem
from farthing.actions.plans.manage_plans import list_workspaces
from farthing.rules.oidc import Identity, Policy, newcomer_refusal, refusal, role_of, role_to_set
from farthing.rules.roles import Role
from farthing.settings import Settings
from farthing.storage.contract import Changes, Membership, User, Workspace

_TAKEN: Final = (
    "there is an account with your e-mail address already, which has a password; sign in with that, "
    "and connect the two in your account"
)
_OTHER: Final = "the provider knows you by another e-mail address than the one you are signed in with"
_NO_PLACE: Final = "you have no place in any workspace here"


def policy_of(settings: Settings) -> Policy:
    """Who may come in by the provider of the settings."""
    domains = (each.strip().lower().lstrip("@") for each in settings.oidc_domains.split(","))
    return Policy(
        roles=settings.oidc_roles,
        default=settings.oidc_role,
        domains=frozenset(each for each in domains if each),
        has_workspace=settings.oidc_workspace is not None,
    )


async def person_of(parts: Parts, identity: Identity, origin: Origin, viewer: User | None) -> Membership:
    """Where the person whom the provider speaks of belongs. Raises OidcRefusedError.

    `viewer` is who is signed in at the browser already, by which an account of the same address is linked.
    """
    policy = policy_of(parts.settings)
    _refuse(refusal(policy, identity))
    known = await parts.storage.person_of_identity(identity.issuer, identity.subject)
    # Nobody has this password, and giving a wrong one takes as long as everywhere else.
    fresh_hash = "" if known is not None else await parts.passwords.hash(new_token())
    arrival = _Arrival(
        identity=identity,
        policy=policy,
        origin=origin,
        at=parts.clock.now(),
        workspace=await _workspace(parts),
        fresh_hash=fresh_hash,
        viewer_id=None if viewer is None else viewer.id,
        links_by_email=parts.settings.oidc_link_by_email,
    )
    return await parts.change(arrival.work)


@dataclass(frozen=True, kw_only=True)
class _Arrival:
    """One sign-in at a time (UTC milliseconds). `workspace` is the one that newcomers join."""

    identity: Identity
    policy: Policy
    origin: Origin
    at: int
    workspace: Workspace | None
    fresh_hash: str
    viewer_id: int | None
    links_by_email: bool

    async def work(self, changes: Changes) -> Membership:
        user = await changes.person_of_identity(self.identity.issuer, self.identity.subject)
        if user is None:
            user = await self._newly_known(changes)
        elif self.workspace is not None:
            await self._give_role(changes, user, self.workspace)
        places = await changes.places(user.id)
        here = [each for each in places if self.workspace and each.workspace.id == self.workspace.id]
        if not places:
            raise OidcRefusedError(_NO_PLACE)
        return (here or places)[0]

    async def _newly_known(self, changes: Changes) -> User:
        """Link an account that has the address, or make one."""
        email = self.identity.email
        user = None if email is None else await changes.person_by_email(email)
        if self.viewer_id is not None and (user is None or user.id != self.viewer_id):
            raise OidcRefusedError(_OTHER)
        if user is not None and self.viewer_id is None and not self.links_by_email:
            raise OidcRefusedError(_TAKEN)
        if user is None:
            user = await self._newcomer(changes)
        elif self.workspace is not None:
            await self._give_role(changes, user, self.workspace)
        await changes.add_identity(self.identity.issuer, self.identity.subject, user.id, self.at)
        # In the log of each workspace that the person can now be in by it.
        for place in await changes.places(user.id):
            acting = self._acting(changes, user)
            described = {"issuer": self.identity.issuer}
            await acting.enter(place.workspace.id, "identity.linked", user.public_id, after=described)
        return user

    async def _newcomer(self, changes: Changes) -> User:
        _refuse(newcomer_refusal(self.policy, self.identity))
        email, role = self.identity.email, role_of(self.policy, self.identity)
        if email is None or role is None or self.workspace is None or email_problem(email):
            raise OidcRefusedError("the provider gives no address that an account can be made for")
        user = await changes.create_user(email, self.fresh_hash, self.at)
        await self._add(changes, user, self.workspace, role)
        return user

    async def _give_role(self, changes: Changes, user: User, workspace: Workspace) -> None:
        """What the person's groups make of them; the last owner stays one."""
        place = await changes.member(workspace.id, user.id)
        present = None if place is None else cast("Role", place.role)
        wanted = role_to_set(self.policy, self.identity, present)
        if wanted is None:
            return
        if present is None:
            await self._add(changes, user, workspace, wanted)
            return
        if present == "owner" and await changes.owner_count(workspace.id) == 1:
            return
        await changes.set_role(workspace.id, user.id, wanted)
        described = {"role": present}, {"role": wanted}
        acting = self._acting(changes, user)
        await acting.enter(workspace.id, "member.role_changed", user.public_id, *described)

    async def _add(self, changes: Changes, user: User, workspace: Workspace, role: Role) -> None:
        await changes.add_member(workspace.id, user.id, role, self.at)
        acting = self._acting(changes, user)
        await acting.enter(workspace.id, "member.added", user.public_id, after={"role": role})

    def _acting(self, changes: Changes, user: User) -> PersonActing:
        return PersonActing(changes, user.public_id, self.origin, self.at)


async def _workspace(parts: Parts) -> Workspace | None:
    """The workspace of the settings. Raises OidcRefusedError when it is not there, or not just one is."""
    wanted = parts.settings.oidc_workspace
    if wanted is None:
        return None
    gone = {each.id for each, _ in await parts.storage.deleted_workspaces()}
    there = [each.workspace for each in await list_workspaces(parts) if each.workspace.id not in gone]
    found = [each for each in there if wanted == each.public_id]
    found = found or [each for each in there if wanted == each.name]
    if len(found) != 1:
        raise OidcRefusedError("the workspace of oidc_workspace is not there, or there are several")
    return found[0]


def _refuse(problem: str | None) -> None:
    if problem is not None:
        raise OidcRefusedError(problem)
