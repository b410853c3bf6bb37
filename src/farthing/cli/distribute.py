"""`farthing db distribute`: a PostgreSQL spread over machines."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from farthing.actions.errors import ConflictError
from farthing.actions.parts import Parts
from farthing.cli.place import HERE, Place, work_with
from farthing.storage.contract import Distributable


def distribute(*, apply: Annotated[bool, Parameter(negative=())] = False, place: Place = HERE) -> None:
    """Print the statements that spread the tables over the machines of a Citus by workspace, or run them.

    Run them before the first calls come, or while no server runs: rows that are there are moved.

    Parameters
    ----------
    apply
        Run those that were not run before; refuses without the extension.
    """

    async def work(parts: Parts) -> None:
        storage = parts.storage
        if not isinstance(storage, Distributable):
            raise ConflictError("SQLite is one file on one machine; give a PostgreSQL with --database-url")
        if not apply:
            print("\n".join(f"{each};" for each in storage.distribution()))
            return
        count = await storage.distribute()
        print(f"{count} tables were spread" if count else "every table was spread before; nothing was done")

    work_with(place, work)
