"""Which installation a command works on, and working on it while its server runs or not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

from cyclopts import Parameter

from farthing.actions.asker import Asker, operator_asking
from farthing.actions.errors import NotFoundError
from farthing.actions.parts import Parts
from farthing.assembly import build_parts, is_there, opened, running, served_alone
from farthing.clock import SystemClock
from farthing.logs import set_up_logs
from farthing.prices import load_price_book
from farthing.prices.snapshot import snapshot_bytes
from farthing.rules.pricebook import PriceBook
from farthing.settings import Settings, load_settings

T = TypeVar("T")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the installation is.

    Parameters
    ----------
    data
        Folder of the installation [default: ./data].
    database_url
        PostgreSQL instead of SQLite in that folder.
    """

    data: Path | None = None
    database_url: str | None = None

    def settings(self, **flags: object) -> Settings:
        """The settings of this place. Raises SettingsError."""
        return load_settings(data=self.data, database_url=self.database_url, **flags)


HERE = Place()


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Door:
    """Where the server listens.

    Parameters
    ----------
    host
        Address to listen on [default: 127.0.0.1].
    port
        Port to listen on [default: 8787].
    """

    host: str | None = None
    port: int | None = None


AnyDoor = Door()


def work_with(place: Place, work: Callable[[Parts], Awaitable[T]], *, may_make: bool = False) -> T:
    """Do something with the parts of an installation, its storage open. Nothing is written to its ledger.

    Rows are read from an analytics copy as far as there is one that no server has to itself. Standard output
    is the command's answer; what is logged goes to standard error. Raises NotFoundError when there is no
    installation yet, unless it `may_make` one.
    """
    settings = place.settings()
    if not may_make:
        require_installation(settings)
    set_up_logs(settings.log_level, settings.log_format)

    async def run() -> T:
        async with opened(build_parts(settings, SystemClock())) as parts:
            if parts.analytics is not None:
                parts.analytics.copy.open_when_asked()
            return await work(parts)

    return asyncio.run(run())


def record_with(place: Place, work: Callable[[Parts], Awaitable[T]]) -> T:
    """The same with the ledger at work, which may be written to. With SQLite no server may run meanwhile.

    Raises NotFoundError and StorageUnusableError.
    """
    settings = place.settings()
    require_installation(settings)
    set_up_logs("error", settings.log_format)  # what is refused, whoever asked for it is told

    async def run() -> T:
        async with running(build_parts(settings, SystemClock())) as parts:
            return await work(parts)

    with served_alone(settings):
        return asyncio.run(run())


def require_installation(settings: Settings) -> None:
    """Raises NotFoundError where there is none."""
    if not is_there(settings):
        raise NotFoundError(
            f"there is no installation in {settings.data}; `farthing init` makes one, --data says where it is"
        )


def book_of(place: Place) -> PriceBook:
    """The book that holds in an installation, if flags name one; else the release's, without a database."""
    if place == HERE:
        return load_price_book()

    async def work(parts: Parts) -> PriceBook:
        await parts.prices.refresh()
        return parts.prices.book

    return work_with(place, work)


def book_content(place: Place) -> bytes:
    """The same book as a snapshot file, byte for byte as it came. Raises SnapshotError."""
    if place == HERE:
        return snapshot_bytes()

    async def work(parts: Parts) -> bytes:
        await parts.prices.refresh()
        return await parts.prices.shelf.content()

    return work_with(place, work)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Whom:
    """In whose name a command works.

    Parameters
    ----------
    email
        In whose name: anybody in the workspace, whatever their role.
    workspace
        Name or id of the workspace, when that person is in several.
    """

    email: Annotated[str, Parameter(env_var="FARTHING_EMAIL")]
    workspace: Annotated[str | None, Parameter(env_var="FARTHING_WORKSPACE")] = None

    async def asker(self, parts: Parts) -> Asker:
        """An operator in the name of the person. Raises NotFoundError."""
        return await member(parts, self.email, self.workspace)


async def member(parts: Parts, email: str, workspace: str | None) -> Asker:
    """An operator in the name of a person, in one of their workspaces.

    `workspace` is its name or id, needed when they have several. Raises NotFoundError.
    """
    user = await parts.storage.user_by_email(email)
    memberships = await parts.storage.memberships(user.id) if user is not None else []
    if workspace is not None:
        memberships = [
            each for each in memberships if workspace in (each.workspace.name, each.workspace.public_id)
        ]
    if not memberships:
        where = "this installation" if workspace is None else f"a workspace {workspace!r}"
        raise NotFoundError(f"{email} is not in {where}")
    if len(memberships) > 1:
        names = ", ".join(each.workspace.name for each in memberships)
        raise NotFoundError(f"{email} is in several workspaces, say which with --workspace: {names}")
    return operator_asking(memberships[0])
