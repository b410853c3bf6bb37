"""Refresh tokens: each works once, honest repetitions are answered, a token used again ends its session."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from farthing.actions.asker import Origin
from farthing.actions.entry.refresh_tokens import GRACE_MS, read_refresh_token
from farthing.actions.entry.sign_in import TokenPair, bearer_of, refresh, sign_in_token, sign_out
from farthing.actions.errors import SignInRefusedError
from farthing.storage.contract import AuditQuery
from tests.installations import EMAIL, PASSWORD, Installed, parts_around, price_book

HERE = Origin("api", "127.0.0.1", "curl/8.19")


@pytest.fixture
async def first(installation: Installed) -> TokenPair:
    return await sign_in_token(installation.parts, EMAIL, PASSWORD, HERE)


async def told(installation: Installed, action: str) -> list[dict[str, object] | None]:
    """What the audit log says of a session's ends or beginnings, newest first."""
    workspace_id = installation.membership.workspace.id
    entries = await installation.parts.storage.audit_entries(workspace_id, AuditQuery(action=action), 100)
    return [each.after for each in entries]


async def is_signed_in(installation: Installed, pair: TokenPair) -> bool:
    try:
        await bearer_of(installation.parts, pair.access_token, HERE)
    except SignInRefusedError:
        return False
    return True


async def test_each_exchange_gives_another_token_and_goes_on(
    installation: Installed, first: TokenPair
) -> None:
    parts, seen, pair = installation.parts, set(), first
    for _ in range(5):
        seen.add(pair.refresh_token)
        installation.clock.forward(GRACE_MS)
        pair = await refresh(parts, pair.refresh_token, HERE)
        assert await is_signed_in(installation, pair)
    assert pair.refresh_token not in seen
    assert len(seen) == 5
    (session,) = await parts.storage.sessions(installation.membership.user.id)
    assert session.last_seen_at == installation.clock.now()


async def test_a_token_that_was_used_before_ends_the_session_for_both(
    installation: Installed, first: TokenPair
) -> None:
    parts = installation.parts
    second = await refresh(parts, first.refresh_token, HERE)
    installation.clock.forward(GRACE_MS)
    with pytest.raises(SignInRefusedError):
        await refresh(parts, first.refresh_token, Origin("api", "198.51.100.7"))
    with pytest.raises(SignInRefusedError):
        await refresh(parts, second.refresh_token, HERE)
    assert not await is_signed_in(installation, first)
    assert not await is_signed_in(installation, second)
    assert await told(installation, "session.ended") == [{"reason": "refresh token used again"}]


async def test_within_the_grace_a_token_before_the_last_ends_the_session_too(
    installation: Installed, first: TokenPair
) -> None:
    second = await refresh(installation.parts, first.refresh_token, HERE)
    third = await refresh(installation.parts, second.refresh_token, HERE)
    with pytest.raises(SignInRefusedError):
        await refresh(installation.parts, first.refresh_token, HERE)
    assert not await is_signed_in(installation, third)


async def test_a_repetition_within_seconds_gets_the_same_token(
    installation: Installed, first: TokenPair
) -> None:
    """The answer was lost; what the client gets when it asks again is as good as the first one."""
    second = await refresh(installation.parts, first.refresh_token, HERE)
    installation.clock.forward(GRACE_MS - 1)
    again = await refresh(installation.parts, first.refresh_token, HERE)
    assert again.refresh_token == second.refresh_token
    assert await is_signed_in(installation, again)
    await refresh(installation.parts, again.refresh_token, HERE)
    assert await told(installation, "session.ended") == []


async def test_of_many_exchanges_at_once_all_get_the_same_token(
    installation: Installed, first: TokenPair
) -> None:
    parts = installation.parts
    pairs = await asyncio.gather(*(refresh(parts, first.refresh_token, HERE) for _ in range(8)))
    assert len({each.refresh_token for each in pairs}) == 1
    assert await is_signed_in(installation, await refresh(parts, pairs[3].refresh_token, HERE))


async def test_a_thief_who_asks_within_the_grace_is_found_out_at_the_next_exchange(
    installation: Installed, first: TokenPair
) -> None:
    parts = installation.parts
    owner = await refresh(parts, first.refresh_token, HERE)
    thief = await refresh(parts, first.refresh_token, Origin("api", "198.51.100.7"))
    installation.clock.forward(900_000)
    await refresh(parts, thief.refresh_token, HERE)
    installation.clock.forward(900_000)
    with pytest.raises(SignInRefusedError):
        await refresh(parts, owner.refresh_token, HERE)
    assert await parts.storage.sessions(installation.membership.user.id) == []


async def test_a_clock_that_is_set_back_does_not_prolong_the_grace(
    installation: Installed, first: TokenPair
) -> None:
    await refresh(installation.parts, first.refresh_token, HERE)
    installation.clock.forward(-1)
    with pytest.raises(SignInRefusedError):
        await refresh(installation.parts, first.refresh_token, HERE)


async def test_what_resembles_a_token_is_refused_and_ends_nothing(
    installation: Installed, first: TokenPair
) -> None:
    family, _, secret = first.refresh_token.removeprefix("fr_").partition("_")
    forgeries = ["", "fr_", "fr__", f"fr_{family}", f"fr_{family}_", f"fr__{secret}", f"fr_{secret}_{family}"]
    for forgery in [*forgeries, first.refresh_token.removeprefix("fr_"), "fr_" + "x" * 300 + "_y", "fr_\0_é"]:
        with pytest.raises(SignInRefusedError):
            await refresh(installation.parts, forgery, HERE)
    assert await is_signed_in(installation, first)


async def test_whoever_knows_the_family_without_a_good_secret_had_a_token_of_it(
    installation: Installed, first: TokenPair
) -> None:
    token = read_refresh_token(first.refresh_token)
    assert token is not None
    with pytest.raises(SignInRefusedError):
        await refresh(installation.parts, replace(token, secret="x" * 43).text, HERE)
    assert not await is_signed_in(installation, first)


async def test_signing_out_with_an_old_token_ends_the_session(
    installation: Installed, first: TokenPair
) -> None:
    second = await refresh(installation.parts, first.refresh_token, HERE)
    await sign_out(installation.parts, first.refresh_token, HERE)
    assert not await is_signed_in(installation, second)
    assert await told(installation, "session") == [{"reason": "signed out"}, {"kind": "token"}]


async def test_of_tokens_only_hashes_are_kept(installation: Installed, first: TokenPair) -> None:
    second = await refresh(installation.parts, first.refresh_token, HERE)
    kept = repr(await installation.parts.storage.sessions(installation.membership.user.id))
    for token in (first.refresh_token, second.refresh_token):
        for part in token.split("_")[1:]:
            assert part not in kept


async def test_another_process_refuses_an_ended_session_within_two_seconds(
    installation: Installed, first: TokenPair
) -> None:
    here = installation.parts
    there = replace(installation, parts=parts_around(here.storage, price_book(), installation.clock))
    assert await is_signed_in(there, first)
    assert await is_signed_in(installation, first)
    await sign_out(here, first.refresh_token, HERE)
    assert not await is_signed_in(installation, first)
    installation.clock.forward(1_999)
    assert await is_signed_in(there, first)
    installation.clock.forward(1)
    assert not await is_signed_in(there, first)
