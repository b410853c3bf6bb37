"""What a format is: a name for `usageFormat`, the shape it is known by, and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.reading import Reading

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Format:
    """One shape of usage object.

    `needs` are fields without which an object is none of this format: each a name, or names of which one is
    enough. `is_shape` says whether an object that nobody named is of it. `source_url` is where the provider
    publishes the shape.
    """

    name: str
    title: str
    source_url: str
    needs: tuple[str | tuple[str, ...], ...]
    is_shape: Callable[[Raw], bool]
    read: Callable[[Fields], Reading]

    def missing(self, raw: Raw) -> list[str]:
        """Which of `needs` an object lacks, in words."""
        alternatives = [(need,) if isinstance(need, str) else need for need in self.needs]
        return [" or ".join(names) for names in alternatives if all(raw.get(name) is None for name in names)]


def keys_of(raw: Raw, *path: str) -> frozenset[str]:
    """The names of the fields that are not null in the object at `path`; none where there is no object."""
    value: Any = raw
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return (
        frozenset(k for k, v in value.items() if v is not None) if isinstance(value, Mapping) else frozenset()
    )
