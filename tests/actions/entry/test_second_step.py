"""Two-step sign-in: set up, asked for, used once, switched off."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pyotp
import pytest
from argon2 import PasswordHasher

from farthing.actions.asker import Asker, Origin, operator_asking
from farthing.actions.entry.second_step import (
    begin_totp,
    confirm_totp,
    enrolment_under_way,
    has_second_step,
    remove_totp,
    switch_off_totp,
)
from farthing.actions.entry.sign_in import (
    Given,
    bearer_of,
    check_password,
    finish_sign_in,
    half_signed_in,
    session_of,
    sign_in_token,
    sign_in_web,
)
from farthing.actions.errors import (
    ConflictError,
    HalfEndedError,
    InvalidInputError,
    SignInRefusedError,
    TooManyAttemptsError,
    TotpRequiredError,
)
from farthing.actions.people.passwords import Passwords
from farthing.storage.contract import AuditQuery
from tests.installations import EMAIL, PASSWORD, Installed
from tests.storages import Changed

HERE = Origin("api", "127.0.0.1")
STEP_MS = 30_000


class App:
    """A person's authenticator app, which has scanned the code."""

    def __init__(self, installation: Installed, uri: str) -> None:
        self._clock = installation.clock
        self._totp = pyotp.parse_uri(uri)

    def code(self, ahead_ms: int = 0) -> str:
        assert isinstance(self._totp, pyotp.TOTP)
        return self._totp.at((self._clock.now() + ahead_ms) // 1_000)


@pytest.fixture
async def app(installation: Installed) -> App:
    enrolment = await begin_totp(installation.parts, installation.asker, PASSWORD)
    return App(installation, enrolment.uri)


@pytest.fixture
async def codes(installation: Installed, app: App) -> list[str]:
    """Recovery codes of a second step that is on, and whose last step is over."""
    codes = await confirm_totp(installation.parts, installation.asker, app.code())
    installation.clock.forward(2 * STEP_MS)
    return codes


async def log(installation: Installed) -> list[str]:
    entries = await installation.parts.storage.audit_entries(
        installation.membership.workspace.id, AuditQuery(action="totp"), 10
    )
    assert {each.target for each in entries} <= {installation.membership.user.public_id}
    return [each.action for each in entries]


async def test_it_holds_once_a_code_confirmed_it(installation: Installed, app: App) -> None:
    parts, asker = installation.parts, installation.asker
    assert not await has_second_step(parts, asker.user.id)
    await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    with pytest.raises(InvalidInputError, match="present code"):
        await confirm_totp(parts, asker, "000000" if app.code() != "000000" else "111111")
    assert not await has_second_step(parts, asker.user.id)
    codes = await confirm_totp(parts, asker, f" {app.code()[:3]} {app.code()[3:]} ")
    assert await has_second_step(parts, asker.user.id)
    assert len(set(codes)) == 10
    assert all(len(each) == 14 for each in codes)
    assert await log(installation) == ["totp.enabled"]


@pytest.mark.usefixtures("app")
async def test_the_app_learns_whose_it_is(installation: Installed) -> None:
    enrolment = await enrolment_under_way(installation.parts, installation.asker)
    assert enrolment.uri.startswith("otpauth://totp/Farthing:ada%40example.com?secret=")
    assert enrolment.secret.replace(" ", "") in enrolment.uri


@pytest.mark.parametrize("password", ["", "wrong password", "x" * 5_000])
async def test_who_does_not_know_the_password_sets_nothing_up(installation: Installed, password: str) -> None:
    with pytest.raises(InvalidInputError, match="not your password"):
        await begin_totp(installation.parts, installation.asker, password)
    assert await installation.parts.storage.totp(installation.membership.user.id) is None


@pytest.mark.usefixtures("codes")
async def test_signing_in_asks_for_the_code(installation: Installed, app: App) -> None:
    parts = installation.parts
    for code in (None, ""):
        with pytest.raises(TotpRequiredError):
            await sign_in_token(parts, EMAIL, PASSWORD, HERE, Given(totp=code))
    with pytest.raises(TotpRequiredError):
        await sign_in_web(parts, EMAIL, PASSWORD, HERE)
    with pytest.raises(SignInRefusedError, match="e-mail address or password"):
        await sign_in_token(parts, EMAIL, "wrong password", HERE, Given(totp=app.code()))
    pair = await sign_in_token(parts, EMAIL, PASSWORD, HERE, Given(totp=app.code()))
    assert (await bearer_of(parts, pair.access_token, HERE)).user.email == EMAIL


@pytest.mark.usefixtures("codes")
async def test_a_code_is_good_once(installation: Installed, app: App) -> None:
    parts, code = installation.parts, app.code()
    tries = [sign_in_token(parts, EMAIL, PASSWORD, HERE, Given(totp=code)) for _ in range(4)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, SignInRefusedError) for each in done) == 3
    installation.clock.forward(STEP_MS)
    with pytest.raises(SignInRefusedError):
        await sign_in_token(parts, EMAIL, PASSWORD, HERE, Given(totp=code))


