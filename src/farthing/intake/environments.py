"""What deployments call their environments, in the words of others."""

from __future__ import annotations

from typing import Final

_ENVIRONMENTS: Final = {
    **dict.fromkeys(("prod", "production", "prd", "live"), "prod"),
    **dict.fromkeys(("staging", "stage", "stg", "preprod", "pre-production", "qa", "uat"), "staging"),
    **dict.fromkeys(("dev", "development", "local", "localhost", "test", "testing", "ci", "sandbox"), "dev"),
}


def environment_of(sent: str | None) -> str | None:
    """The environment that is meant. Another word says nothing: the default holds then."""
    return None if sent is None else _ENVIRONMENTS.get(sent.lower())
