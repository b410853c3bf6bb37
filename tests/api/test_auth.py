"""Signing in over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pyotp
import pytest

from farthing.actions.entry.second_step import begin_totp, confirm_totp
from tests.installations import EMAIL, PASSWORD, Installed

LOGIN = "/v1/auth/login"


async def test_a_login_gives_tokens_that_open_the_bearer_endpoints(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.post(LOGIN, json={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert set(told) == {"accessToken", "tokenType", "expiresIn", "refreshToken"}
    assert (told["tokenType"], told["expiresIn"]) == ("Bearer", 900)
    headers = {"Authorization": f"bearer {told['accessToken']}"}
    assert (await stranger.get("/v1/dashboard/overview", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, "wrong password"), ("nobody@example.com", PASSWORD), ("", "")]
)
async def test_a_wrong_login_is_401_and_never_says_which_part(
    stranger: httpx.AsyncClient, email: str, password: str
) -> None:
    answer = await stranger.post(LOGIN, json={"email": email, "password": password})
    assert answer.status_code == 401
    assert answer.json()["reason"] == "invalid_credentials"
    assert answer.json()["message"] == "e-mail address or password is wrong"


async def test_five_wrong_logins_are_answered_429_with_when_to_come_back(stranger: httpx.AsyncClient) -> None:
    wrong = {"email": EMAIL, "password": "wrong password"}
    codes = [(await stranger.post(LOGIN, json=wrong)).status_code for _ in range(6)]
    assert codes == [401] * 5 + [429]
    answer = await stranger.post(LOGIN, json={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "300"
    assert answer.json()["reason"] == "rate_limited"


async def test_a_refresh_token_is_exchanged_once(
    stranger: httpx.AsyncClient, installation: Installed
) -> None:
    first = (await stranger.post(LOGIN, json={"email": EMAIL, "password": PASSWORD})).json()
    again = {"refreshToken": first["refreshToken"]}
    second = await stranger.post("/v1/auth/refresh", json=again)
    assert second.status_code == 200
    assert second.json()["refreshToken"] != first["refreshToken"]
    installation.clock.forward(10_000)
    third = await stranger.post("/v1/auth/refresh", json=again)
    assert (third.status_code, third.json()["reason"]) == (401, "invalid_credentials")
    headers = {"Authorization": f"Bearer {second.json()['accessToken']}"}
    assert (await stranger.get("/v1/requests", headers=headers)).status_code == 401


async def test_a_logout_ends_the_session_and_may_be_repeated(stranger: httpx.AsyncClient) -> None:
    pair = (await stranger.post(LOGIN, json={"email": EMAIL, "password": PASSWORD})).json()
    token = {"refreshToken": pair["refreshToken"]}
    headers = {"Authorization": f"Bearer {pair['accessToken']}"}
    assert (await stranger.get("/v1/requests", headers=headers)).status_code == 200
    for _ in range(2):
        answer = await stranger.post("/v1/auth/logout", json=token)
        assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert (await stranger.post("/v1/auth/refresh", json=token)).status_code == 401
    assert (await stranger.get("/v1/requests", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer not.a.token", "fk_live_x", "Bearer " + "x" * 3_000],
)
async def test_without_a_good_token_nothing_is_read(stranger: httpx.AsyncClient, header: str) -> None:
    answer = await stranger.get("/v1/dashboard/overview", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["reason"] == "invalid_credentials"


async def test_a_token_that_is_not_ascii_is_no_token(stranger: httpx.AsyncClient) -> None:
    headers = [(b"Authorization", b"Bearer schl\xfcssel.\xff.\x80")]
    assert (await stranger.get("/v1/requests", headers=headers)).status_code == 401


async def test_an_api_key_is_no_access_token(stranger: httpx.AsyncClient, installation: Installed) -> None:
    for headers in ({"X-API-Key": installation.key}, {"Authorization": f"Bearer {installation.key}"}):
        assert (await stranger.get("/v1/requests", headers=headers)).status_code == 401


async def test_a_token_runs_out(client: httpx.AsyncClient, installation: Installed) -> None:
    assert (await client.get("/v1/requests")).status_code == 200
    installation.clock.forward(15 * 60_000)
    answer = await client.get("/v1/requests")
    assert (answer.status_code, answer.json()["message"]) == (401, "the access token has expired")


@pytest.mark.parametrize("path", ["/v1/auth/login", "/v1/auth/refresh", "/v1/auth/logout"])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"\xff\xfe", "body"),
        (b"[]", "body"),
        (b"null", "body"),
        (b"{}", "email"),
        (b'{"email": 1, "password": 2, "refreshToken": 3}', "email"),
        (b'{"email": null, "password": null, "refreshToken": null}', "email"),
        (b'{"email": "\\ud800", "password": "\\ud800", "refreshToken": "\\ud800"}', "body"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "body"),
    ],
)
async def test_bad_bodies_are_400_and_name_the_field(
    stranger: httpx.AsyncClient, path: str, body: bytes, field: str
) -> None:
    answer = await stranger.post(path, content=body, headers={"Content-Type": "application/json"})
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["reason"]) == (400, "validation_failed"), told
    if field == "email" and path != LOGIN:
        field = "refreshToken"
    assert told["errors"][0]["field"] == field, told


async def test_a_body_over_the_limit_is_413(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.post(LOGIN, json={"email": "x" * 70_000, "password": ""})
    assert (answer.status_code, answer.json()["reason"]) == (413, "body_too_large")


async def test_who_has_two_step_sign_in_sends_a_code_too(
    stranger: httpx.AsyncClient, installation: Installed
) -> None:
    enrolment = await begin_totp(installation.parts, installation.asker, PASSWORD)
    app = pyotp.TOTP(enrolment.secret.replace(" ", ""))
    await confirm_totp(installation.parts, installation.asker, app.at(installation.clock.now() // 1_000))
    installation.clock.forward(60_000)
    body = {"email": EMAIL, "password": PASSWORD}
    answer = await stranger.post(LOGIN, json=body)
    assert (answer.status_code, answer.json()["reason"]) == (401, "totp_required")
    wrong = await stranger.post(LOGIN, json=body | {"totp": "000000x"})
    assert (wrong.status_code, wrong.json()["reason"]) == (401, "invalid_credentials")
    guess = await stranger.post(LOGIN, json={"email": EMAIL, "password": "guess", "totp": "1"})
    assert guess.json()["reason"] == "invalid_credentials"
    code = app.at(installation.clock.now() // 1_000)
    assert (await stranger.post(LOGIN, json=body | {"totp": code})).status_code == 200