async def test_the_code_that_confirmed_it_is_used_up(installation: Installed, app: App) -> None:
    code = app.code()
    await confirm_totp(installation.parts, installation.asker, code)
    with pytest.raises(SignInRefusedError):
        await sign_in_token(installation.parts, EMAIL, PASSWORD, HERE, Given(totp=code))


@pytest.mark.usefixtures("codes")
@pytest.mark.parametrize(
    ("ahead_ms", "is_good"), [(-60_000, False), (-30_000, True), (30_000, True), (60_000, False)]
)
async def test_clocks_may_differ_by_a_step(
    installation: Installed,
    app: App,
    ahead_ms: int,
    is_good: bool,  # noqa: FBT001 - a case
) -> None:
    tried = sign_in_token(installation.parts, EMAIL, PASSWORD, HERE, Given(totp=app.code(ahead_ms)))
    (done,) = await asyncio.gather(tried, return_exceptions=True)
    assert isinstance(done, SignInRefusedError) is not is_good


@pytest.mark.usefixtures("codes")
async def test_an_earlier_code_is_refused_once_a_later_one_was_used(
    installation: Installed, app: App
) -> None:
    await sign_in_token(installation.parts, EMAIL, PASSWORD, HERE, Given(totp=app.code(STEP_MS)))
    with pytest.raises(SignInRefusedError):
        await sign_in_token(installation.parts, EMAIL, PASSWORD, HERE, Given(totp=app.code()))


async def test_a_recovery_code_signs_in_once(installation: Installed, codes: list[str]) -> None:
    parts = installation.parts
    await sign_in_token(parts, EMAIL, PASSWORD, HERE, Given(totp=codes[3].upper().replace("-", " ")))
    with pytest.raises(SignInRefusedError):
        await sign_in_token(parts, EMAIL, PASSWORD, HERE, Given(totp=codes[3]))
    assert await parts.storage.recovery_code_count(installation.membership.user.id) == 9
    assert await log(installation) == ["totp.recovery_code_used", "totp.enabled"]
    kept = repr(vars(parts.storage))
    assert not [each for each in codes if each in kept or each.replace("-", "") in kept]


@pytest.mark.usefixtures("codes")
async def test_guessing_codes_is_braked_for_the_account_wherever_it_comes_from(
    installation: Installed, app: App
) -> None:
    parts = installation.parts
    for number in range(10):
        with pytest.raises(SignInRefusedError):
            await sign_in_token(
                parts, EMAIL, PASSWORD, Origin("api", f"10.0.0.{number}"), Given(totp="nothing")
            )
    with pytest.raises(TooManyAttemptsError):
        await sign_in_token(parts, EMAIL, PASSWORD, Origin("api", "10.0.0.99"), Given(totp=app.code()))
    installation.clock.forward(15 * 60_000)
    await sign_in_token(parts, EMAIL, PASSWORD, Origin("api", "10.0.0.99"), Given(totp=app.code()))


@pytest.mark.usefixtures("codes")
async def test_switching_off_needs_password_and_code(installation: Installed, app: App) -> None:
    parts, asker = installation.parts, installation.asker
    for password, code in (("wrong password", app.code()), (PASSWORD, "000000x"), (PASSWORD, "")):
        with pytest.raises(InvalidInputError):
            await switch_off_totp(parts, asker, password, code)
    assert await has_second_step(parts, asker.user.id)
    await switch_off_totp(parts, asker, PASSWORD, app.code())
    assert not await has_second_step(parts, asker.user.id)
    assert await parts.storage.recovery_code_count(asker.user.id) == 0
    await sign_in_token(parts, EMAIL, PASSWORD, HERE)
    assert await log(installation) == ["totp.disabled", "totp.enabled"]


