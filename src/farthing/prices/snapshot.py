"""Reads a snapshot of prices. No network, no clock, and none of the packages that it was made from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec

from farthing.prices.checks import faults
from farthing.prices.faults import Fault
from farthing.prices.lines import SCHEMA, CalendarLine, Reading, SnapshotFile, SourceLine, provider_names
from farthing.prices.raw_rates import unusable_rates
from farthing.rules.pricebook import PriceBook

SNAPSHOT_NAME: Final = "snapshot.json"
_FAULTS_SHOWN: Final = 5


class SnapshotError(ValueError):
    """A snapshot cannot be used; the message says what is wrong with which entry.

    `faults` are all rows that are to blame, where it is rows.
    """

    def __init__(self, message: str, wrong: Iterable[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(wrong)


class Snapshot(msgspec.Struct, frozen=True):
    """A price book with the data sets it was made from.

    `date` is the day it was made, ISO 8601. `calendars` are those of the file, by name.
    """

    book: PriceBook
    date: str
    sources: tuple[SourceLine, ...]
    calendars: Mapping[str, CalendarLine] = {}


def load_price_book(path: Path | None = None) -> PriceBook:
    """The price book of a snapshot file, of the release's own one by default.

    Raises SnapshotError when the file cannot be read or its prices make no sense.
    """
    return load_snapshot(path).book


def load_snapshot(path: Path | None = None) -> Snapshot:
    """The same with its date and sources."""
    return parse(snapshot_bytes(path), SNAPSHOT_NAME if path is None else str(path))


def snapshot_bytes(path: Path | None = None) -> bytes:
    """The content of a snapshot file, of the release's own one by default. Raises SnapshotError."""
    try:
        if path is None:
            return (files("farthing.prices") / SNAPSHOT_NAME).read_bytes()
        return path.read_bytes()
    except OSError as error:
        name = SNAPSHOT_NAME if path is None else str(path)
        raise SnapshotError(f"{name} cannot be read: {error.strerror}") from error


def parse(content: bytes, name: str) -> Snapshot:
    """The snapshot in `content`; `name` is for messages. Raises SnapshotError."""
    snapshot = read(content, name)
    wrong = tuple(faults(snapshot.book.models))
    if wrong:
        raise SnapshotError(f"{name}: " + "; ".join(map(str, wrong[:_FAULTS_SHOWN])), wrong)
    return snapshot


def read(content: bytes, name: str) -> Snapshot:
    """The same, whatever its prices say: for whoever has more to ask of them than `faults`."""
    file = _decode(content, name)
    reading = Reading({source.name: source.checked for source in file.sources}, file.calendars)
    try:
        day = date.fromisoformat(file.date).isoformat()
        models = [reading.model(line) for line in file.models]
    except (KeyError, ValueError) as error:
        raise SnapshotError(f"{name}: {error} is no source, calendar or date of this file") from error
    version = f"{day}-{hashlib.sha256(content).hexdigest()[:8]}"
    book = PriceBook(version, models, map(provider_names, file.providers))
    return Snapshot(book, day, file.sources, file.calendars)


def _decode(content: bytes, name: str) -> SnapshotFile:
    try:
        file = msgspec.json.decode(content, type=SnapshotFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{name} is no snapshot of prices: {error}"
        raise SnapshotError(message, unusable_rates(content)) from error
    if file.schema != SCHEMA:
        raise SnapshotError(f"{name} has schema {file.schema}; this release reads {SCHEMA}")
    return file
