"""The columns that tables are made of, and what holds all tables."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, MetaData, SmallInteger, Text

metadata: Final = MetaData()


def big(*names: str, nullable: bool = False) -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=nullable) for name in names]


def small(*names: str, nullable: bool = False) -> list[Column[int]]:
    return [Column(name, SmallInteger, nullable=nullable) for name in names]


def text(*names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in names]


def row_id() -> Column[int]:
    return Column("id", Integer, primary_key=True)
