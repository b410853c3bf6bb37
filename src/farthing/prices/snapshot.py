"""Reads a snapshot of prices. No network, no clock, and none of the packages that it was made from."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from farthing.prices.checks import faults
from farthing.prices.lines import SCHEMA, Reading, SnapshotFile, SourceLine, provider_names
from farthing.rules.pricebook import PriceBook

SNAPSHOT_NAME: Final = "snapshot.json"
_FAULTS_SHOWN: Final = 5


class SnapshotError(ValueError):
    """A snapshot cannot be used; the message says what is wrong with which entry."""


class Snapshot(msgspec.Struct, frozen=True):
    """A price book with the data sets it was made from. `date` is the day it was made."""

    book: PriceBook
    date: str
    sources: tuple[SourceLine, ...]


def load_price_book(path: Path | None = None) -> PriceBook:
    """The price book of a snapshot file, of the release's own one by default.

    Raises SnapshotError when the file cannot be read or its prices make no sense.
    """
    return load_snapshot(path).book


def load_snapshot(path: Path | None = None) -> Snapshot:
    """The same with its date and sources."""
    name = SNAPSHOT_NAME if path is None else str(path)
    try:
        content = (
            (files("farthing.prices") / SNAPSHOT_NAME).read_bytes() if path is None else path.read_bytes()
        )
    except OSError as error:
        raise SnapshotError(f"{name} cannot be read: {error.strerror}") from error
    return parse(content, name)


def parse(content: bytes, name: str) -> Snapshot:
    """The snapshot in `content`; `name` is for messages. Raises SnapshotError."""
    file = _decode(content, name)
    reading = Reading({source.name: source.checked for source in file.sources}, file.calendars)
    try:
        models = [reading.model(line) for line in file.models]
    except (KeyError, ValueError) as error:
        raise SnapshotError(f"{name}: {error} is no source, calendar or date of this file") from error
    wrong = list(islice(faults(models), _FAULTS_SHOWN))
    if wrong:
        raise SnapshotError(f"{name}: " + "; ".join(wrong))
    version = f"{file.date}-{hashlib.sha256(content).hexdigest()[:8]}"
    book = PriceBook(version, models, map(provider_names, file.providers))
    return Snapshot(book, file.date, file.sources)


def _decode(content: bytes, name: str) -> SnapshotFile:
    try:
        file = msgspec.json.decode(content, type=SnapshotFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SnapshotError(f"{name} is no snapshot of prices: {error}") from error
    if file.schema != SCHEMA:
        raise SnapshotError(f"{name} has schema {file.schema}; this release reads {SCHEMA}")
    return file
