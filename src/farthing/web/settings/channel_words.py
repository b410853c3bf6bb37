"""Kinds of channels, their fields, and what becomes of deliveries, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from farthing.rules.channel import ChannelKind, DeliveryState


@dataclass(frozen=True)
class FieldWords:
    """A field of a form: its name there and on the wire, and what is written around it."""

    name: str
    wire: str
    label: str
    hint: str
    placeholder: str = ""
    is_long: bool = False
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class KindWords:
    """A kind: what people call it, what it is for in one line, and its fields."""

    name: str
    what: str
    fields: tuple[FieldWords, ...]


def _url(hint: str, placeholder: str) -> tuple[FieldWords, ...]:
    return (FieldWords("url", "url", "Address", hint, placeholder),)


KINDS: Final[dict[ChannelKind, KindWords]] = {
    "email": KindWords(
        "E-mail",
        "to up to 20 people, as text and simple HTML",
        (
            FieldWords(
                "addresses",
                "addresses",
                "Addresses",
                "One a line. All of them see each other.",
                "oncall@example.com",
                is_long=True,
            ),
        ),
    ),
    "webhook": KindWords(
        "Webhook",
        "JSON to a program of yours, signed so that it can tell who sends",
        _url("Where the program listens. Only the host is shown later.", "https://example.com/farthing"),
    ),
    "slack": KindWords(
        "Slack",
        "to a channel, by an incoming webhook",
        _url(
            "In Slack: your app, Incoming Webhooks, Add New Webhook.",
            "https://hooks.slack.com/services/T…/B…/…",
        ),
    ),
    "teams": KindWords(
        "Microsoft Teams",
        "to a channel or chat, by a workflow",
        _url(
            "In Teams: the channel, Workflows, “Send webhook alerts to a channel”.",
            "https://….logic.azure.com/workflows/…",
        ),
    ),
    "discord": KindWords(
        "Discord",
        "to a channel, by a webhook",
        _url(
            "In Discord: the channel\u2019s settings, Integrations, Webhooks.",
            "https://discord.com/api/webhooks/…",
        ),
    ),
    "pagerduty": KindWords(
        "PagerDuty",
        "raises an incident in a service",
        (
            FieldWords(
                "routing_key",
                "routingKey",
                "Integration key",
                "In PagerDuty: the service, Integrations, Events API v2.",
            ),
            FieldWords(
                "region",
                "region",
                "Region",
                "Where the account is served from.",
                options=(("us", "United States"), ("eu", "European Union")),
            ),
        ),
    ),
    "telegram": KindWords(
        "Telegram",
        "to a chat or channel, by a bot",
        (
            FieldWords("bot_token", "botToken", "Bot token", "As BotFather shows it.", "123456789:AAF…"),
            FieldWords(
                "chat_id",
                "chatId",
                "Chat",
                "The number of a chat that the bot is in, or the name of a channel.",
                "-1001234567890 or @alerts",
            ),
        ),
    ),
    "other": KindWords(
        "Another service",
        "Mattermost, Rocket.Chat, Google Chat, Webex, Zulip, Matrix, ntfy, Gotify, Opsgenie and more",
        _url(
            "In the form of the notification library Apprise; its documentation lists all services.",
            "mmosts://chat.example.com/…",
        ),
    ),
}
STATES: Final[dict[DeliveryState, str]] = {
    "queued": "waiting",
    "sending": "being sent",
    "sent": "sent",
    "failed": "to be tried again",
    "dead": "given up",
}
