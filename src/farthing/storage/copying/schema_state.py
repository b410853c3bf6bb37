"""Whether a database has the tables that this release copies."""

from __future__ import annotations

from functools import cache

from alembic.script import ScriptDirectory

from farthing.storage.contract import StorageUnusableError
from farthing.storage.migrations.run import config


def require_newest(revision: str | None, name: str) -> None:
    """Refuse to copy tables of another release. Raises StorageUnusableError."""
    if revision != _newest():
        raise StorageUnusableError(
            f"{name} has schema {revision or 'none'} and this release has {_newest()};"
            " serve it once with this release"
        )


@cache
def _newest() -> str | None:
    return ScriptDirectory.from_config(config()).get_current_head()
