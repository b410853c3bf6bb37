"""Secrets that are handed out once and kept as a SHA-256 only: API keys, tokens, cookies.

256 random bits need no slow hash: nobody guesses them, and ingest checks a key on every request.
Passwords, which people choose, are hashed in actions.people.passwords.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

KEY_START: Final = "fk_live_"
PERSONAL_START: Final = "fp_"
_READABLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_READABLE_LENGTH: Final = 8
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_SECRET_LENGTH: Final = 43
"""43 of 62 letters hold 256 bits; letters and digits alone are picked up whole by a double click."""


@dataclass(frozen=True)
class NewSecret:
    """A fresh key or personal token: `text` is shown once, `prefix` and `digest` are kept."""

    text: str
    prefix: str
    digest: bytes


def new_api_key() -> NewSecret:
    """A key such as fk_live_k3m8w2qa_ and 43 letters and digits."""
    return _new_secret(KEY_START)


def new_personal_token() -> NewSecret:
    """A token such as fp_k3m8w2qa_ and 43 letters and digits."""
    return _new_secret(PERSONAL_START)


def _new_secret(start: str) -> NewSecret:
    prefix = start + _letters(_READABLE, _READABLE_LENGTH)
    text = f"{prefix}_{new_token()}"
    return NewSecret(text, prefix, digest(text))


def new_token() -> str:
    """256 random bits as 43 letters and digits."""
    return _letters(_ALPHABET, _SECRET_LENGTH)


def digest(secret: str) -> bytes:
    """What is kept of a secret: its SHA-256, 32 bytes."""
    return sha256(secret.encode()).digest()


def letters_of(bits: bytes) -> str:
    """32 bytes as 43 letters and digits."""
    number, letters = int.from_bytes(bits), ""
    for _ in range(_SECRET_LENGTH):
        number, letter = divmod(number, len(_ALPHABET))
        letters += _ALPHABET[letter]
    return letters


def _letters(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
