"""`farthing request`: correct a stored call, for whoever may touch the database."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from farthing.actions.errors import InvalidInputError
from farthing.actions.events.correct_call import Wanted, correct_call
from farthing.actions.parts import Parts
from farthing.api.corrections import History, read_history
from farthing.api.request_item import call_item
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, table, tell, words
from farthing.rules.correction import StoredCall
from farthing.rules.ids import request_id_text
from farthing.rules.money import usd_text
from farthing.rules.problems import FieldProblem


def amend(
    request_id: str,
    *,
    whom: Whom,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative=())],
    reason: str | None = None,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Give fields of a call the values they should have had; it is priced anew, at its own time.

    Parameters
    ----------
    request_id
        The id that the ingest answered with, such as req_2s.
    set_
        A field by its name at ingest and its value, such as inputTokens=120; null takes it away.
    reason
        Why, for the history.
    as_json
        Print the call with the fields of the API.
    """
    wanted = Wanted(kind="amended", changes=dict(map(_pair, set_)), reason=reason)
    _correct(request_id, whom, wanted, place, as_json=as_json)


def void(request_id: str, *, whom: Whom, reason: str, as_json: AsJson = False, place: Place = HERE) -> None:
    """Let a call count no more, anywhere. It is kept, and what comes under its id is a duplicate.

    Parameters
    ----------
    request_id
        The id that the ingest answered with.
    reason
        Why, for the history.
    as_json
        Print the call with the fields of the API.
    """
    _correct(request_id, whom, Wanted(kind="voided", reason=reason), place, as_json=as_json)


def restore(
    request_id: str, *, whom: Whom, reason: str | None = None, as_json: AsJson = False, place: Place = HERE
) -> None:
    """Let a voided call count again, as it did.

    Parameters
    ----------
    request_id
        The id that the ingest answered with.
    reason
        Why, for the history.
    as_json
        Print the call with the fields of the API.
    """
    _correct(request_id, whom, Wanted(kind="restored", reason=reason), place, as_json=as_json)


def revert(
    request_id: str,
    to_version: int,
    *,
    whom: Whom,
    reason: str | None = None,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Bring back what a call was at an earlier version, its cost included.

    Parameters
    ----------
    request_id
        The id that the ingest answered with.
    to_version
        The number of the version, as `farthing request history` lists it.
    reason
        Why, for the history.
    as_json
        Print the call with the fields of the API.
    """
    wanted = Wanted(kind="reverted", to_version=to_version, reason=reason)
    _correct(request_id, whom, wanted, place, as_json=as_json)


def history(request_id: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Show all corrections of a call: when, by whom, why, and what each changed.

    Parameters
    ----------
    request_id
        The id that the ingest answered with.
    as_json
        Print it with the fields of the API.
    """

    async def work(parts: Parts) -> History:
        return await read_history(parts, await whom.asker(parts), request_id)

    found = work_with(place, work)
    if as_json:
        print(msgspec.json.encode(found).decode())
    elif not found.items:
        tell(f"{request_id} is as it came.")
    else:
        _print(found)


def _print(found: History) -> None:
    shown = table()
    for heading in ("Version", "What", "When", "By", "Why", "Changes"):
        words(shown, heading)
    for item in found.items:
        changes = "\n".join(f"{each.field}: {each.before} -> {each.after}" for each in item.changes)
        shown.add_row(str(item.version), item.kind, item.at, item.by_name or item.by, item.reason, changes)
    tell(shown, f"{found.request_id} is at version {found.version}, {found.state}")


def _correct(request_id: str, whom: Whom, wanted: Wanted, place: Place, *, as_json: bool) -> None:
    async def work(parts: Parts) -> StoredCall:
        return await correct_call(parts, await whom.asker(parts), request_id, wanted)

    call = work_with(place, work)
    if as_json:
        print(msgspec.json.encode(call_item(call)).decode())
        return
    cost = call.event.cost_picousd
    told = "unknown" if cost is None else f"{usd_text(cost)} USD"
    state = "is voided, and counts no more" if call.is_voided else f"costs {told}"
    tell(f"{request_id_text(call.request_id)} is at version {call.version} and {state}")


def _pair(text: str) -> tuple[str, Any]:
    """A field and its value: JSON where it is some, else the text itself."""
    name, separator, value = text.partition("=")
    if not separator:
        raise InvalidInputError([FieldProblem("--set", f"must be field=value, not {text[:40]!r}")])
    try:
        return name.strip(), msgspec.json.decode(value.encode())
    except msgspec.DecodeError:
        return name.strip(), value
