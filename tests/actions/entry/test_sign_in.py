"""Signing in, staying signed in, signing out."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

import jwt
import pytest

from farthing.actions.asker import Origin
from farthing.actions.entry.credentials import digest
from farthing.actions.entry.sign_in import (
    bearer_of,
    check_password,
    open_token_session,
    open_web_session,
    refresh,
    session_of,
    sign_in_token,
    sign_in_web,
    sign_out,
)
from farthing.actions.errors import NoPlaceError, SignInRefusedError, TooManyAttemptsError
from farthing.rules.periods import DAY_MS
from tests.installations import EMAIL, PASSWORD, Installed
from tests.storages import Changed

HERE = Origin("api", "127.0.0.1")


async def test_an_access_token_speaks_for_the_person_for_a_quarter_hour(installation: Installed) -> None:
    parts, clock = installation.parts, installation.clock
    pair = await sign_in_token(parts, f" {EMAIL.upper()} ", PASSWORD, HERE)
    assert pair.expires_in_s == 900
    asker = await bearer_of(parts, pair.access_token, HERE)
    assert (asker.membership, asker.permissions) == (installation.membership, installation.asker.permissions)
    assert asker.session_id is not None
    clock.forward(900_000 - 1)
    await bearer_of(parts, pair.access_token, HERE)
    clock.forward(1)
    with pytest.raises(SignInRefusedError, match="expired"):
        await bearer_of(parts, pair.access_token, HERE)


async def test_the_token_says_who_and_where_and_nothing_secret(installation: Installed) -> None:
    pair = await sign_in_token(installation.parts, EMAIL, PASSWORD, HERE)
    assert set(jwt.get_unverified_header(pair.access_token)) == {"alg", "typ", "kid"}
    claims = jwt.decode(pair.access_token, options={"verify_signature": False})
    now_s = installation.clock.now() // 1_000
    assert len(claims.pop("sid")) == 64
    assert claims == {
        "iss": "farthing",
        "aud": "farthing/v1",
        "sub": installation.membership.user.public_id,
        "workspace": installation.membership.workspace.public_id,
        "role": "owner",
        "iat": now_s,
        "exp": now_s + 900,
    }


async def test_a_token_is_refused_once_the_person_has_left_the_workspace(installation: Installed) -> None:
    parts = installation.parts
    pair = await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    place = installation.membership
    await Changed(parts.storage).remove_member(place.workspace.id, place.user.id)
    with pytest.raises(SignInRefusedError, match="the session has ended"):
        await bearer_of(parts, pair.access_token, HERE)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "wrong password"),
        ("nobody@example.com", PASSWORD),
        (EMAIL, ""),
        ("", ""),
        ("a\0b@example.com", PASSWORD),
        (EMAIL, "x" * 5_000),
    ],
)
async def test_a_refusal_never_says_which_part_was_wrong(
    installation: Installed, email: str, password: str
) -> None:
    with pytest.raises(SignInRefusedError) as refused:
        await sign_in_token(installation.parts, email, password, HERE)
    assert str(refused.value) == "e-mail address or password is wrong"


async def test_an_unknown_person_costs_as_much_work_as_a_known_one(installation: Installed) -> None:
    """Time can't be compared in a test; that a hash is worked through for both can."""
    parts = installation.parts
    checked: list[str] = []
    real = parts.passwords._verify

    def verify(password_hash: str, password: str) -> bool:
        checked.append(password_hash)
        return real(password_hash, password)

    with patch.object(parts.passwords, "_verify", verify):
        for email in (EMAIL, "nobody@example.com"):
            with pytest.raises(SignInRefusedError):
                await sign_in_token(parts, email, "wrong password", HERE)
    known, unknown = (text.rpartition("$")[0].rpartition("$")[0] for text in checked)
    assert known == unknown  # the same algorithm at the same cost


async def test_five_failures_close_the_door_even_to_the_right_password(installation: Installed) -> None:
    parts = installation.parts
    tries = [sign_in_token(parts, EMAIL, "wrong password", HERE) for _ in range(12)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(each) for each in results] == [SignInRefusedError] * 5 + [TooManyAttemptsError] * 7
    with pytest.raises(TooManyAttemptsError):
        await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    with pytest.raises(TooManyAttemptsError):
        await sign_in_web(parts, EMAIL, PASSWORD, HERE)
    await sign_in_token(parts, EMAIL, PASSWORD, Origin("api", "10.0.0.9"))


