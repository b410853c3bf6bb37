"""What an alert says, whatever it is about and wherever it goes: plain structured content, no markup."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

import msgspec

from farthing.rules.instants import instant

Severity = Literal["info", "warning", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
_UNESCAPED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PLAIN: Final = (("dataMode", "real"), ("environment", "all"))


class Fact(msgspec.Struct, frozen=True):
    """A line of figures: what it is, and what it says, both as people read them."""

    label: str
    value: str


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be told to the channels of a workspace.

    `kind` is a noun and a past participle ("budget.exceeded"). `path` is where its investigation begins on
    the pages, such as "/?range=7d", empty for nowhere. `data` is for programs: whatever JSON the kind has.
    Of messages with the same `dedupe_key` a workspace has one, as long as that is kept. It goes to the
    channels of `channel_ids`; where that is None, the workspace's rules say where.

    Messages with the same `incident_key` tell of one incident: a scope, a metric and a window, such as
    "budget_1:spend:2026-03". Without one it is told of nothing else. `window` (start and end, UTC
    milliseconds) and `filters`, as (parameter, value), are what it is about: without a `path`, they make it.
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
    incident_key: str | None = None
    window: tuple[int, int] | None = None
    filters: tuple[tuple[str, str], ...] = ()


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
    incident_key: str | None = None
    window: tuple[int, int] | None = None
    filters: tuple[tuple[str, str], ...] = ()


AlertState = Literal["open", "acknowledged", "snoozed"]
ALERT_STATES: Final[tuple[AlertState, ...]] = get_args(AlertState)


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has made of an alert: acknowledged it, or put it off; neither is open."""

    acknowledged_at: int | None = None
    snoozed_until: int | None = None
    by: int | None = None

    def state(self, now: int) -> AlertState:
        """What it is at `now`: one that was put off is open again when its time has come."""
        if self.acknowledged_at is not None:
            return "acknowledged"
        return "snoozed" if self.snoozed_until is not None and now < self.snoozed_until else "open"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A message in the inbox, and what held it back from channels when it came (rules.alert_routing)."""

    message: Message
    cooldown_applied: bool
    dedupe_applied: bool
    handling: Handling


def kept(new: NewMessage, message_id: int) -> Message:
    """The message with its id, and a path where what it is about makes one."""
    values = {name: getattr(new, name) for name in Message.__struct_fields__ if name != "id"}
    if not new.path and new.window is not None:
        values["path"] = investigation(new.window, new.filters)
    return Message(id=message_id, **values)


def investigation(window: tuple[int, int], filters: tuple[tuple[str, str], ...]) -> str:
    """The page of a window with filters: its range, data mode and environment always said."""
    said = {name for name, _ in filters}
    plain = [(name, value) for name, value in _PLAIN if name not in said]
    start, end = (instant(at) for at in window)
    pairs = [("from", start), ("to", end), *plain, *filters]
    return "/?" + "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in pairs)


def _escaped(text: str) -> str:
    """The text as part of an address: urllib, which may open connections, is not for rules."""
    return "".join(
        sign if sign in _UNESCAPED else "".join(f"%{byte:02X}" for byte in sign.encode()) for sign in text
    )
