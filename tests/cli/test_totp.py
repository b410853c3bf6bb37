"""`farthing totp`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pyotp

from farthing.actions.asker import Origin, person_asking
from farthing.actions.entry.second_step import begin_totp, confirm_totp
from farthing.assembly import build_parts, opened
from farthing.clock import SystemClock
from farthing.settings import Settings
from tests.terminal import Terminal

EMAIL = "ada@example.com"
PASSWORD = "a long password"


async def switch_on(data: Path) -> None:
    """Set up a second step as the person would."""
    async with opened(build_parts(Settings(data=data), SystemClock())) as parts:
        user = await parts.storage.user_by_email(EMAIL)
        assert user is not None
        asker = person_asking((await parts.storage.memberships(user.id))[0], Origin("page"))
        enrolment = await begin_totp(parts, asker, PASSWORD)
        app = pyotp.TOTP(enrolment.secret.replace(" ", ""))
        await confirm_totp(parts, asker, app.at(SystemClock().now() // 1_000))


def test_the_operator_lets_somebody_in_again(terminal: Terminal, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    terminal.type(
        "init", "--email", EMAIL, "--workspace", "w", "--password-stdin", *data, stdin=f"{PASSWORD}\n"
    )
    off = ("totp", "off", "--email", EMAIL, *data)
    code, _, told = terminal.type(*off)
    assert (code, told) == (1, f"farthing: {EMAIL} has no two-step sign-in\n")
    asyncio.run(switch_on(tmp_path))
    assert terminal.type(*off)[:2] == (0, f"{EMAIL} signs in without a code now\n")
    assert terminal.type(*off)[0] == 1
    assert terminal.type("totp", "off", "--email", "nobody@example.com", *data)[0] == 1
