"""That an answer begins later than was asked for, in words."""

from __future__ import annotations

from farthing.reports.question import Reach
from farthing.rules.instants import instant


def reach_told(reach: Reach) -> str:
    """A line where the beginning of the range is gone; empty where nothing is left out."""
    if not reach.is_truncated:
        return ""
    return f"What is asked is known from {instant(reach.available_from)} on: older calls are left out here."
