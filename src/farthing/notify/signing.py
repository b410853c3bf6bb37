"""Signatures of webhooks, after the Standard Webhooks scheme (standardwebhooks.com, symmetric, v1)."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha256
from secrets import token_bytes
from typing import Final

PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A secret that nobody else knows."""
    return PREFIX + b64encode(token_bytes(_SECRET_BYTES)).decode()


def signed_headers(key: str, at_s: int, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The headers that say whose a body is: a signature by each secret, so that receivers can change over.

    `at_s` is the time of the attempt, in UTC seconds: receivers refuse what was signed long ago.
    """
    told = f"{key}.{at_s}.".encode() + body
    return {
        "webhook-id": key,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(_signature(each, told) for each in secrets),
    }


def _signature(secret: str, told: bytes) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    return f"v1,{b64encode(hmac.new(key, told, sha256).digest()).decode()}"
