"""The second step of signing in: a secret that makes codes by time, and codes for when it is lost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Totp:
    """A person's secret. It is asked for once it is confirmed; `last_step` is the last one that was used."""

    user_id: int
    secret: bytes = field(repr=False)
    created_at: int
    confirmed_at: int | None = None
    last_step: int = 0


class TotpStore(Protocol):
    """Where second steps are found and used."""

    async def totp(self, user_id: int) -> Totp | None:
        """The person's, confirmed or not."""
        ...

    async def use_totp_step(self, user_id: int, step: int) -> bool:
        """Keep that the code of this step was used; False when that of it or a later one was before."""
        ...

    async def recovery_code_count(self, user_id: int) -> int:
        """How many of the person's codes have not been used."""
        ...


class TotpChanges(Protocol):
    """Changes of second steps."""

    async def set_totp(self, new: Totp) -> None:
        """Keep a person's secret instead of the one before."""
        ...

    async def set_recovery_codes(self, user_id: int, code_hashes: Collection[bytes]) -> None:
        """Keep a person's codes instead of those before."""
        ...

    async def use_recovery_code(self, user_id: int, code_hash: bytes) -> bool:
        """Use a code up; False when the person has no such one (any more)."""
        ...

    async def remove_totp(self, user_id: int) -> bool:
        """Forget a person's secret and codes; False when they have none."""
        ...
