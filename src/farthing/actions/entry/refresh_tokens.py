"""Refresh tokens: what one looks like, which comes after it, and what the storage knows of the family.

A token is `fr_`, the name of its family, and a secret. Each exchange replaces the secret, the name stays: a
name that is known with a secret that is not good any more was used before. What comes after a token follows
from it and a salt that its first exchange stores, so that two exchanges of one token give the same one.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final, Literal

from farthing.actions.entry.credentials import digest, letters_of, new_token
from farthing.storage.contract import Rotation

START: Final = "fr_"
GRACE_MS: Final = 10_000
"""How long after its exchange a token is answered once more, as it was then."""
_TOKEN_BYTES_MAX: Final = 200

Standing = Literal["good", "repeated", "reused"]


@dataclass(frozen=True)
class RefreshToken:
    """The parts of a token. Both are secret."""

    family: str
    secret: str

    @property
    def text(self) -> str:
        """The token as it is sent."""
        return f"{START}{self.family}_{self.secret}"

    @property
    def family_hash(self) -> bytes:
        """What the storage finds the session by."""
        return digest(self.family)


def new_refresh_token() -> tuple[RefreshToken, Rotation]:
    """The first token of a family, and what is kept of it."""
    token = RefreshToken(new_token(), new_token())
    return token, Rotation(secret_hash=digest(token.secret))


def read_refresh_token(text: str) -> RefreshToken | None:
    """The parts of what was sent; None for what is no refresh token."""
    family, _, secret = text.removeprefix(START).partition("_")
    is_one = text.startswith(START) and family and secret and len(text) <= _TOKEN_BYTES_MAX
    return RefreshToken(family, secret) if is_one else None


def standing(token: RefreshToken, rotation: Rotation, now: int) -> Standing:
    """What it means that the token is sent now."""
    sent = digest(token.secret)
    if hmac.compare_digest(sent, rotation.secret_hash):
        return "good"
    is_last = hmac.compare_digest(sent, rotation.previous_hash or b"")
    is_young = rotation.rotated_at is not None and 0 <= now - rotation.rotated_at < GRACE_MS
    return "repeated" if is_last and is_young else "reused"


def exchanged(token: RefreshToken, now: int) -> Rotation:
    """What is kept once a good token has been exchanged."""
    salt = secrets.token_bytes(32)
    return Rotation(
        secret_hash=digest(successor(token, salt).secret),
        previous_hash=digest(token.secret),
        salt=salt,
        rotated_at=now,
    )


def successor(token: RefreshToken, salt: bytes) -> RefreshToken:
    """The token that replaces it. Neither the storage nor whoever has the token alone can tell which."""
    return replace(token, secret=letters_of(hmac.digest(salt, token.secret.encode(), sha256)))
