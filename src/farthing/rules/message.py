"""What an alert says, whatever it is about and wherever it goes: plain structured content, no markup."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

import msgspec

Severity = Literal["info", "warning", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)


class Fact(msgspec.Struct, frozen=True):
    """A line of figures: what it is, and what it says, both as people read them."""

    label: str
    value: str


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be told to the channels of a workspace.

    `kind` is a noun and a past participle ("budget.exceeded"). `path` is where its investigation begins on
    the pages, such as "/?range=7d", empty for nowhere. `data` is for programs: whatever JSON the kind has.
    Of messages with the same `dedupe_key` a workspace has one, as long as that is kept. It goes to the
    channels of `channel_ids`, to all that are switched on where that is None.
    """

    workspace_id: int
    kind: str
    severity: Severity
    title: str
    text: str
    path: str = ""
    facts: tuple[Fact, ...] = ()
    data: dict[str, Any] = {}
    dedupe_key: str
    created_at: int
    channel_ids: tuple[int, ...] | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is kept; see NewMessage."""

    id: int
    workspace_id: int
    kind: str
    severity: Severity
    title: str
    text: str
    path: str
    facts: tuple[Fact, ...]
    data: dict[str, Any]
    dedupe_key: str
    created_at: int


def kept(new: NewMessage, message_id: int) -> Message:
    """The message with its id."""
    values = {name: getattr(new, name) for name in Message.__struct_fields__ if name != "id"}
    return Message(id=message_id, **values)
