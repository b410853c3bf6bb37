"""Signing in, staying signed in, signing out."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

import jwt
import pytest

from farthing.actions.asker import Origin
from farthing.actions.credentials import digest
from farthing.actions.errors import SignInRefusedError, TooManyAttemptsError
from farthing.actions.sign_in import (
    bearer_of,
    refresh,
    session_of,
    sign_in_token,
    sign_in_web,
    sign_out,
)
from farthing.rules.periods import DAY_MS
from tests.installations import EMAIL, PASSWORD, Installed
from tests.storages import Changed

HERE = Origin("api", "127.0.0.1")


async def test_an_access_token_speaks_for_the_person_for_a_quarter_hour(installation: Installed) -> None:
    parts, clock = installation.parts, installation.clock
    pair = await sign_in_token(parts, f" {EMAIL.upper()} ", PASSWORD, HERE)
    assert pair.expires_in_s == 900
    assert await bearer_of(parts, pair.access_token, HERE) == installation.asker
    clock.forward(900_000 - 1)
    await bearer_of(parts, pair.access_token, HERE)
    clock.forward(1)
    with pytest.raises(SignInRefusedError, match="expired"):
        await bearer_of(parts, pair.access_token, HERE)


async def test_the_token_says_who_and_where_and_nothing_secret(installation: Installed) -> None:
    pair = await sign_in_token(installation.parts, EMAIL, PASSWORD, HERE)
    claims = jwt.decode(pair.access_token, options={"verify_signature": False})
    now_s = installation.clock.now() // 1_000
    assert claims == {
        "sub": installation.membership.user.public_id,
        "workspace": installation.membership.workspace.public_id,
        "role": "owner",
        "iat": now_s,
        "exp": now_s + 900,
    }


async def test_foreign_altered_and_unsigned_tokens_are_refused(installation: Installed) -> None:
    parts = installation.parts
    pair = await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    claims = jwt.decode(pair.access_token, options={"verify_signature": False})
    secret = await parts.storage.secret("access_tokens", b"")
    head, body, signature = pair.access_token.split(".")
    flipped = "A" if signature[0] != "A" else "B"
    forgeries = [
        jwt.encode(claims, b"another secret of thirty-two bytes", algorithm="HS256"),
        jwt.encode(claims, None, algorithm="none"),
        jwt.encode(claims, secret * 2, algorithm="HS512"),
        jwt.encode({**claims, "exp": None}, secret, algorithm="HS256"),
        jwt.encode({**claims, "exp": str(claims["exp"])}, secret, algorithm="HS256"),
        jwt.encode({name: claims[name] for name in claims if name != "workspace"}, secret, algorithm="HS256"),
        f"{head}.{body}.{flipped}{signature[1:]}",
        f"{head}.{body}.",
        "not a token",
        "",
    ]
    for forgery in forgeries:
        with pytest.raises(SignInRefusedError):
            await bearer_of(parts, forgery, HERE)


async def test_a_token_is_refused_once_the_person_has_left_the_workspace(installation: Installed) -> None:
    parts = installation.parts
    pair = await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    here = installation.membership
    await Changed(parts.storage).remove_member(here.workspace.id, here.user.id)
    with pytest.raises(SignInRefusedError, match="no longer"):
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


async def test_a_refresh_token_works_once(installation: Installed) -> None:
    parts = installation.parts
    first = await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    second = await refresh(parts, first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert await bearer_of(parts, second.access_token, HERE) == installation.asker
    with pytest.raises(SignInRefusedError):
        await refresh(parts, first.refresh_token)
    await refresh(parts, second.refresh_token)


async def test_of_two_that_refresh_at_once_one_is_refused(installation: Installed) -> None:
    parts = installation.parts
    pair = await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    both = await asyncio.gather(
        refresh(parts, pair.refresh_token), refresh(parts, pair.refresh_token), return_exceptions=True
    )
    assert sorted(isinstance(each, SignInRefusedError) for each in both) == [False, True]


async def test_sessions_end_after_thirty_days(installation: Installed) -> None:
    parts, clock = installation.parts, installation.clock
    pair = await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    web = await sign_in_web(parts, EMAIL, PASSWORD, HERE)
    assert web.expires_at == clock.now() + 30 * DAY_MS
    clock.forward(30 * DAY_MS - 1)
    asker = await session_of(parts, web.cookie, HERE)
    assert asker is not None
    assert asker.membership == installation.membership
    clock.forward(1)
    assert await session_of(parts, web.cookie, HERE) is None
    with pytest.raises(SignInRefusedError):
        await refresh(parts, pair.refresh_token)


async def test_a_cookie_is_no_refresh_token_and_the_reverse(installation: Installed) -> None:
    parts = installation.parts
    web = await sign_in_web(parts, EMAIL, PASSWORD, HERE)
    pair = await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    assert await session_of(parts, pair.refresh_token, HERE) is None
    with pytest.raises(SignInRefusedError):
        await refresh(parts, web.cookie)
    assert await session_of(parts, web.cookie, HERE) is not None


async def test_signing_out_ends_that_session_alone(installation: Installed) -> None:
    parts = installation.parts
    here = await sign_in_web(parts, EMAIL, PASSWORD, HERE)
    there = await sign_in_web(parts, EMAIL, PASSWORD, HERE)
    await sign_out(parts, here.cookie)
    await sign_out(parts, here.cookie)
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
