"""What names and addresses that people give must be like."""

from __future__ import annotations

from typing import Final

EMAIL_LENGTH_MAX: Final = 254
NAME_LENGTH_MAX: Final = 200


def email_problem(email: str) -> str | None:
    """Why it can't be an e-mail address; None when it may be one. Whether it is, only a mail would tell."""
    name, at, host = email.rpartition("@")
    if not (name and at and host) or not email.isprintable() or " " in email:
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
