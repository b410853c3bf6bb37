"""A further price book out of the installed packages: nothing of the last one is lost."""

from __future__ import annotations

from collections.abc import Mapping

from farthing.prices.build.dated import DatedData
from farthing.prices.build.merge import merge
from farthing.prices.build.onward import carried_on, providers_of
from farthing.prices.build.write import snapshot, sources
from farthing.prices.lines import CalendarLine, at
from farthing.prices.snapshot import Snapshot
from farthing.rules.instants import instant


def updated(before: Snapshot, now: int) -> bytes:
    """`before` as a snapshot file, from `now` (UTC ms) on with the prices of the packages."""
    data, day = DatedData(), instant(now)[:10]
    merged = merge(data, at(day))
    origins = {source.name: source for source in (*before.sources, *sources(day, data))}
    return snapshot(
        day,
        origins.values(),
        calendars_of(before, data.calendars()),
        providers_of(before.book.providers, merged.providers),
        carried_on(before.book.models, merged.models, now),
    )


def calendars_of(before: Snapshot, built: Mapping[str, CalendarLine]) -> dict[str, CalendarLine]:
    """The calendars of both; one that says something else now keeps its former days under a dated name."""
    replaced = {
        f"{name}-{before.date}": line
        for name, line in before.calendars.items()
        if built.get(name, line).days != line.days
    }
    return {**before.calendars, **built, **replaced}
