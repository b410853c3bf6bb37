"""What a page says where its range begins before what is kept."""

from __future__ import annotations

from collections.abc import Sequence

from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.question import Answer, Reach
from farthing.web.moments import minute_text
from farthing.web.view import View


def list_note(reach: Reach, view: View) -> str | None:
    """The sentence over a list of calls that begins later than its range; None over a whole one."""
    if not reach.is_truncated:
        return None
    since = minute_text(reach.available_from, view.zone)
    return f"Calls before {since} are kept as summaries only: the list, and what it comes to, begin there."


def question_note(answers: Sequence[Answer], view: View) -> str | None:
    """What is said over figures of which some begin later than their range, or were not counted in it."""
    said = [_cut_note(answers, view), _later_note(answers, view)]
    return " ".join(each for each in said if each is not None) or None


def _cut_note(answers: Sequence[Answer], view: View) -> str | None:
    cut = [answer.reach.available_from for answer in answers if answer.reach.is_truncated]
    if not cut:
        return None
    since = minute_text(max(cut), view.zone)
    return (
        f"What is shown here is known from {since} on: earlier calls are kept as summaries only, "
        "which know less, or not at all."
    )


def newest_note(answers: Sequence[Answer], view: View) -> str | None:
    """The sentence over lists of which some are of the newest calls only; None where all are of all."""
    cut = {
        answer.question.dimensions[0]: answer for answer in answers if answer.reach.newest_from is not None
    }
    if not cut:
        return None
    *others, last = (DIMENSIONS[name].plural.lower() for name in cut)
    names = f"{', '.join(others)} and {last}" if others else last
    count = max(answer.request_count for answer in cut.values())
    since = minute_text(max(answer.reach.newest_from or 0 for answer in cut.values()), view.zone)
    return (
        f"{names.capitalize()} are those of the newest {count:,} requests, since {since}: "
        "no sums of them are kept for this page, and more would have to be read one by one."
    )


def newest_calls_note(reach: Reach, count: int, view: View) -> str | None:
    """The sentence over what is told of the newest calls only; None where it is told of all."""
    if reach.newest_from is None:
        return None
    since = minute_text(reach.newest_from, view.zone)
    return f"This is about the newest {count:,} calls, since {since}: each has to be read for it."


def _later_note(answers: Sequence[Answer], view: View) -> str | None:
    since = max((answer.reach.later_from for answer in answers), default=0)
    if not since:
        return None
    at = minute_text(since, view.zone)
    return f"Retries are counted from {at} on: how many there were before is not known."
