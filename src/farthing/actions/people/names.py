"""What names and addresses that people give must be like."""

from __future__ import annotations

from typing import Final

EMAIL_LENGTH_MAX: Final = 254
NAME_LENGTH_MAX: Final = 200
_MARKS: Final = frozenset('"(),:;<>[\\]@')
"""What separates or encloses addresses in a mail: with one of these an address could be two, or another."""


def email_problem(email: str) -> str | None:
    """Why it can't be an e-mail address; None when it may be one. Whether it is, only a mail would tell."""
    name, at, host = email.rpartition("@")
    is_one = bool(name and at and host) and not _MARKS & {*name, *host}
    if not is_one or not email.isprintable() or " " in email:
        return "is not an e-mail address"
    if len(email) > EMAIL_LENGTH_MAX:
        return f"has {len(email)} characters; at most {EMAIL_LENGTH_MAX} are taken"
    return None


def name_problem(name: str) -> str | None:
    """Why a name for a workspace or key can't be taken; None when it can."""
    if not name.strip():
        return "is empty"
    if len(name) > NAME_LENGTH_MAX:
        return f"has {len(name)} characters; at most {NAME_LENGTH_MAX} are taken"
    return None if name.isprintable() else "has characters that can't be shown"
