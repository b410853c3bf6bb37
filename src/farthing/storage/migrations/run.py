"""Bring a database to this release's schema, or refuse one that a newer release has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from farthing.storage.contract import StorageUnusableError

_FOLDER: Final = Path(__file__).parent


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings; everything it needs is here, no file beside."""
    settings = Config()
    settings.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


def upgrade(connection: Connection, name: str) -> None:
    """Upgrade to the newest schema; `name` is what messages call the database. Commits."""
    current = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(config())
    if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
        raise StorageUnusableError(
            f"{name} has schema {current}, which this release does not know: it was made by a newer Farthing"
        )
    if current != script.get_current_head():
        command.upgrade(config(connection), "head")
    connection.commit()


def clear(connection: Connection) -> None:
    """Take every table away, with all that is in them. Commits."""
    command.downgrade(config(connection), "base")
    connection.commit()
