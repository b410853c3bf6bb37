"""`farthing db distribute`: a PostgreSQL spread over machines."""

from __future__ import annotations

import json
from typing import Annotated

from cyclopts import Parameter

from farthing.actions.errors import ConflictError
from farthing.actions.parts import Parts
from farthing.cli.place import HERE, Place, work_with
from farthing.cli.tables import AsJson
from farthing.storage.contract import Distributable


def distribute(
    *,
    apply: Annotated[bool, Parameter(negative=())] = False,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Print the statements that spread the tables over the machines of a Citus by workspace, or run them.

    Run them before the first calls come, or while no server runs: rows that are there are moved.

    Parameters
    ----------
    apply
        Run those that were not run before; refuses without the extension.
    as_json
        Print {"statements"}, or {"spread"} with --apply: how many tables were.
    """

    async def work(parts: Parts) -> list[str] | int:
        storage = parts.storage
        if not isinstance(storage, Distributable):
            raise ConflictError("SQLite is one file on one machine; give a PostgreSQL with --database-url")
        return await storage.distribute() if apply else storage.distribution()

    done = work_with(place, work)
    if as_json:
        print(json.dumps({"spread" if isinstance(done, int) else "statements": done}))
    elif isinstance(done, int):
        print(f"{done} tables were spread" if done else "every table was spread before; nothing was done")
    else:
        print("\n".join(f"{each};" for each in done))
