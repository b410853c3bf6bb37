"""The names that keep their colours whatever is filtered: those that lead, the oldest first."""

from __future__ import annotations

from typing import Final

from farthing.actions.parts import Parts
from farthing.actions.reads.search import NAMED
from farthing.reports.question import Answer, Question
from farthing.rules.events import DATA_MODES
from farthing.rules.filters import Filters
from farthing.rules.periods import DAY_MS, Window
from farthing.web.colours import PALETTE_SIZE

_DAYS: Final = 90


def familiar_question(workspace_id: int, dimension: str, now: int) -> Question:
    """The leading names of the last 90 days in all that was ever sent, which change once a day at most."""
    midnight = (now // DAY_MS + 1) * DAY_MS
    return Question(
        workspace_id=workspace_id,
        window=Window(midnight - _DAYS * DAY_MS, midnight),
        measures=("cost",),
        dimensions=(dimension,),
        filters=Filters(data_modes=DATA_MODES),
        limit=PALETTE_SIZE,
    )


async def by_age(parts: Parts, answer: Answer) -> tuple[str, ...]:
    """The names of an answer to `familiar_question`, so that one that is new takes no colour of an older one.

    Names that nobody keeps the age of stand in the order of their text.
    """
    (dimension,) = answer.question.dimensions
    names = sorted(row.keys[0] for row in answer.rows)
    known: list[str] = []
    if dimension in NAMED:
        known = await parts.storage.names_by_age(answer.question.workspace_id, dimension, names)
    return (*known, *(name for name in names if name not in known))
