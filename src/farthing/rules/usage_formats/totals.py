"""What the total of a call tells of a part: whether its sender counts it inside a side or on top of it."""

from __future__ import annotations

from farthing.rules.usage_formats.reading import Count, Part


def is_on_top(parts: tuple[Part, ...], sides: tuple[Count | None, ...], total: Count | None) -> bool | None:
    """Yes where the total is the sides and the parts, no where it is the sides alone, None where neither."""
    if total is None:
        return None
    rest = total.value - sum(side.value for side in sides if side is not None)
    return {sum(count.value for _, count in parts): True, 0: False}.get(rest)
