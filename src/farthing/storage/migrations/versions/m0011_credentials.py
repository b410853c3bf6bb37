"""Sessions that say where and when they are used, families of refresh tokens, personal tokens, keys.

Who was signed in signs in once more: their sessions hold nothing of what is kept now.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTES = sa.LargeBinary()
TEXT = sa.Text()


def upgrade() -> None:
    """Make sessions anew, and what is new."""
    _sessions()
    _personal_tokens()
    _signing_keys()
    _totp()


def downgrade() -> None:
    """Remove it; sessions are as they were, none of them there."""
    for table in ("recovery_code", "totp", "signing_key"):
        op.drop_table(table)
    op.drop_table("personal_token")
    op.drop_table("session")
    _table("session", *_session())


def _sessions() -> None:
    op.drop_table("session")
    _table(
        "session",
        *_session(),
        _column("last_seen_at", BIG),
        _column("address", TEXT),
        _column("agent", TEXT),
        *(_column(name, BYTES, nullable=True) for name in ("secret_hash", "previous_hash", "salt")),
        _column("rotated_at", BIG, nullable=True),
    )
    op.create_index("session_person", "session", ["person_id"])


def _personal_tokens() -> None:
    _table(
        "personal_token",
        sa.Column("id", sa.Integer(), primary_key=True),
        _column("person_id", BIG),
        _column("workspace_id", BIG),
        _column("name", TEXT),
        _column("prefix", TEXT),
        _column("token_hash", BYTES, unique=True),
        _column("scopes", TEXT),
        _column("created_at", BIG),
        _column("expires_at", BIG),
        _column("last_used_at", BIG, nullable=True),
        _column("revoked_at", BIG, nullable=True),
    )
    op.create_index("personal_token_workspace", "personal_token", ["workspace_id"])


def _signing_keys() -> None:
    _table(
        "signing_key",
        sa.Column("id", sa.Integer(), primary_key=True),
        _column("kid", TEXT, unique=True),
        _column("secret", BYTES),
        _column("created_at", BIG),
    )
    # What was signed with it names no session and is refused in any case.
    op.execute("DELETE FROM secret WHERE name = 'access_tokens'")


def _totp() -> None:

    _table(
        "totp",
        _person(),
        _column("secret", BYTES),
        _column("created_at", BIG),
        _column("confirmed_at", BIG, nullable=True),
        _column("last_step", BIG),
    )
    _table("recovery_code", _person(), sa.Column("code_hash", BYTES, primary_key=True))


def _session() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Integer(), primary_key=True),
        _column("person_id", BIG),
        _column("workspace_id", BIG),
        _column("kind", TEXT),
        _column("token_hash", BYTES, unique=True),
        _column("created_at", BIG),
        _column("expires_at", BIG),
    ]


def _table(name: str, *columns: Any) -> None:
    op.create_table(name, *columns, sqlite_strict=True)


def _column(name: str, type_: Any, *, nullable: bool = False, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=nullable, **more)


def _person() -> sa.Column[Any]:
    return sa.Column("person_id", sa.Integer(), primary_key=True, autoincrement=False)
