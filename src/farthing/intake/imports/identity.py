"""Ids of rows whose source gives them none: a digest of what they hold, and which of its equals one is."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from farthing.intake.call import TEXT_MAX
from farthing.intake.imports.cells import CellError, Row

DIGEST_BYTES: Final = 16
_ENCODER: Final = msgspec.json.Encoder(order="deterministic", enc_hook=str)


def digest_of(format_name: str, row: Row) -> bytes:
    """A digest of a row, whatever the order of its columns. Raises CellError."""
    try:
        told = _ENCODER.encode(row)
    except UnicodeEncodeError as error:
        raise CellError("row", "holds half of a surrogate pair, which is no character") from error
    person = format_name.encode()[: hashlib.blake2b.PERSON_SIZE]
    return hashlib.blake2b(told, digest_size=DIGEST_BYTES, person=person).digest()


def kept_identity(given: str) -> str:
    """The source's own id; of one that is longer than an id may be, a digest."""
    if len(given) <= TEXT_MAX:
        return given
    return f"import:{hashlib.blake2b(given.encode(errors='replace'), digest_size=DIGEST_BYTES).hexdigest()}"


def identity_of(digest: bytes, ordinal: int) -> str:
    """The id of the `ordinal`th row with that digest, from 1."""
    return f"import:{digest.hex()}:{ordinal}"
