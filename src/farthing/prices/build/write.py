"""Writes a snapshot: one provider or model a line, always in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from importlib.metadata import version
from typing import Final

import msgspec

from farthing.prices.build import dated, genai
from farthing.prices.build.dated import DatedData
from farthing.prices.lines import SCHEMA, CalendarLine, ProviderLine, SourceLine, model_line
from farthing.rules.matching import ProviderNames
from farthing.rules.price import ModelPrices

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


def sources(day: str, data: DatedData) -> tuple[SourceLine, ...]:
    """The two packages. genai-prices carries no date of its own, so the day it was read stands for it."""
    return (
        SourceLine(
            name=genai.SOURCE,
            version=version(genai.SOURCE),
            licence="MIT",
            url="https://github.com/pydantic/genai-prices",
            checked=day,
        ),
        SourceLine(
            name=dated.SOURCE,
            version=f"{version(dated.SOURCE)}+models.dev@{data.basis}",
            licence="MIT",
            url="https://github.com/wakamex/model-prices",
            checked=data.updated,
        ),
    )


def snapshot(
    day: str,
    origins: Iterable[SourceLine],
    calendars: Mapping[str, CalendarLine],
    providers: Iterable[ProviderNames],
    models: Iterable[ModelPrices],
) -> bytes:
    """The file's content."""
    names = {
        (
            frozenset(date.fromisoformat(text).toordinal() - _EPOCH_DAY for text in calendar.days),
            calendar.offset_minutes,
        ): name
        for name, calendar in calendars.items()
    }
    provider_lines = [
        ProviderLine(name=provider.name, aliases=provider.aliases, sells_also=provider.sells_also)
        for provider in sorted(providers, key=lambda provider: provider.name)
    ]
    model_lines = [model_line(entry, names) for entry in sorted(models, key=_order)]
    parts = (
        f'"schema":{SCHEMA}',
        f'"date":{_json(day)}',
        f'"sources":{_lines(origins)}',
        f'"calendars":{_json(calendars)}',
        f'"providers":{_lines(provider_lines)}',
        f'"models":{_lines(model_lines)}',
    )
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _order(entry: ModelPrices) -> tuple[str, str]:
    return entry.provider, entry.model


def _lines(items: Iterable[object]) -> str:
    return "[\n" + ",\n".join(_json(item) for item in items) + "\n]"


def _json(item: object) -> str:
    return msgspec.json.encode(item, order="sorted" if isinstance(item, dict) else None).decode()
