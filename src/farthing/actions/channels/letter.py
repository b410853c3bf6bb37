"""A message on its way, with what its workspace and this server are called."""

from __future__ import annotations

from farthing.actions.parts import Parts
from farthing.notify.message import Letter
from farthing.rules.message import Message
from farthing.storage.contract import Workspace


def letter_of(parts: Parts, message: Message, key: str, workspace: Workspace) -> Letter:
    """The letter that every attempt to send the message carries."""
    return Letter(key, message, workspace.public_id, workspace.name, parts.settings.public_url)
