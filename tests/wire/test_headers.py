"""What every answer says of itself to browsers and proxies, pages and files included."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from farthing.web.assets import assets
from tests.processes import Server, serving
from tests.wire import raw

JSON_HEADERS = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
}
PATHS = [
    "/healthz",
    "/readyz",
    "/schema/openapi.json",
    "/v1/public/pricing-models",
    "/v1/dashboard/overview",
    "/v1/nothing",
    "/v1/auth/login",
    "/v1/ingest/llm-request",
    "/v1/ingest/llm-requests",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server behind a proxy that it trusts: us."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FARTHING_TRUSTED_PROXIES", "127.0.0.1")
        with serving(tmp_path_factory.mktemp("headers")) as server:
            yield server


def ask(server: Server, path: str, method: str = "GET", scheme: str | None = None) -> raw.Answer:
    forwarded = "" if scheme is None else f"X-Forwarded-Proto: {scheme}\r\n"
    request = f"{method} {path} HTTP/1.1\r\nHost: h\r\n{forwarded}Connection: close\r\n\r\n"
    return raw.exchange(server.port, request.encode())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PROPFIND"])
def test_no_answer_in_json_is_sniffed_kept_framed_or_embedded(server: Server, path: str, method: str) -> None:
    answer = ask(server, path, method)
    assert JSON_HEADERS.items() <= answer.headers.items(), answer
    assert answer.headers.get("content-type", "application/json") == "application/json"


def test_pages_and_files_keep_their_own(server: Server) -> None:
    page = ask(server, "/setup")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    file = ask(server, f"/static/{next(iter(assets().names.values()))}")
    assert "immutable" in file.headers["cache-control"]
    for answer in (page, file, ask(server, "/nothing"), ask(server, "/")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/setup", *PATHS])
def test_only_over_tls_browsers_are_told_to_stay_there(server: Server, path: str) -> None:
    assert ask(server, path, scheme="https").headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in ask(server, path, scheme="http").headers
    assert "strict-transport-security" not in ask(server, path).headers
