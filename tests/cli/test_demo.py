"""`farthing demo`."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path
from typing import Any

from tests.processes import Server, run, serving


def ask(server: Server, method: str, path: str, body: object = None, **headers: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    told = json.loads(connection.getresponse().read())
    connection.close()
    return told


def test_an_empty_folder_becomes_a_demo_that_stays_the_same_and_fresh(tmp_path: Path) -> None:
    sign_ins = []
    for _ in range(2):
        with serving(tmp_path, command="demo", line_count=2) as server:
            assert server.lines[0] == f"The demo is ready on {server.url}/?dataMode=demo"
            found = re.fullmatch(r"Sign in as (\S+) with (\w{16})", server.lines[1])
            assert found is not None
            sign_ins.append(found.groups())
            email, password = found.groups()
            pair = ask(server, "POST", "/v1/auth/login", {"email": email, "password": password})
            bearer = f"Bearer {pair['accessToken']}"
            path = "/v1/dashboard/overview?dataMode=demo&range=30d"
            assert ask(server, "GET", path, Authorization=bearer)["total"]["requests"] > 4_000
            assert server.stop()[0] == 0
    assert sign_ins[0] == sign_ins[1]
    assert (tmp_path / "demo-sign-in.json").stat().st_mode & 0o077 == 0


def test_a_folder_that_holds_anything_else_is_left_alone(tmp_path: Path) -> None:
    words = ("--email", "ada@example.com", "--workspace", "x", "--password-stdin")
    assert run("init", *words, "--data", str(tmp_path), stdin="a long password\n").returncode == 0
    ended = run("demo", "--port", "0", "--data", str(tmp_path))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "an installation that is not a demo" in ended.stderr
    assert not (tmp_path / "demo-sign-in.json").exists()
