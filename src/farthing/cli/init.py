"""`farthing init`: the first person, workspace and API key, whether or not the server runs."""

from __future__ import annotations

import json
from typing import Annotated

from cyclopts import Parameter

from farthing.actions.asker import Origin
from farthing.actions.people.set_up_installation import Installation, SetUp, check_set_up, set_up_installation
from farthing.cli.passwords import password_asked, password_line
from farthing.cli.place import HERE, Place, work_with
from farthing.cli.tables import AsJson


def init(
    *,
    email: str,
    workspace: str,
    timezone: str = "UTC",
    password_stdin: Annotated[bool, Parameter(negative=())] = False,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Set up an empty installation. A second time nothing is changed, and the command fails.

    Parameters
    ----------
    email
        Address the first person signs in with. They will own the workspace.
    workspace
        Name of the workspace.
    timezone
        IANA zone that its days are counted in, such as Europe/Vienna.
    password_stdin
        Take the password from the first line of standard input; else it is asked for.
    as_json
        Print {"workspaceId", "userId", "apiKey"}.
    """
    password = password_line() if password_stdin else password_asked()
    given = SetUp(email=email, password=password, workspace=workspace, timezone=timezone)
    check_set_up(given)  # before a database is made for nothing
    made = work_with(place, lambda parts: set_up_installation(parts, given, Origin("command")), may_make=True)
    print(json.dumps(_told(made)) if as_json else _sentences(made))


def _told(made: Installation) -> dict[str, str]:
    return {
        "workspaceId": made.membership.workspace.public_id,
        "userId": made.membership.user.public_id,
        "apiKey": made.key,
    }


def _sentences(made: Installation) -> str:
    return (
        f"Workspace {made.membership.workspace.name} is set up, owned by {made.membership.user.email}.\n"
        f"Its API key, shown only now: {made.key}"
    )
