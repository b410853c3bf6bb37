"""Second steps of signing in: one secret a person, each code once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from farthing.storage.contract import Storage, Totp
from tests.storages import Changed, Place, opened

AT = 1_700_000_000_000
MINE = Totp(1, b"\x00\xff" * 10, AT)


async def test_nobody_has_a_second_step_at_first(storage: Storage) -> None:
    assert await storage.totp(1) is None
    assert await storage.recovery_code_count(1) == 0
    assert not await storage.use_totp_step(1, 5)
    assert not await Changed(storage).use_recovery_code(1, b"c" * 32)
    assert not await Changed(storage).remove_totp(1)


async def test_a_secret_replaces_the_one_before(storage: Storage) -> None:
    await Changed(storage).set_totp(MINE)
    await Changed(storage).set_totp(replace(MINE, user_id=2))
    assert await storage.totp(1) == MINE
    later = replace(MINE, secret=b"b" * 20, confirmed_at=AT + 1, last_step=7)
    await Changed(storage).set_totp(later)
    assert await storage.totp(1) == later
    assert await storage.totp(2) == replace(MINE, user_id=2)


async def test_a_step_is_used_once_and_none_before_it_any_more(storage: Storage) -> None:
    await Changed(storage).set_totp(MINE)
    assert await storage.use_totp_step(1, 5)
    assert not await storage.use_totp_step(1, 5)
    assert not await storage.use_totp_step(1, 4)
    assert await storage.use_totp_step(1, 6)
    assert await storage.totp(1) == replace(MINE, last_step=6)


async def test_of_many_who_use_a_step_at_once_one_does(storage: Storage) -> None:
    await Changed(storage).set_totp(MINE)
    assert sum(await asyncio.gather(*(storage.use_totp_step(1, 9) for _ in range(6)))) == 1


async def test_a_recovery_code_is_used_once(storage: Storage) -> None:
    codes = [bytes([number]) * 32 for number in range(3)]
    await Changed(storage).set_recovery_codes(1, codes)
    await Changed(storage).set_recovery_codes(2, codes[:1])
    assert await storage.recovery_code_count(1) == 3
    assert await Changed(storage).use_recovery_code(1, codes[0])
    assert not await Changed(storage).use_recovery_code(1, codes[0])
    assert (await storage.recovery_code_count(1), await storage.recovery_code_count(2)) == (2, 1)
    await Changed(storage).set_recovery_codes(1, [b"n" * 32])
    assert not await Changed(storage).use_recovery_code(1, codes[1])
    assert await storage.recovery_code_count(1) == 1


async def test_it_goes_with_its_codes(place: Place) -> None:
    async with opened(place) as storage:
        await Changed(storage).set_totp(MINE)
        await Changed(storage).set_recovery_codes(1, [b"c" * 32])
    async with opened(place) as storage:
        assert await storage.totp(1) == MINE
        assert await Changed(storage).remove_totp(1)
        assert await storage.totp(1) is None
        assert await storage.recovery_code_count(1) == 0
