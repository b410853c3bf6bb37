"""Many small decisions in one draw."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from hypothesis import strategies as st


def choices(**options: Sequence[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """One of each option, by name, in a single draw: with a draw for each an event took ten times as long."""
    sizes = [len(values) for values in options.values()]
    count = prod(sizes)
    # Hypothesis prefers small numbers where a range has more than 24 bits: the last options would be rare.
    assert count < 2**24, f"{count} combinations; split them into two draws"

    def combination(number: int) -> dict[str, Any]:
        chosen = {}
        for name, values in options.items():
            number, index = divmod(number, len(values))
            chosen[name] = values[index]
        return chosen

    return st.integers(0, count - 1).map(combination)
