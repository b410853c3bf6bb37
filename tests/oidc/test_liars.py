"""Providers that lie, err or flood: what they say is not believed, and does no harm."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from farthing.actions.entry.oidc_provider import Attempt, Client, OidcProvider
from farthing.actions.entry.oidc_tokens import claims_of_code, merged
from farthing.actions.entry.outgoing import BYTES_MAX, OutgoingError, fetch_json
from farthing.clock import SystemClock

MINE: Final = rsa.generate_private_key(65_537, 2_048)
OTHER: Final = rsa.generate_private_key(65_537, 2_048)
ATTEMPT: Final = Attempt("state", "nonce", "verifier")
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Liar:
    """A provider that answers as it is told: `answers` by path, and what it was asked for."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def say(self, path: str, said: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.answers[path] = (status, headers or {}, body)

    def describe(self, **other: Any) -> None:
        described = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/auth",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/me",
        }
        self.say("/.well-known/openid-configuration", described | other)

    def give(self, token: str) -> None:
        self.say("/token", {"id_token": token, "access_token": "a"})

    @property
    def claims(self) -> dict[str, Any]:
        now_s = int(time.time())
        return {
            "iss": self.url,
            "aud": "farthing",
            "sub": "1",
            "nonce": "nonce",
            "iat": now_s,
            "exp": now_s + 60,
        }

    async def believed(self) -> dict[str, Any]:
        """What a client with an empty memory believes of it."""
        client = Client(self.url, "farthing", None, "openid")
        provider = OidcProvider(client, SystemClock())
        return await claims_of_code(provider, "code", ATTEMPT, "http://farthing.test/", int(time.time()))


@contextmanager
def service() -> Iterator[Liar]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            status, headers, body = told.answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Liar(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def liar() -> Iterator[Liar]:
    """A provider that is honest as yet: its key `k`, its description and its userinfo are in order."""
    with service() as made:
        made.describe()
        made.say("/keys", {"keys": [_public(MINE)]})
        made.say("/me", {"sub": "1"})
        made.give(jwt.encode(made.claims, MINE, "RS256", {"kid": "k"}))
        yield made


def _public(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    found: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return found | {"kid": "k", "use": "sig"}


async def test_an_honest_one_is_believed(liar: Liar) -> None:
    assert (await liar.believed())["sub"] == "1"


_ELLIPTIC: Final[dict[str, str]] = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
}
FORGED: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "no signature": lambda claims: jwt.encode(claims, "", "none", {"kid": "k"}),
    "what everybody knows as a secret": lambda claims: jwt.encode(
        claims, _public(MINE)["n"], "HS256", {"kid": "k"}
    ),
    "another key of that name": lambda claims: jwt.encode(claims, OTHER, "RS256", {"kid": "k"}),
    "a key of another name": lambda claims: jwt.encode(claims, MINE, "RS256", {"kid": "x"}),
    "another kind of key": lambda claims: jwt.encode(
        claims, jwt.PyJWK.from_dict(_ELLIPTIC, "ES256").key, "ES256", {"kid": "k"}
    ),
    "cut off": lambda claims: jwt.encode(claims, MINE, "RS256", {"kid": "k"})[:-4],
    "no token": lambda _: "x",
    "expired": lambda claims: jwt.encode(claims | {"exp": claims["iat"] - 61}, MINE, "RS256", {"kid": "k"}),
    "for another": lambda claims: jwt.encode(claims | {"aud": "other"}, MINE, "RS256", {"kid": "k"}),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_a_forged_token_is_not(liar: Liar, forge: Callable[[dict[str, Any]], str]) -> None:
    liar.give(forge(liar.claims))
    with pytest.raises(OutgoingError, match="ID token"):
        await liar.believed()


async def test_what_userinfo_says_of_somebody_else_is_left_out(liar: Liar) -> None:
    liar.say("/me", {"sub": "2", "email": "ada@example.com", "email_verified": True})
    assert "email" not in await liar.believed()
    liar.say("/me", {"sub": "1", "email": "ada@example.com", "email_verified": True})
    assert (await liar.believed())["email"] == "ada@example.com"


def test_an_address_is_verified_by_whoever_names_it() -> None:
    named, verified = {"email": "a@example.com"}, {"email": "b@example.com", "email_verified": True}
    assert merged({"sub": "1", **named}, verified) == {"sub": "1", **verified}
    assert merged({"sub": "1", **named}, {"email_verified": True}) == {"sub": "1", **named}
    assert merged({"sub": "1", **verified}, named) == {"sub": "1", **verified}


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"issuer": None},
        {"token_endpoint": "ftp://127.0.0.1/"},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
    ],
)
async def test_a_description_that_is_not_its_own_is_not_used(liar: Liar, said: dict[str, Any]) -> None:
    liar.describe(**said)
    with pytest.raises(OutgoingError):
        await liar.believed()
    assert liar.asked == ["/.well-known/openid-configuration"]


async def test_no_redirect_is_followed(liar: Liar) -> None:
    liar.say("/there", {"a": 1})
    liar.say("/here", {}, 302, {"Location": f"{liar.url}/there"})
    with pytest.raises(OutgoingError, match="302"):
        await fetch_json(f"{liar.url}/here")
    assert liar.asked == ["/here"]


@pytest.mark.parametrize(
    ("said", "headers"),
    [
        (b"[" * (BYTES_MAX + 1), {}),
        (b"{}", {"Content-Encoding": "gzip"}),
        (b"[]", {}),
        (b"\xff{", {}),
        (b"", {}),
    ],
    ids=["too much", "compressed", "a list", "no text", "nothing"],
)
async def test_what_is_no_small_object_is_refused(liar: Liar, said: bytes, headers: dict[str, str]) -> None:
    liar.say("/odd", said, 200, headers)
    with pytest.raises(OutgoingError):
        await fetch_json(f"{liar.url}/odd")


async def test_keys_are_asked_for_once_and_a_flood_of_unknown_names_asks_no_more(liar: Liar) -> None:
    provider = OidcProvider(Client(liar.url, "farthing", None, "openid"), SystemClock())
    for number in range(20):
        assert await provider.key(f"unknown {number}", "RS256") is None
    assert await provider.key("k", "RS256") is not None
    assert liar.asked.count("/keys") == 1
