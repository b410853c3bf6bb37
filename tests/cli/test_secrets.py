"""`farthing secrets`, with a server that is told nothing of it."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from tests.processes import run, serving

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"


def login(url: str) -> str:
    """An access token."""
    answer = httpx.post(f"{url}/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
    return str(answer.json()["accessToken"])


def is_good(url: str, token: str) -> bool:
    answer = httpx.get(f"{url}/v1/requests", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code == 200


def test_a_running_server_takes_the_new_key_over(tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = run(
        *("init", "--data", str(data), "--email", EMAIL, "--workspace", "w", "--password-stdin"),
        stdin=f"{PASSWORD}\n",
    )
    assert made.returncode == 0, made.stderr
    with serving(data) as server:
        token = login(server.url)
        assert is_good(server.url, token)
        rotated = run("secrets", "rotate", "--data", str(data))
        assert rotated.returncode == 0, rotated.stderr
        assert rotated.stdout.startswith("access tokens are signed with key ")
        assert is_good(server.url, token)
        assert is_good(server.url, login(server.url))
        run("secrets", "rotate", "--data", str(data), "--at-once")
        told_at = time.monotonic()
        while is_good(server.url, token):
            assert time.monotonic() - told_at < 2
