"""The file of refused rows: each as it was read, an object of JSON a line. Mended, it can be imported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from farthing.actions.errors import InvalidInputError
from farthing.actions.imports.read_file import Reject
from farthing.actions.imports.report import FileReport
from farthing.rules.problems import FieldProblem

_ENCODER = msgspec.json.Encoder(enc_hook=str)


@contextmanager
def rejecting(path: Path | None) -> Iterator[Reject]:
    """Where refused rows go: after those that are there. Raises InvalidInputError."""
    if path is None:
        yield _nowhere
        return
    try:
        file = path.open("ab")
    except OSError as error:
        raise InvalidInputError([FieldProblem("--rejected", f"{path}: {error.strerror}")]) from error
    with file:
        yield lambda *told: _write(file, *told)


def _nowhere(*told: Any) -> None:
    """Nobody wants them."""


def _write(
    file: IO[bytes], report: FileReport, place: int, row: dict[str, Any], problems: tuple[FieldProblem, ...]
) -> None:
    told = {"file": report.file, "place": place, "problems": problems, "row": _writable(row)}
    file.write(_ENCODER.encode(told) + b"\n")


def _writable(value: Any) -> Any:
    """Without half surrogates, which stand for bytes that are no UTF-8."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_writable(str(name)): _writable(each) for name, each in value.items()}
    return [_writable(each) for each in value] if isinstance(value, list) else value
