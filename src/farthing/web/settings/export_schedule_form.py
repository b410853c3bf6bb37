"""The form of a scheduled export: what it says of one, and what was filled in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from msgspec import UNSET

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.export_schedules.manage_schedules import destination_shape
from farthing.actions.export_schedules.schedule_fields import (
    AT,
    DestinationFields,
    NewSchedule,
    ScheduleChange,
)
from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.export_schedule import ExportSchedule
from farthing.rules.quiet_hours import clock_text

PLACES: Final = {
    "folder": ("folder",),
    "s3": ("endpoint", "region", "bucket", "prefix", "keyId", "secret"),
}
_NAMES: Final = {"keyId": "key_id"}


@dataclass(frozen=True)
class ScheduleForm:
    """Its fields as texts; `place` has those of where files go, the secret always empty."""

    name: str = ""
    what: str = "requests"
    form: str = "csv"
    by: tuple[str, ...] = ("model",)
    filters: str = ""
    every: str = "daily"
    at: str = AT
    timezone: str = "UTC"
    is_enabled: bool = True
    place: dict[str, str] = field(default_factory=dict)

    def new(self, kind: str) -> NewSchedule:
        """What was filled in for a new one. Raises InvalidInputError."""
        return NewSchedule(destination=self.destination(kind), is_enabled=True, **self._fields())

    def change(self, before: ExportSchedule) -> ScheduleChange:
        """What was filled in for one that there is; where files go stays unless something of it differs."""
        kind, kept = before.destination.kind, destination_shape(before)
        given = {name: self.place.get(name, "") for name in PLACES[kind]}
        is_same = all(given[name] == kept.get(name, "") for name in PLACES[kind])
        to = UNSET if is_same else self.destination(kind)
        return ScheduleChange(destination=to, is_enabled=self.is_enabled, **self._fields())

    def destination(self, kind: str) -> DestinationFields:
        given = {_NAMES.get(name, name): self.place.get(name, "") for name in PLACES.get(kind, ())}
        return DestinationFields(kind=kind, **given)

    def _fields(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "what": self.what,
            "format": self.form,
            "by": list(self.by) if self.what == "summary" else [],
            "filters": _read_filters(self.filters),
            "every": self.every,
            "at": self.at,
            "timezone": self.timezone,
            "focus_version": None,
        }


def fresh_form(asker: Asker) -> ScheduleForm:
    """The form for a new one."""
    return ScheduleForm(timezone=asker.workspace.timezone, filters="dataMode=real\nenvironment=all")


def form_of(schedule: ExportSchedule) -> ScheduleForm:
    """The form of one that there is."""
    return ScheduleForm(
        name=schedule.name,
        what=schedule.what,
        form=schedule.format,
        by=tuple(DIMENSIONS[name].wire for name in schedule.dimensions),
        filters="\n".join(f"{name}={value}" for name, value in schedule.filters),
        every=schedule.every,
        at=clock_text(schedule.at_minute),
        timezone=schedule.timezone,
        is_enabled=schedule.is_enabled,
        place=destination_shape(schedule),
    )


def filled_form(texts: dict[str, str]) -> ScheduleForm:
    """The form that was sent."""
    by = (texts.get("by1", ""), texts.get("by2", ""))
    return ScheduleForm(
        name=texts.get("name", ""),
        what=texts.get("what", ""),
        form=texts.get("format", ""),
        by=tuple(dict.fromkeys(filter(None, by))),
        filters=texts.get("filters", ""),
        every=texts.get("every", ""),
        at=texts.get("at", "").strip()[:5],
        timezone=texts.get("timezone", "").strip(),
        is_enabled="is_enabled" in texts,
        place={name: texts[name].strip() for names in PLACES.values() for name in names if name in texts},
    )


def problems_of(error: InvalidInputError) -> dict[str, str]:
    """What is wrong, by the names of the form's fields; of a filter with the filter's name."""
    told: dict[str, str] = {}
    for each in error.problems:
        room, _, name = each.field.partition(".")
        if room == "filters" and name:
            told.setdefault("filters", f"has a filter {name} which {each.message}")
        else:
            told.setdefault(name if room == "destination" else each.field, each.message)
    return told


def _read_filters(text: str) -> dict[str, str | list[str]]:
    """Lines such as model=gpt-4o. A line that is none is a filter of that name, which there is not."""
    filters: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, _, value = line.strip().partition("=")
        if name:
            filters.setdefault(name.strip(), []).append(value)
    return dict(filters)
