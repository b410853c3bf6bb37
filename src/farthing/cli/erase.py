"""`farthing erase`: take a user or tenant out of all that is stored, for whoever may touch the database."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec
from cyclopts import Parameter

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.events.erase import NewErasure, erase, preview_erasure
from farthing.actions.parts import Parts
from farthing.api.erasures import ErasureItem, erasure_item
from farthing.cli.failures import INTERRUPTED
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.reprice import finish_job
from farthing.cli.tables import AsJson, tell
from farthing.rules.money import usd_text
from farthing.rules.problems import FieldProblem


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class How:
    """How it is erased.

    Parameters
    ----------
    yes
        Do not ask first.
    own_only
        Leave what others sent, even where it names the identity.
    """

    yes: Annotated[bool, Parameter(negative=())] = False
    own_only: Annotated[bool, Parameter(negative=())] = False


ASKING: Final = How()


def erase_identity(
    kind: Literal["user", "tenant"],
    value: str,
    *,
    whom: Whom,
    how: How = ASKING,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Erase a user or tenant: the identity disappears everywhere, what it cost stays. It can't be undone.

    Stopping it half-way loses nothing: a running server goes on with it, and so does the same command.

    Parameters
    ----------
    kind
        user or tenant.
    value
        The id, exactly as it was sent.
    as_json
        Print the certificate with the fields of the API.
    """
    new = NewErasure(kind=kind, value=value, in_others=not how.own_only)

    async def work(parts: Parts) -> ErasureItem:
        asker = await whom.asker(parts)
        if not how.yes:
            await _confirm(parts, asker, new)
        wanted, job = await erase(parts, asker, new)
        await finish_job(parts, asker, job)
        done = await parts.storage.erasure(asker.workspace.id, wanted.id)
        return erasure_item(done or wanted)

    try:
        done = work_with(place, work)
    except KeyboardInterrupt:
        print("stopped here; a running server goes on with it, and so does the same command", file=sys.stderr)
        sys.exit(INTERRUPTED)
    if as_json:
        print(msgspec.json.encode(done).decode())
        return
    told = done.certificate
    tell(f"{done.id}: the {kind} is {told['alias']} now, in {told['before']['requests']:,} requests")
    tell(
        f"changed: {told['names']:,} names, {told['requests']:,} requests that held it elsewhere "
        f"({told['requestIds']:,} request ids), {told['versions']:,} old versions"
    )
    left = told["fileMentions"]
    if left is not None:
        tell("nothing of it is left in the database's files" if not left else f"left in the files: {left:,}")


async def _confirm(parts: Parts, asker: Asker, new: NewErasure) -> None:
    """Show what it is, and ask. Raises InvalidInputError without a yes."""
    found = (await preview_erasure(parts, asker, new)).sums
    told = f"{found.request_count:,} requests, {usd_text(found.cost_picousd)} USD"
    if not sys.stdin.isatty():
        raise InvalidInputError([FieldProblem("--yes", f"is needed where nobody can be asked ({told})")])
    print(f"{told}. This can't be undone. Erase? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise InvalidInputError([FieldProblem("--yes", "was not said; nothing was erased")])
