"""Spans handed to the action without an HTTP request around them."""

from __future__ import annotations

from typing import Any

import msgspec

from farthing.actions.otlp.take_spans import Taken, take_spans
from farthing.intake.otlp import json
from tests.installations import Installed
from tests.otlp.exports import export


async def take(installation: Installed, spans: list[dict[str, Any]]) -> Taken:
    key = await installation.parts.keys.find(installation.key.encode())
    assert key is not None
    read = json.read_spans(msgspec.json.encode(export(*spans)), 1000)
    taken, _, _ = await take_spans(installation.parts, key.sender, read, lambda _: None)
    return taken
