"""`farthing quality`: how clean the data of a workspace is, and what to mend first."""

from __future__ import annotations

import msgspec
from rich.table import Table

from farthing.actions.parts import Parts
from farthing.actions.reads.asked_query import asked_query
from farthing.actions.reads.read_hygiene import read_hygiene
from farthing.api.data_quality import QUALITY, QualityAnswer, quality_answer
from farthing.cli.engine_told import tell_source
from farthing.cli.filter_options import ALL_CALLS, Calls
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, figures, table, tell, words
from farthing.reports.coverage import Coverage


def quality(
    *,
    whom: Whom,
    calls: Calls = ALL_CALLS,
    limit: int = 20,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Show what is doubtful about the stored calls, from 0 to 100 in all, and what to mend first.

    Parameters
    ----------
    limit
        How many keys, endpoints and things to mend, at most 200.
    as_json
        Print it with the fields of the API.
    """

    async def work(parts: Parts) -> tuple[QualityAnswer, Coverage | None]:
        asker = await whom.asker(parts)
        query = await asked_query(parts, asker, [*calls.pairs(), ("limit", str(limit))], QUALITY)
        report = await read_hygiene(parts, asker, query)
        tell_source(parts, report.source)
        return quality_answer(query, report), report.coverage

    told, coverage = work_with(place, work)
    if as_json:
        print(msgspec.json.encode(told).decode())
        return
    if told.score is None:
        tell("No stored call passes that.")
    else:
        tell(f"{told.score:g} of 100, over {told.requests:,} calls.")
        tell(*([_issues(told)] if any(each.requests for each in told.issues) else []))
        tell(*([_fixes(told)] if told.fixes else ["Nothing is to be mended."]))
    if coverage is not None:
        tell(coverage.sentence)


def _issues(told: QualityAnswer) -> Table:
    shown = table()
    figures(shown, "Calls")
    figures(shown, "Share")
    words(shown, "Issue")
    for each in told.issues:
        if each.requests:
            shown.add_row(f"{each.requests:,}", f"{each.share:.1%}", f"{each.issue}: {each.meaning}")
    return shown


def _fixes(told: QualityAnswer) -> Table:
    shown = table()
    figures(shown, "Mends")
    for name in ("Where", "What to do"):
        words(shown, name)
    for fix in told.fixes:
        where = " ".join(each for each in (fix.api_key_name, fix.endpoint_tag) if each)
        shown.add_row(f"{fix.requests:,}", where or "all", fix.what)
        if fix.call is not None:
            body = "" if fix.call.body is None else msgspec.json.encode(fix.call.body).decode()
            shown.add_row("", "", f"{fix.call.method} {fix.call.path} {body}".rstrip(), style="dim")
    return shown
