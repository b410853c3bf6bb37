"""What a key lets its calls be, how long it works, and how soon its end is told."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from farthing.rules.events import DATA_MODES, ENVIRONMENTS
from farthing.rules.periods import DAY_MS

KeyState = Literal["live", "expired", "revoked"]
EXPIRES_SOON_MS: Final = DAY_MS
"""How long before a key's end its senders are told."""
UNUSED_MS: Final = 90 * DAY_MS
"""How long a live key may lie unused before the page asks whether it is needed."""


class KeyRules(msgspec.Struct, frozen=True):
    """The data mode and environment of calls that name none, and the environments that calls may have.

    `attributes` are (field, attribute): where spans of OpenTelemetry have a field of a call, in the order of
    the fields' names, each field once.
    """

    data_mode: str = DATA_MODES[0]
    environment: str = ENVIRONMENTS[0]
    environments: tuple[str, ...] = ENVIRONMENTS
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def says_data_mode(self) -> bool:
        """Whether calls that name none are what they are because of the key, and not for want of a word."""
        return self.data_mode != DATA_MODES[0] or self.environments == ENVIRONMENTS[:1]

    @property
    def says_environment(self) -> bool:
        """The same of the environment: a key for one environment alone says it, too."""
        return self.environment != ENVIRONMENTS[0] or len(self.environments) == 1


MAPPED_FIELDS: Final = (
    *("endpoint_tag", "prompt_version", "feature_tag", "user_id", "tenant_id", "environment"),
)
"""Fields of which a key can say which attribute holds them."""

NO_RULES: Final = KeyRules()


def key_state(revoked_at: int | None, expires_at: int | None, now: int) -> KeyState:
    """Whether a key works now, and why it does not. Its last moment is the one before `expires_at`."""
    if revoked_at is not None:
        return "revoked"
    return "expired" if expires_at is not None and now >= expires_at else "live"


def is_unused(created_at: int, last_used_at: int | None, now: int) -> bool:
    """Whether nothing has come with the key for long."""
    return now - max(created_at, last_used_at or 0) >= UNUSED_MS
