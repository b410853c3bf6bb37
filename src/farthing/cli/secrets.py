"""`farthing secrets`: what an installation keeps secret, for whoever may touch the database."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from farthing.actions.parts import Parts
from farthing.cli.place import HERE, Place, work_with
from farthing.cli.tables import AsJson, tell_done
from farthing.cli.who import who
from farthing.rules.instants import instant
from farthing.storage.contract import SigningKey


def rotate(
    *, at_once: Annotated[bool, Parameter(negative=())] = False, as_json: AsJson = False, place: Place = HERE
) -> None:
    """Sign access tokens with a new key from now on. Running servers take it over within two seconds.

    Tokens that were signed before stay good until they run out.

    Parameters
    ----------
    at_once
        The old keys are known to others: refuse everything that was signed with them, from now on. Programs
        get new access tokens with their refresh tokens.
    as_json
        Print {"keyId", "createdAt"}.
    """

    async def work(parts: Parts) -> SigningKey:
        return await parts.signing_keys.rotate(who(), at_once=at_once)

    key = work_with(place, work)
    told = {"keyId": key.kid, "createdAt": instant(key.created_at)}
    tell_done(f"access tokens are signed with key {key.kid} now", told, as_json=as_json)