async def test_a_session_that_nobody_uses_ends_after_thirty_days(installation: Installed) -> None:
    parts, clock = installation.parts, installation.clock
    pair = await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    web = await sign_in_web(parts, EMAIL, PASSWORD, HERE)
    assert web.expires_at == clock.now() + 90 * DAY_MS
    clock.forward(30 * DAY_MS)
    assert await session_of(parts, web.cookie, HERE) is None
    with pytest.raises(SignInRefusedError):
        await refresh(parts, pair.refresh_token, HERE)


async def test_a_session_that_is_used_ends_after_ninety_days(installation: Installed) -> None:
    parts, clock = installation.parts, installation.clock
    pair = await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    web = await sign_in_web(parts, EMAIL, PASSWORD, HERE)
    for _ in range(3):
        clock.forward(30 * DAY_MS - 1)
        asker = await session_of(parts, web.cookie, HERE)
        assert asker is not None
        assert asker.membership == installation.membership
        pair = await refresh(parts, pair.refresh_token, HERE)
    clock.forward(3)
    assert await session_of(parts, web.cookie, HERE) is None
    with pytest.raises(SignInRefusedError):
        await refresh(parts, pair.refresh_token, HERE)


async def test_that_a_session_is_used_is_kept_once_a_minute(installation: Installed) -> None:
    parts, clock = installation.parts, installation.clock
    began = clock.now()
    web = await sign_in_web(parts, EMAIL, PASSWORD, HERE)
    for passed_ms, seen_at in ((59_999, 0), (1, 60_000), (59_999, 60_000), (1, 120_000)):
        clock.forward(passed_ms)
        await session_of(parts, web.cookie, HERE)
        (session,) = await parts.storage.sessions(installation.membership.user.id)
        assert session.last_seen_at == began + seen_at


async def test_a_cookie_is_no_refresh_token_and_the_reverse(installation: Installed) -> None:
    parts = installation.parts
    web = await sign_in_web(parts, EMAIL, PASSWORD, HERE)
    pair = await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    assert await session_of(parts, pair.refresh_token, HERE) is None
    with pytest.raises(SignInRefusedError):
        await refresh(parts, web.cookie, HERE)
    assert await session_of(parts, web.cookie, HERE) is not None


async def test_signing_out_ends_that_session_alone(installation: Installed) -> None:
    parts = installation.parts
    here = await sign_in_web(parts, EMAIL, PASSWORD, HERE)
    there = await sign_in_web(parts, EMAIL, PASSWORD, HERE)
    await sign_out(parts, here.cookie, HERE)
    await sign_out(parts, here.cookie, HERE)
    assert await session_of(parts, here.cookie, HERE) is None
    assert await session_of(parts, there.cookie, HERE) is not None


async def test_only_hashes_are_kept(installation: Installed) -> None:
    parts = installation.parts
    web = await sign_in_web(parts, EMAIL, PASSWORD, HERE)
    found = await parts.storage.session_by_hash(digest(web.cookie))
    assert found is not None
    assert web.cookie not in repr(found)
    assert PASSWORD not in repr(found)
    assert found[1].user.password_hash.startswith("$argon2id$")


async def test_a_sign_in_under_way_does_not_outlive_a_new_password(installation: Installed) -> None:
    parts = installation.parts
    membership = await check_password(parts, EMAIL, PASSWORD, HERE)
    fresh = await parts.passwords.hash("another long password")
    await parts.change(lambda changes: changes.set_password(membership.user.id, fresh))
    with pytest.raises(SignInRefusedError):
        await open_web_session(parts, membership, HERE)
    with pytest.raises(SignInRefusedError):
        await open_token_session(parts, membership, HERE)


async def test_whoever_belongs_nowhere_any_more_is_told_so_if_the_password_is_right(
    installation: Installed,
) -> None:
    parts, membership = installation.parts, installation.membership
    await parts.change(lambda changes: changes.remove_member(membership.workspace.id, membership.user.id))
    with pytest.raises(NoPlaceError):
        await sign_in_web(parts, EMAIL, PASSWORD, HERE)
    with pytest.raises(SignInRefusedError) as refused:
        await sign_in_web(parts, EMAIL, "wrong password", HERE)
    assert not isinstance(refused.value, NoPlaceError)
