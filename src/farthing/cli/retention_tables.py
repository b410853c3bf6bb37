"""How retention is shown on a terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from farthing.api.retention import GoingShape, ModeShape, RetentionAnswer
from farthing.cli.tables import table, words
from farthing.rules.events import DATA_MODES


def told_of(answer: RetentionAnswer) -> list[Table | str]:
    """What holds, since when, and what is next."""
    shown = table()
    for heading in ("Calls", "Single calls", "there since", "Sums", "there since", "Next run removes"):
        words(shown, heading)
    for mode in DATA_MODES:
        shown.add_row(mode, *_row(getattr(answer, mode)))
    told: list[Table | str] = [shown]
    if answer.hold is not None:
        told.append(
            f"A legal hold is on since {answer.hold.since} ({answer.hold.reason}): nothing is removed."
        )
    told.extend(f"Last run, {each.finished_at}: {_removed(each.result)}" for each in answer.runs[:1])
    return told


def told_of_run(result: dict[str, Any]) -> list[Table | str]:
    """What a run has removed, and that sums are what they were."""
    shown = table()
    for heading in ("Calls", "Month"):
        words(shown, heading)
    for heading in ("Single calls", "Cells of sums"):
        shown.add_column(heading, justify="right")
    for each in result.get("removed", []):
        shown.add_row(each["dataMode"], each["month"], f"{each['rows']:,}", f"{each['cells']:,}")
    return [*([shown] if result.get("removed") else []), _removed(result)]


def _removed(result: dict[str, Any]) -> str:
    same = "unchanged" if result.get("before") == result.get("after") else "changed by calls that came late"
    given_back = result.get("bytesGivenBack", 0)
    return (
        f"{result.get('rows', 0):,} single calls and {result.get('cells', 0):,} cells of sums removed, "
        f"{given_back / 1_000_000:,.1f} MB given back; the totals of that time are {same}."
    )


def _row(mode: ModeShape) -> list[str]:
    going = [_going(mode.next_run.raw, "single calls"), _going(mode.next_run.summaries, "calls' sums")]
    return [
        _days(mode.raw_days, "rawDays" in mode.set),
        mode.raw_available_from_utc or "the first",
        _days(mode.summary_days, "summaryDays" in mode.set),
        mode.summaries_available_from_utc or "the first",
        ", ".join(each for each in going if each) or "nothing",
    ]


def _days(days: int | None, is_set: bool) -> str:  # noqa: FBT001 - two words of one cell
    kept = "for ever" if days is None else f"{days:,} days"
    return kept if is_set else f"{kept} (not set)"


def _going(going: GoingShape | None, what: str) -> str:
    return "" if going is None or not going.requests else f"{going.requests:,} {what} before {going.end}"
