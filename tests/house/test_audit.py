"""`make audit` against services of our own, which speak the protocols of the real ones."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tools.files import ROOT

NOBODY = "http://127.0.0.1:9"
"""The discard port: nothing listens there."""


@contextmanager
def service(weak: dict[str, Any]) -> Iterator[str]:
    """A server that says of the packages in `weak` what stands there, and of all others nothing."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = weak
            if self.path == "/v1/query":
                answer = weak.get(json.loads(body)["package"]["name"], {})
            self._send(answer)

        def do_GET(self) -> None:
            """What npm wants to know of a package that it was told of: its versions."""
            name = self.path.strip("/")
            self._send({"name": name, "versions": {}, "dist-tags": {}})

        def _send(self, answer: Any) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the terminal for the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def audit(*arguments: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tools.audit", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def test_nothing_known_of_any_package_passes() -> None:
    with service({}) as url:
        status, lines = audit("--strict", "--osv-url", f"{url}/v1/query", "--registry", url)
    assert status == 0, lines
    assert lines[0].startswith("Python packages: ")
    assert lines[0].endswith(" looked at, 0 known weaknesses")
    assert lines[1].startswith("npm packages: ")


def test_a_known_weakness_fails_and_is_named() -> None:
    osv = {
        "id": "PYSEC-2099-1",
        "modified": "2099-01-01T00:00:00Z",
        "published": "2099-01-01T00:00:00Z",
        "summary": "x",
        "affected": [
            {
                "package": {"name": "jinja2", "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9999.1"}]}],
            }
        ],
    }
    with service({"jinja2": {"vulns": [osv]}}) as url:
        status, lines = audit("--osv-url", f"{url}/v1/query", "--registry", NOBODY)
    assert status == 1, lines
    assert any("jinja2" in line and "PYSEC-2099-1, mended in 9999.1" in line for line in lines)


def test_a_known_weakness_of_the_pages_fails_too() -> None:
    advisory = {"id": 1, "url": "x", "title": "x", "severity": "high", "vulnerable_versions": "*"}
    with service({"echarts": [advisory]}) as url:
        status, lines = audit("--osv-url", NOBODY, "--registry", url)
    assert status == 1, lines
    assert "  echarts: high" in lines


def test_silence_is_not_a_pass() -> None:
    status, lines = audit("--osv-url", NOBODY, "--registry", NOBODY)
    assert status == 0
    assert [line.split(",")[0] for line in lines] == [
        "NOT AUDITED: Python packages",
        "NOT AUDITED: npm packages",
    ]
    assert audit("--strict", "--osv-url", NOBODY, "--registry", NOBODY)[0] == 2
