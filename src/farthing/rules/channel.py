"""Where alerts go, and what became of each on its way."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from farthing.rules.quiet_hours import QuietHours

ChannelKind = Literal["email", "webhook", "slack", "teams", "discord", "pagerduty", "telegram", "other"]
CHANNEL_KINDS: Final[tuple[ChannelKind, ...]] = get_args(ChannelKind)
CHANNELS_MAX: Final = 100
"""What a workspace may have."""
DeliveryState = Literal["queued", "sending", "sent", "failed", "dead"]
DELIVERY_STATES: Final[tuple[DeliveryState, ...]] = get_args(DeliveryState)
ENDED: Final = frozenset({"sent", "dead"})


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A way to a receiver. How it is reached is its secret, kept apart; `target` is what may be seen of that.

    `created_by` is a person. `version` grows with every stored change.
    """

    id: int = 0
    workspace_id: int
    name: str
    kind: ChannelKind
    target: str
    is_enabled: bool = True
    quiet: QuietHours | None = None
    created_by: int
    created_at: int
    removed_at: int | None = None
    version: int = 0


class SigningSecret(msgspec.Struct, frozen=True):
    """A secret that a webhook is signed with, up to `ends_at` if that is set."""

    text: str
    ends_at: int | None = None

    def __repr__(self) -> str:
        """Without the secret: a traceback may be logged."""
        return f"SigningSecret(ends_at={self.ends_at})"


class ChannelSecret(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel needs to reach its receiver: never shown, logged or entered in the audit log.

    `addresses` are of people, `url` is of a webhook or in the notification library's own form. `signing` has
    at most two, the newest first.
    """

    addresses: tuple[str, ...] = ()
    url: str = ""
    signing: tuple[SigningSecret, ...] = ()

    def __repr__(self) -> str:
        """Without anything of it: a traceback may be logged."""
        return "ChannelSecret(…)"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message on its way to a channel.

    `key` is a UUID that every attempt carries, so that a receiver can tell a repetition. Queued: not tried
    yet. Sending: a process tries it until `next_at`; later, another may. Failed: tried, and to be tried again
    at `next_at`. Dead: given up; nothing is tried before somebody asks for it. `next_at` is None once it is
    sent or dead. `version` grows with every stored change.
    """

    id: int = 0
    workspace_id: int
    message_id: int
    channel_id: int
    key: str
    state: DeliveryState = "queued"
    attempt_count: int = 0
    next_at: int | None
    error: str | None = None
    created_at: int
    finished_at: int | None = None
    version: int = 0

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED
