"""`farthing password`: for whoever may touch the database, when somebody has forgotten theirs."""

from __future__ import annotations

import json
from typing import Annotated

from cyclopts import Parameter

from farthing.actions.parts import Parts
from farthing.actions.people.links import link_to
from farthing.actions.people.set_password import make_reset_path, set_password
from farthing.cli.passwords import password_line
from farthing.cli.place import HERE, Place, work_with
from farthing.cli.tables import AsJson


def reset(
    *,
    email: str,
    password_stdin: Annotated[bool, Parameter(negative=())] = False,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Print a link that sets a new password, once and within an hour; or set it from standard input.

    Parameters
    ----------
    email
        Whose password it is.
    password_stdin
        Take the new password from the first line of standard input, and make no link.
    as_json
        Print {"link"}, or {"ok"} when the password is set.
    """
    if password_stdin:
        password = password_line()
        work_with(place, lambda parts: set_password(parts, email, password))
        done = f"{email} has a new password, and is signed out everywhere"
        print(json.dumps({"ok": True}) if as_json else done)
        return

    async def work(parts: Parts) -> str:
        return link_to(parts.settings, "", await make_reset_path(parts, email))

    link = work_with(place, work)
    print(json.dumps({"link": link}) if as_json else link)
