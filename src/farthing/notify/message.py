"""What a program is sent of a message: one JSON object, the body of every webhook.

Version 1 has these fields; further ones may come, none goes without another version:

- `version`: 1
- `id`: the delivery, the same at each attempt; also the header webhook-id
- `type`: what happened, a noun and a past participle, such as "budget.exceeded", or "channel.tested"
- `timestamp`: when it was told, ISO 8601 in UTC
- `severity`: "info", "warning" or "critical"
- `workspace`: {"id", "name"}
- `title`, `text`: for people, without markup
- `url`: the page where its investigation begins, or null
- `facts`: [{"label", "value"}], figures as people read them, in order
- `data`: an object of the type's own, figures as programs read them
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from farthing.rules.instants import instant
from farthing.rules.message import Message

VERSION: Final = 1
_ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True)
class Letter:
    """A message on its way: `key` is what every attempt carries; `base` is where the pages are, if known."""

    key: str
    message: Message
    workspace_id: str
    workspace_name: str
    base: str | None

    @property
    def url(self) -> str | None:
        """Where its investigation begins, if it has a place and pages are known to be anywhere."""
        path = self.message.path
        return None if not path or self.base is None else self.base.rstrip("/") + path


def payload(letter: Letter) -> dict[str, Any]:
    """The object (see the module)."""
    message = letter.message
    return {
        "version": VERSION,
        "id": letter.key,
        "type": message.kind,
        "timestamp": instant(message.created_at),
        "severity": message.severity,
        "workspace": {"id": letter.workspace_id, "name": letter.workspace_name},
        "title": message.title,
        "text": message.text,
        "url": letter.url,
        "facts": [{"label": fact.label, "value": fact.value} for fact in message.facts],
        "data": message.data,
    }


def payload_bytes(letter: Letter) -> bytes:
    """The object as it is signed and sent."""
    return _ENCODER.encode(payload(letter))
