"""`farthing demo`: an invented company in a folder of its own, to look around in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final

from farthing.actions.asker import Asker, Origin
from farthing.actions.entry.credentials import new_token
from farthing.actions.errors import AlreadySetUpError, ConflictError
from farthing.actions.events.demo_work import DEMO_LOAD
from farthing.actions.events.load_demo import DemoSize, begin_demo, read_demo_size
from farthing.actions.jobs.manage_jobs import cancel_job
from farthing.actions.parts import Parts
from farthing.actions.people.set_up_installation import SetUp, set_up_installation
from farthing.cli.job_bar import job_bar
from farthing.cli.place import AnyDoor, Door, Place, member
from farthing.intake.demo_plan import DAYS, SIZE
from farthing.jobs.runner import run_job
from farthing.logs import set_up_logs
from farthing.serving import serve as run

_DATA: Final = Path("./data-demo")
_EMAIL: Final = "demo@example.com"
_WORKSPACE: Final = "Demo company"
_SIGN_IN_FILE: Final = "demo-sign-in.json"
_OWNER_ONLY: Final = 0o600
_PASSWORD_LENGTH: Final = 16


@dataclass(frozen=True)
class _SignIn:
    """What gets a person into the demo. Made up for each folder: a fixed password would be a hole."""

    email: str
    password: str


def demo(*, data: Path = _DATA, door: Door = AnyDoor, size: int = SIZE, days: int = DAYS) -> None:
    """Serve an invented company's last two weeks. The events are fresh at each start.

    Parameters
    ----------
    data
        Folder of the demo. A folder that holds anything else is refused and left alone.
    size
        How many events: 1000 to 1000000. A million takes some minutes.
    days
        Over how many days, today included: 7 to 400.
    """
    wanted = read_demo_size((("size", str(size)), ("days", str(days))))
    settings = Place(data=data).settings(host=door.host, port=door.port)
    # Whatever database the environment names, the demo stays in its folder.
    settings = settings.model_copy(update={"database_url": None})
    set_up_logs(settings.log_level, settings.log_format)
    file = settings.data / _SIGN_IN_FILE
    run(settings, partial(_announce, file), partial(_prepare, file, wanted))


async def _prepare(file: Path, wanted: DemoSize, parts: Parts) -> None:
    """Set up the demo in an empty folder, and bring its events up to now."""
    is_set_up = await parts.storage.has_accounts()
    sign_in = _read(file) or (None if is_set_up else _make(file))
    if sign_in is None:
        raise AlreadySetUpError(f"{file.parent} holds an installation that is not a demo; it was left alone")
    if not is_set_up:
        given = SetUp(email=sign_in.email, password=sign_in.password, workspace=_WORKSPACE)
        await set_up_installation(parts, given, Origin("command"))
    await _load(parts, await member(parts, sign_in.email, None), wanted)


async def _load(parts: Parts, asker: Asker, wanted: DemoSize) -> None:
    """Load the events, with a bar; what an earlier start has begun is given up."""
    for each in await parts.storage.unfinished_jobs():
        if (each.kind, each.workspace_id) == (DEMO_LOAD, asker.workspace.id):
            await cancel_job(parts, asker, each.id)
    job = await begin_demo(parts, asker, wanted, is_alone=True)
    with job_bar({DEMO_LOAD: "Making calls"}) as told:
        ended = await run_job(parts, job, told)
    if ended.state != "succeeded":
        raise ConflictError(ended.error or f"the job was {ended.state}")


def _make(file: Path) -> _SignIn:
    """A sign-in, written down first: a start that is cut short goes on from it."""
    sign_in = _SignIn(_EMAIL, new_token()[:_PASSWORD_LENGTH])
    file.touch(_OWNER_ONLY)
    file.write_text(json.dumps(asdict(sign_in)))
    return sign_in


def _read(file: Path) -> _SignIn | None:
    return _SignIn(**json.loads(file.read_text())) if file.exists() else None


def _announce(file: Path, url: str, is_set_up: bool) -> None:  # noqa: ARG001, FBT001 - serving's signature
    sign_in = _read(file)
    print(f"The demo is ready on {url}/?dataMode=demo", flush=True)
    if sign_in is not None:
        print(f"Sign in as {sign_in.email} with {sign_in.password}", flush=True)
