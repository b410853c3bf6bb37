"""Tables and figures on a terminal, for commands with much to show."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

AsJson = Annotated[bool, Parameter(name="--json", negative=())]
DITTO: Final = '"'
_UNBROKEN: Final = 10_000
"""Characters in a line that nobody looks at: wider than any table."""


def plain_console() -> Console:
    """Standard output, where a name in brackets or colons is no markup; without colours if none are wanted.

    rich leaves colours out where it writes to no terminal, and where NO_COLOR is set.
    """
    return Console(markup=False, emoji=False, highlight=False)


def tell(*things: object) -> None:
    """Print texts and tables as they are: a name in brackets or colons is no markup.

    Into a file or another program a row is one line, so that it can be searched and cut; a terminal, or the
    variable COLUMNS, says how long lines are.
    """
    console = plain_console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _UNBROKEN
    for thing in things:
        console.print(thing)


def under_way(what: str) -> AbstractContextManager[object]:
    """A line that moves while the block runs, on a terminal only; it is gone afterwards."""
    return Console(stderr=True).status(f"{what} …")


def tell_done(sentence: str, told: object, *, as_json: bool) -> None:
    """What a command has done: a sentence, or `told` as JSON."""
    print(msgspec.json.encode(told).decode() if as_json else sentence)


def table() -> Table:
    return Table(box=None, pad_edge=False)


def tell_address(address: str) -> None:
    """Print an address on a line of its own, which is not broken."""
    plain_console().print(f"  {address}", soft_wrap=True)


def facts() -> Table:
    """Two columns: what it is, and what it says."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def words(table: Table, heading: str) -> None:
    """A column of text. It is folded where the line is too short, never cut: names are there to be copied."""
    table.add_column(heading, overflow="fold")


def ids(table: Table, heading: str) -> None:
    """A column of ids or times, which are never broken: they are there to be copied."""
    table.add_column(heading, no_wrap=True, overflow="fold")


def figures(table: Table, heading: str) -> None:
    """A column of numbers, which are never broken."""
    table.add_column(heading, justify="right", no_wrap=True, overflow="fold")


def unrepeated(texts: Iterable[str]) -> list[str]:
    """Texts for a column of words: a ditto mark where one says the same as the one above it."""
    return [DITTO if text == above else text for above, text in pairwise(("", *texts))]


def same_places(numbers: Sequence[str | None], places: int = 2) -> list[str]:
    """Decimal texts with as many places as the longest needs, at least `places`; nothing for None.

    So the points of a right-aligned column stand above each other, and no digit is lost.
    """
    cut = [None if number is None else _cut(number) for number in numbers]
    places = max([places, *(len(_fraction(number)) for number in cut if number is not None)])
    return ["" if number is None else _filled(number, places) for number in cut]


def _cut(number: str) -> str:
    """Without zeros that say nothing."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def _fraction(number: str) -> str:
    return number.partition(".")[2]


def _filled(number: str, places: int) -> str:
    whole, _, fraction = number.removeprefix("-").partition(".")
    return f"{'-' if number[0] == '-' else ''}{int(whole):,}.{fraction:0<{places}}"
