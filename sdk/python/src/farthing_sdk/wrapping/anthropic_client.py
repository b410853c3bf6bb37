"""Anthropic's client: messages, plain and streamed, also on Bedrock and Vertex."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from farthing_sdk.event import plain
from farthing_sdk.wrapping.managers import manage
from farthing_sdk.wrapping.measure import Operation, Reading
from farthing_sdk.wrapping.methods import measure, paths

_HOSTED = (("Bedrock", "aws.bedrock"), ("Mantle", "aws.bedrock"), ("Vertex", "google"), ("Foundry", "azure"))


def provider_of(client: Any) -> str:
    """Who answers, by the client's class."""
    name = type(client).__name__
    return next((provider for word, provider in _HOSTED if word in name), "anthropic")


def operations(provider: str) -> dict[str, dict[str, Operation]]:
    """What is measured, by dotted path and method."""

    def messages(name: str) -> Operation:
        return Operation(name, provider, read_message, "anthropic_messages", reader=MessageEvents)

    methods = {name: messages(f"messages.{name}") for name in ("create", "parse")}
    return {"messages": methods, "beta.messages": methods}


def wrap_anthropic(client: Any, provider: str | None) -> None:
    """Measure the client's calls."""
    name = provider or provider_of(client)
    for owner, method, operation in paths(client, operations(name)):
        measure(owner, method, operation)
        if method == "create":
            streamed = Operation(
                "messages.stream",
                name,
                read_message,
                "anthropic_messages",
                reader=MessageEvents,
                is_always_stream=True,
            )
            manage(owner, "stream", streamed)


def read_message(answer: Any) -> Reading:
    """Of a whole message."""
    return Reading(
        usage=getattr(answer, "usage", None),
        model=getattr(answer, "model", None),
        response_id=getattr(answer, "id", None),
    )


@dataclass
class MessageEvents:
    """Events of a message: the first one tells the input, those near the end the output, each in part.

    What a later one tells comes before what an earlier one did; what it leaves out stays.
    """

    message: Any = None
    late_usage: Any = None

    def see(self, part: Any) -> bool:
        kind = getattr(part, "type", None)
        if kind == "message_start":
            self.message = part.message
        elif kind == "message_delta":
            self.late_usage = getattr(part, "usage", None) or self.late_usage
        return False

    def reading(self) -> Reading:
        if self.message is None:
            return Reading()
        reading = read_message(self.message)
        reading.usage = {**(plain(reading.usage) or {}), **(plain(self.late_usage) or {})}
        return reading
