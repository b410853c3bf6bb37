"""What an answer was read from, said where there is a choice."""

from __future__ import annotations

import sys

from farthing.actions.parts import Parts


def tell_source(parts: Parts, source: str) -> None:
    """Say it beside the answer, where an analytics copy is set up."""
    if parts.analytics is not None:
        print(f"Read from: {source}.", file=sys.stderr)
