"""Whoever reaches the database with plain SQL changes nothing of the audit log either."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from farthing.storage.sqlite import SqliteStorage
from tests.contract.test_changes import entry
from tests.storages import Changed


@pytest.mark.parametrize("act", ["DELETE FROM audit_entry", "UPDATE audit_entry SET actor = 'nobody'"])
async def test_sqlite_refuses_to_change_an_entry(tmp_path: Path, act: str) -> None:
    path = tmp_path / "farthing.db"
    storage = SqliteStorage(path)
    await storage.open()
    await Changed(storage).enter(entry())
    await storage.close()
    connection = apsw.Connection(str(path))
    with pytest.raises(apsw.ConstraintError, match="append-only"):
        connection.execute(act)
    connection.close()
