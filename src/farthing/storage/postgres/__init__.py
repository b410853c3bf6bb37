"""PostgreSQL: for several processes and fail-over. Every key begins with the workspace."""

from farthing.storage.postgres.storage import PostgresStorage

__all__ = ["PostgresStorage"]