@pytest.mark.usefixtures("codes")
async def test_what_is_on_is_not_set_up_a_second_time(installation: Installed, app: App) -> None:
    for act in (
        begin_totp(installation.parts, installation.asker, PASSWORD),
        confirm_totp(installation.parts, installation.asker, app.code()),
        enrolment_under_way(installation.parts, installation.asker),
    ):
        with pytest.raises(ConflictError):
            await act


@pytest.mark.usefixtures("codes")
async def test_the_operator_switches_it_off_without_asking(installation: Installed) -> None:
    operator: Asker = operator_asking(installation.membership)
    assert await remove_totp(installation.parts, operator)
    assert not await remove_totp(installation.parts, operator)
    await sign_in_token(installation.parts, EMAIL, PASSWORD, HERE)


@pytest.mark.usefixtures("codes")
async def test_a_browser_gives_the_password_first_and_the_code_within_ten_minutes(
    installation: Installed, app: App
) -> None:
    parts = installation.parts
    membership = await check_password(parts, EMAIL, PASSWORD, HERE)
    half = await half_signed_in(parts, membership)
    for wrong in ("", "000000x"):
        with pytest.raises(SignInRefusedError):
            await finish_sign_in(parts, half, wrong, HERE)
    web = await finish_sign_in(parts, half, app.code(), HERE)
    assert await session_of(parts, web.cookie, HERE) is not None
    with pytest.raises(SignInRefusedError):
        await finish_sign_in(parts, half, app.code(), HERE)  # the half is good yet, the code is not
    installation.clock.forward(600_000)
    with pytest.raises(HalfEndedError):
        await finish_sign_in(parts, half, app.code(), HERE)


@pytest.mark.usefixtures("codes")
async def test_half_a_sign_in_opens_nothing_and_a_whole_one_is_no_half(
    installation: Installed, app: App
) -> None:
    parts = installation.parts
    half = await half_signed_in(parts, installation.membership)
    with pytest.raises(SignInRefusedError):
        await bearer_of(parts, half, HERE)
    assert await session_of(parts, half, HERE) is None
    pair = await sign_in_token(parts, EMAIL, PASSWORD, HERE, Given(totp=app.code()))
    installation.clock.forward(STEP_MS)
    for other in (pair.access_token, pair.refresh_token, "", "x.y.z"):
        with pytest.raises(HalfEndedError):
            await finish_sign_in(parts, other, app.code(), HERE)


@pytest.mark.usefixtures("codes")
async def test_half_a_sign_in_ends_with_its_password(installation: Installed, app: App) -> None:
    parts, user = installation.parts, installation.membership.user
    half = await half_signed_in(parts, installation.membership)
    await Changed(parts.storage).replace_password_hash(user.id, user.password_hash, "$another")
    with pytest.raises(HalfEndedError):
        await finish_sign_in(parts, half, app.code(), HERE)


async def test_a_password_is_hashed_anew_when_the_cost_has_changed(installation: Installed) -> None:
    user = installation.membership.user
    dearer = replace(
        installation.parts,
        passwords=Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)),
    )
    with pytest.raises(SignInRefusedError):
        await sign_in_web(dearer, EMAIL, "wrong password", HERE)
    assert (await dearer.storage.user_by_email(EMAIL)) == user
    await sign_in_web(dearer, EMAIL, PASSWORD, HERE)
    after = await dearer.storage.user_by_email(EMAIL)
    assert after is not None
    assert "$m=16,t=2,p=1$" in after.password_hash
    await sign_in_web(dearer, EMAIL, PASSWORD, HERE)
    assert (await dearer.storage.user_by_email(EMAIL)) == after


async def test_who_is_signed_in_somewhere_is_let_in_there_while_strangers_guess(
    installation: Installed,
) -> None:
    parts, home = installation.parts, Origin("page", "192.0.2.7")
    await sign_in_web(parts, EMAIL, PASSWORD, home)
    for number in range(20):
        with pytest.raises(SignInRefusedError):
            await sign_in_web(parts, EMAIL, "guess", Origin("page", f"10.0.0.{number}"))
    with pytest.raises(TooManyAttemptsError):
        await sign_in_web(parts, EMAIL, PASSWORD, Origin("page", "10.0.0.99"))
    await sign_in_web(parts, EMAIL, PASSWORD, home)
