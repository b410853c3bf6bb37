"""Every stored field of an event, in groups, the empty ones left out."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import msgspec

from farthing.rules.events import UsageEvent
from farthing.rules.money import usd
from farthing.storage.contract import StoredEvent
from farthing.web.amounts import exact_text
from farthing.web.figures import count, milliseconds
from farthing.web.moments import exact_text as moment_text
from farthing.web.words import unit_label


@dataclass(frozen=True)
class Field:
    """A label and its text; `is_code` for ids and names that are copied letter by letter."""

    label: str
    text: str
    is_code: bool = False


@dataclass(frozen=True)
class FieldGroup:
    """Fields under one heading."""

    title: str
    fields: tuple[Field, ...]


def field_groups(stored: StoredEvent, api_key: str | None, zone: ZoneInfo) -> tuple[FieldGroup, ...]:
    """All groups that have a field. `api_key` is the name of the key the event came with."""
    event = stored.event
    groups = (
        ("Attribution", _attribution(event)),
        ("Model", _model(event)),
        ("Usage", _usage(event)),
        ("Timing", _timing(event, zone)),
        ("Origin", _origin(event, api_key)),
        ("Extra", _extra(event)),
    )
    return tuple(FieldGroup(title, tuple(fields)) for title, fields in groups if fields)


def _named(*pairs: tuple[str, str | None], is_code: bool = False) -> list[Field]:
    return [Field(label, text, is_code) for label, text in pairs if text is not None and text != ""]


def _attribution(event: UsageEvent) -> list[Field]:
    return [
        *_named(
            ("Endpoint", event.endpoint_tag),
            ("Prompt version", event.prompt_version),
            ("Feature tag", event.feature_tag),
            ("User", event.user_id),
            ("Tenant", event.tenant_id),
            is_code=True,
        ),
        *_named(("Environment", event.environment), ("Data mode", event.data_mode)),
    ]


def _model(event: UsageEvent) -> list[Field]:
    sent = event.model_sent if event.model_sent != event.model else None
    return _named(
        ("Provider", event.provider),
        ("Model", event.model),
        ("Model as sent", sent),
        ("Model requested", event.model_requested),
        is_code=True,
    )


def _usage(event: UsageEvent) -> list[Field]:
    units = [Field(unit_label(unit), count(number)) for unit, number in event.usage.units.items()]
    sent = None if event.total_tokens_sent is None else count(event.total_tokens_sent)
    return [
        *units,
        *_named(("Total as sent", sent), ("Totals are", event.usage.accounting)),
        *_named(
            ("Read by rule", event.usage.rule), ("Flags", ", ".join(event.usage.flags) or None), is_code=True
        ),
    ]


def _timing(event: UsageEvent, zone: ZoneInfo) -> list[Field]:
    first = event.time_to_first_token_ms
    return _named(
        ("Occurred", moment_text(event.occurred_at, zone)),
        ("Received", moment_text(event.received_at, zone)),
        ("Latency", None if event.latency_ms is None else milliseconds(event.latency_ms)),
        ("Time to first token", None if first is None else milliseconds(first)),
    )


def _origin(event: UsageEvent, api_key: str | None) -> list[Field]:
    reported = event.reported_cost_picousd
    return [
        *_named(("External request id", event.external_request_id), is_code=True),
        *_named(("API key", api_key), ("Status", event.status)),
        *_named(("Error code", event.error_code), is_code=True),
        *_named(("Cost as reported", None if reported is None else f"${exact_text(usd(reported))}")),
    ]


def _extra(event: UsageEvent) -> list[Field]:
    """The free fields, each as the JSON it was sent as."""
    return [Field(name, _json(value), is_code=True) for name, value in (event.extra or {}).items()]


def _json(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
