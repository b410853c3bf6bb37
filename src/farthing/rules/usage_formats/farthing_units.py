"""Farthing's own units, as its answers and exports tell them: they are disjoint, none lies in another."""

from __future__ import annotations

from typing import Final

from farthing.rules.usage import INPUT_UNITS, OTHER_UNITS, OUTPUT_UNITS, UNITS
from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Part, Reading, Side

_UNITS: Final = frozenset(UNITS)


def read(usage: Fields) -> Reading:
    return Reading(
        input=Side(INPUT_UNITS[0], usage.count(INPUT_UNITS[0]), outside=_parts(usage, INPUT_UNITS[1:])),
        output=Side(OUTPUT_UNITS[0], usage.count(OUTPUT_UNITS[0]), outside=_parts(usage, OUTPUT_UNITS[1:])),
        others=_parts(usage, OTHER_UNITS),
    )


def _parts(usage: Fields, units: tuple[str, ...]) -> tuple[Part, ...]:
    return usage.parts(**{unit: unit for unit in units})


def _is_shape(raw: Raw) -> bool:
    return bool(keys_of(raw)) and _UNITS.issuperset(raw)


FORMAT = Format(
    name="farthing_units",
    title="Farthing's own units (`buckets` of its answers)",
    source_url="docs/glossary.md",
    needs=(UNITS,),
    is_shape=_is_shape,
    read=read,
)
