"""An OpenID provider as it describes itself: its addresses and keys, asked for now and then, and kept.

Whatever goes wrong over there is an OutgoingError: the sign-in fails, and passwords go on working.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import jwt

from farthing.actions.entry.outgoing import OutgoingError, fetch_json
from farthing.clock import Clock

MEMORY_MS: Final = 3_600_000
"""How long addresses and keys are good; a key that was withdrawn there is believed for as long here."""
LOOK_AGAIN_MS: Final = 30_000
"""How soon after one look at the keys a token of an unknown key leads to another."""
FAILURE_MS: Final = 5_000
"""How long after a failure nobody asks again, so that many who come then do not wait one after another."""
_KEYS_MAX: Final = 100


@dataclass(frozen=True)
class Client:
    """What this server is at the provider. Without a secret it is a public client."""

    issuer: str
    client_id: str
    secret: str | None = field(repr=False)
    scopes: str


@dataclass(frozen=True)
class Addresses:
    """Where the provider does what, and how it wants a client to show its secret."""

    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str | None
    takes_basic: bool


@dataclass(frozen=True)
class Attempt:
    """One way to the provider and back: what ties the answer to the browser that asked."""

    state: str
    nonce: str
    verifier: str


class OidcProvider:
    """The provider of the settings, for one client."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self.client = client
        self._clock = clock
        self._addresses: tuple[int, Addresses] | None = None
        self._keys: tuple[int, list[dict[str, Any]]] | None = None
        self._failure: tuple[int, str] | None = None
        self._turn = asyncio.Lock()

    async def addresses(self) -> Addresses:
        """Where the provider does what. Raises OutgoingError."""
        async with self._turn:
            if self._addresses is None or not self._is_recent(self._addresses[0], MEMORY_MS):
                self._addresses = self._clock.now(), await self._found()
            return self._addresses[1]

    async def authorization_url(self, attempt: Attempt, redirect_uri: str) -> str:
        """Where to send a browser. Raises OutgoingError."""
        start = (await self.addresses()).authorization
        challenge = urlsafe_b64encode(sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.client.scopes,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{start}{'&' if urlsplit(start).query else '?'}{urlencode(asked)}"

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        """What the provider gives for a code: `id_token`, `access_token`, … Raises OutgoingError."""
        addresses = await self.addresses()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        client_id, secret = self.client.client_id, self.client.secret
        if secret is not None and addresses.takes_basic:
            pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
            return await fetch_json(
                addresses.token, form, {"Authorization": f"Basic {b64encode(pair).decode()}"}
            )
        form["client_id"] = client_id
        if secret is not None:
            form["client_secret"] = secret
        return await fetch_json(addresses.token, form)

    async def userinfo(self, access_token: str) -> dict[str, Any]:
        """What else the provider says of whom the token is for; nothing if it says no more.

        Raises OutgoingError.
        """
        address = (await self.addresses()).userinfo
        if address is None:
            return {}
        return await fetch_json(address, headers={"Authorization": f"Bearer {access_token}"})

    async def key(self, kid: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key that may have signed a token with such a head; None when there is none, or not just one.

        `algorithm` is one of rules.oidc.ALGORITHMS. Raises OutgoingError.
        """
        found = _fitting(await self._recent_keys(MEMORY_MS), kid, algorithm)
        if not found:
            found = _fitting(await self._recent_keys(LOOK_AGAIN_MS), kid, algorithm)
        try:
            return jwt.PyJWK.from_dict(found[0], algorithm) if len(found) == 1 else None
        except (jwt.PyJWKError, jwt.InvalidKeyError):
            return None

    async def _recent_keys(self, age_ms: int) -> list[dict[str, Any]]:
        address = (await self.addresses()).keys
        async with self._turn:
            if self._keys is None or not self._is_recent(self._keys[0], age_ms):
                found = (await fetch_json(address)).get("keys")
                keys = found if isinstance(found, list) else []
                self._keys = self._clock.now(), [each for each in keys[:_KEYS_MAX] if isinstance(each, dict)]
            return self._keys[1]

    async def _found(self) -> Addresses:
        if self._failure is not None and self._is_recent(self._failure[0], FAILURE_MS):
            raise OutgoingError(self._failure[1])
        try:
            found = await self._discovered()
        except OutgoingError as error:
            self._failure = self._clock.now(), str(error)
            raise
        self._failure = None
        return found

    async def _discovered(self) -> Addresses:
        issuer = self.client.issuer
        found = await fetch_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        named = found.get("issuer")
        if not isinstance(named, str) or named.rstrip("/") != issuer.rstrip("/"):
            raise OutgoingError(f"it calls itself {str(named)[:200]!r}, not {issuer!r}")
        methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Addresses(
            issuer=named,
            authorization=self._address(found, "authorization_endpoint"),
            token=self._address(found, "token_endpoint"),
            keys=self._address(found, "jwks_uri"),
            userinfo=self._address(found, "userinfo_endpoint") if "userinfo_endpoint" in found else None,
            takes_basic=isinstance(methods, list) and "client_secret_basic" in methods,
        )

    def _address(self, found: dict[str, Any], name: str) -> str:
        """An address of the description, encrypted unless the provider is on this very machine."""
        url = found.get(name)
        allowed = {"https", urlsplit(self.client.issuer).scheme}
        if not isinstance(url, str) or urlsplit(url).scheme not in allowed:
            raise OutgoingError(f"its {name} is {str(url)[:200]!r}")
        return url

    def _is_recent(self, at: int, age_ms: int) -> bool:
        return 0 <= self._clock.now() - at < age_ms


def _fitting(keys: list[dict[str, Any]], kid: str | None, algorithm: str) -> list[dict[str, Any]]:
    """Those of the keys that may sign so: all public, none for encryption, of the name if there is one."""
    kinds = {"R": "RSA", "P": "RSA", "E": "OKP" if algorithm == "EdDSA" else "EC"}
    return [
        each
        for each in keys
        if each.get("kty") == kinds[algorithm[0]]
        and each.get("use", "sig") == "sig"
        and each.get("alg", algorithm) == algorithm
        and (kid is None or each.get("kid") == kid)
    ]
