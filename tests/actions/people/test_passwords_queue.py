"""Hashing takes turns, and the queue for it has an end."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher

from farthing.actions.errors import TooManyAttemptsError
from farthing.actions.people.passwords import Passwords


async def test_who_comes_when_too_many_wait_is_told_to_come_back() -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    made = await asyncio.gather(*(passwords.hash("x" * 10) for _ in range(80)), return_exceptions=True)
    refused = [each for each in made if isinstance(each, TooManyAttemptsError)]
    assert 0 < len(refused) < 80
    assert sum(isinstance(each, str) for each in made) == 80 - len(refused)
    assert (await passwords.hash("x" * 10)).startswith("$argon2id$")
