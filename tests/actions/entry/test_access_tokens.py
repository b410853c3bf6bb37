"""Access tokens: only what one of our keys has signed, as it was signed, while the key holds."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import jwt
import pytest

from farthing.actions.asker import Origin
from farthing.actions.entry.sign_in import TokenPair, bearer_of, refresh, sign_in_token
from farthing.actions.entry.signing_keys import MEMORY_MS, TAKE_OVER_MS
from farthing.actions.errors import SignInRefusedError
from farthing.actions.parts import Parts
from farthing.rules.audit import INSTALLATION
from farthing.rules.periods import DAY_MS
from farthing.storage.contract import AuditQuery, SigningKey
from tests.installations import EMAIL, PASSWORD, Installed, parts_around, price_book

HERE = Origin("api", "127.0.0.1")
LIFE_MS = 15 * 60_000


@pytest.fixture
async def pair(installation: Installed) -> TokenPair:
    return await sign_in_token(installation.parts, EMAIL, PASSWORD, HERE)


@pytest.fixture
def elsewhere(installation: Installed) -> Parts:
    """Another process over the same storage."""
    return parts_around(installation.parts.storage, price_book(), installation.clock)


async def is_good(parts: Parts, token: str) -> bool:
    try:
        await bearer_of(parts, token, HERE)
    except SignInRefusedError:
        return False
    return True


async def key_of(parts: Parts) -> SigningKey:
    return (await parts.storage.signing_keys())[0]


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def encoded(told: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


async def test_what_another_way_of_signing_made_is_refused(installation: Installed, pair: TokenPair) -> None:
    key = await key_of(installation.parts)
    claims, head = claims_of(pair.access_token), {"kid": key.kid}
    body, signature = encoded(claims), pair.access_token.rpartition(".")[2]
    forgeries = [
        jwt.encode(claims, "", algorithm="none", headers=head),
        f"{encoded({'alg': 'none', **head})}.{body}.",
        f"{encoded({'alg': 'None', **head})}.{body}.{signature}",
        f"{encoded({'alg': 'nOnE', **head})}.{body}.",
        f"{encoded({'alg': 'RS256', **head})}.{body}.{signature}",
        f"{encoded({'alg': 'ES256', **head})}.{body}.{signature}",
        f"{encoded({'alg': '', **head})}.{body}.{signature}",
        f"{encoded({'alg': None, **head})}.{body}.{signature}",
        f"{encoded(head)}.{body}.{signature}",
        jwt.encode(claims, key.secret * 2, algorithm="HS512", headers=head),
        jwt.encode(claims, key.secret * 2, algorithm="HS256", headers=head),
        # What everybody can know, used as if it were the secret.
        jwt.encode(claims, key.kid.encode() * 2, algorithm="HS256", headers=head),
        jwt.encode(claims, key.secret.hex(), algorithm="HS256", headers=head),
        jwt.encode(claims, b"another secret of thirty-two bytes", algorithm="HS256", headers=head),
    ]
    for forgery in forgeries:
        assert not await is_good(installation.parts, forgery), forgery
    assert await is_good(installation.parts, jwt.encode(claims, key.secret, algorithm="HS256", headers=head))


async def test_altered_claims_are_refused(installation: Installed, pair: TokenPair) -> None:
    head, body, signature = pair.access_token.split(".")
    claims = claims_of(pair.access_token)
    flipped = "A" if signature[0] != "A" else "B"
    forgeries = [
        f"{head}.{encoded({**claims, 'role': 'admin'})}.{signature}",
        f"{head}.{encoded({**claims, 'exp': claims['exp'] + 1})}.{signature}",
        f"{head}.{body}.{flipped}{signature[1:]}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{signature}.{signature}",
        "not a token",
        "...",
        "",
    ]
    for forgery in forgeries:
        assert not await is_good(installation.parts, forgery), forgery


@pytest.mark.parametrize(
    "altered",
    [
        {"iss": "mallory"},
        {"aud": "another"},
        {"aud": None},
        {"exp": None},
        {"exp": "2100000000"},
        {"iat": None},
        {"iat": "1"},
        {"sid": "00" * 32},
        {"sid": "0"},
        {"sid": 7},
        {"sub": "somebody else"},
        {"workspace": "another one"},
        {"workspace": 7},
    ],
)
async def test_claims_that_are_not_ours_are_refused_even_under_our_key(
    installation: Installed, pair: TokenPair, altered: dict[str, Any]
) -> None:
    key = await key_of(installation.parts)
    claims = {**claims_of(pair.access_token), **altered}
    forgery = jwt.encode(claims, key.secret, algorithm="HS256", headers={"kid": key.kid})
    assert not await is_good(installation.parts, forgery)


async def test_no_claim_may_be_missing(installation: Installed, pair: TokenPair) -> None:
    key = await key_of(installation.parts)
    claims = claims_of(pair.access_token)
    for gone in claims:
        rest = {name: value for name, value in claims.items() if name != gone}
        forgery = jwt.encode(rest, key.secret, algorithm="HS256", headers={"kid": key.kid})
        assert not await is_good(installation.parts, forgery), gone


@pytest.mark.parametrize("named", [None, "", "0" * 16, 7, ["a"], "../secrets", "x" * 10_000])
async def test_a_token_of_no_key_of_ours_is_refused(
    installation: Installed, pair: TokenPair, named: object
) -> None:
    key = await key_of(installation.parts)
    head, body = {"alg": "HS256", "typ": "JWT", "kid": named}, encoded(claims_of(pair.access_token))
    signed = f"{encoded(head)}.{body}"
    algorithm = jwt.get_algorithm_by_name("HS256")
    made = base64.urlsafe_b64encode(algorithm.sign(signed.encode(), key.secret)).rstrip(b"=").decode()
    assert not await is_good(installation.parts, f"{signed}.{made}")


async def test_a_new_key_signs_and_the_old_one_verifies_as_long_as_its_tokens_last(
    installation: Installed, pair: TokenPair
) -> None:
    parts, clock = installation.parts, installation.clock
    old = await key_of(parts)
    new = await parts.signing_keys.rotate("root")
    after = await refresh(parts, pair.refresh_token, HERE)
    assert (kid(pair.access_token), kid(after.access_token)) == (old.kid, new.kid)
    assert await is_good(parts, pair.access_token)
    assert await is_good(parts, after.access_token)
    clock.forward(LIFE_MS - 1)
    assert await is_good(parts, pair.access_token)
    clock.forward(1)
    assert not await is_good(parts, pair.access_token)


async def test_a_replaced_key_that_somebody_stole_opens_nothing_for_long(
    installation: Installed, pair: TokenPair
) -> None:
    parts, clock = installation.parts, installation.clock
    old, claims = await key_of(parts), claims_of(pair.access_token)
    await parts.signing_keys.rotate("root")

    def forged(signed_at: int) -> str:
        told = claims | {"iat": signed_at // 1_000, "exp": 2**40}
        return jwt.encode(told, old.secret, algorithm="HS256", headers={"kid": old.kid})

    replaced_at = clock.now()
    assert not await is_good(parts, forged(replaced_at + TAKE_OVER_MS + 1_000))
    backdated = forged(replaced_at)
    clock.forward(TAKE_OVER_MS + LIFE_MS - 1)
    assert await is_good(parts, backdated)
    clock.forward(1)
    assert not await is_good(parts, backdated)
    await parts.signing_keys.rotate("root")
    assert old not in await parts.storage.signing_keys()


async def test_with_the_old_keys_known_to_others_all_tokens_end_at_once_and_sessions_go_on(
    installation: Installed, pair: TokenPair, elsewhere: Parts
) -> None:
    assert await is_good(elsewhere, pair.access_token)
    await installation.parts.signing_keys.rotate("root", at_once=True)
    assert not await is_good(installation.parts, pair.access_token)
    installation.clock.forward(MEMORY_MS)
    assert not await is_good(elsewhere, pair.access_token)
    after = await refresh(elsewhere, pair.refresh_token, HERE)
    assert await is_good(elsewhere, after.access_token)


async def test_another_process_takes_a_new_key_over_at_once_to_verify_and_in_two_seconds_to_sign(
    installation: Installed, pair: TokenPair, elsewhere: Parts
) -> None:
    assert await is_good(elsewhere, pair.access_token)
    new = await installation.parts.signing_keys.rotate("root")
    after = await refresh(installation.parts, pair.refresh_token, HERE)
    assert await is_good(elsewhere, after.access_token)
    installation.clock.forward(MEMORY_MS)
    there = await sign_in_token(elsewhere, EMAIL, PASSWORD, HERE)
    assert kid(there.access_token) == new.kid


async def test_a_key_that_has_come_of_age_is_replaced_when_it_would_sign(
    installation: Installed, pair: TokenPair
) -> None:
    parts, clock = installation.parts, installation.clock
    clock.forward(90 * DAY_MS - 1)
    assert kid((await sign_in_token(parts, EMAIL, PASSWORD, HERE)).access_token) == kid(pair.access_token)
    clock.forward(1)
    fresh = await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    assert kid(fresh.access_token) != kid(pair.access_token)
    assert await is_good(parts, fresh.access_token)


async def test_of_processes_that_replace_a_key_at_once_one_does(
    installation: Installed, pair: TokenPair, elsewhere: Parts
) -> None:
    installation.clock.forward(90 * DAY_MS)
    signed = await asyncio.gather(
        *(sign_in_token(parts, EMAIL, PASSWORD, HERE) for parts in (installation.parts, elsewhere) * 2)
    )
    assert len({kid(each.access_token) for each in signed}) == 1
    assert kid(signed[0].access_token) != kid(pair.access_token)
    assert all([await is_good(installation.parts, each.access_token) for each in signed])


async def test_replacing_a_key_is_in_the_log_of_the_installation(
    installation: Installed, pair: TokenPair
) -> None:
    parts = installation.parts
    by_hand = await parts.signing_keys.rotate("root")
    installation.clock.forward(90 * DAY_MS)
    by_age = await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    log = await parts.storage.audit_entries(INSTALLATION, AuditQuery(action="signing_key"), 10)
    assert [(each.actor, each.via, each.target) for each in log] == [
        ("", "job", kid(by_age.access_token)),
        ("root", "command", by_hand.kid),
    ]
    assert kid(pair.access_token) not in {each.target for each in log}
    assert by_hand.secret.hex() not in repr(log)
