"""What `farthing doctor` finds: a state, a sentence, and how to mend it."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["ok", "warning", "failed"]


class Finding(msgspec.Struct, frozen=True, rename="camel"):
    """What one check has found. `mend` is there where something is to be done."""

    check: str
    state: State
    told: str
    mend: str | None = None


def fine(check: str, told: str) -> Finding:
    return Finding(check, "ok", told)


def odd(check: str, told: str, mend: str) -> Finding:
    """It works, and something should be seen to."""
    return Finding(check, "warning", told, mend)


def wrong(check: str, told: str, mend: str) -> Finding:
    """It does not work, or is not safe."""
    return Finding(check, "failed", told, mend)
