"""Channels and messages for tests."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from farthing.rules.channel import Channel, ChannelSecret, Delivery, SigningSecret
from farthing.rules.message import Fact, NewMessage
from tests.contract.samples import AT, WORKSPACE_ID

SECRET: Final = ChannelSecret(url="https://example.com/x", signing=(SigningSecret("whsec_AAAA", ends_at=AT),))


def channel(name: str = "on call", **fields: Any) -> Channel:
    plain = Channel(
        workspace_id=WORKSPACE_ID,
        name=name,
        kind="webhook",
        target="https://example.com/…",
        created_by=1,
        created_at=AT,
    )
    return replace(plain, **fields)


def message(dedupe_key: str = "budget_1:2023-11:exceeded", **fields: Any) -> NewMessage:
    plain = NewMessage(
        workspace_id=WORKSPACE_ID,
        kind="budget.exceeded",
        severity="critical",
        title="The budget “Checkout” is used up",
        text="It has spent $102.00 of $100.00.",
        path="/?range=mtd",
        facts=(Fact("Spent", "$102.00"), Fact("Limit", "$100.00")),
        data={"spentUsd": "102", "nested": [1, None]},
        dedupe_key=dedupe_key,
        created_at=AT,
    )
    return replace(plain, **fields)


def delivery(**fields: Any) -> Delivery:
    plain = Delivery(
        workspace_id=WORKSPACE_ID, message_id=1, channel_id=1, key="k", next_at=AT, created_at=AT
    )
    return replace(plain, **fields)
