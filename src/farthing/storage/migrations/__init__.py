"""Alembic migrations, the same for SQLite and PostgreSQL.

`run` applies them; `versions` holds one file each.
"""
