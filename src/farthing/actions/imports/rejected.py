"""The file of refused rows: each as it was read, an object of JSON a line. Mended, it can be imported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from farthing.actions.errors import InvalidInputError
from farthing.actions.imports.report import FileReport
from farthing.rules.problems import FieldProblem

_ENCODER = msgspec.json.Encoder(enc_hook=str)


class Rejected:
    """Where refused rows go: nowhere, without a file."""

    def __init__(self, file: IO[bytes] | None) -> None:
        self._file = file

    def begin(self, *, is_resumed: bool) -> None:
        """What an earlier run left there goes, unless this one goes on where that was broken off."""
        if self._file is not None and not is_resumed:
            self._file.truncate(0)

    def __call__(
        self, report: FileReport, place: int, row: dict[str, Any], problems: tuple[FieldProblem, ...]
    ) -> None:
        if self._file is not None:
            told = {"file": report.file, "place": place, "problems": problems, "row": _writable(row)}
            self._file.write(_ENCODER.encode(told) + b"\n")


@contextmanager
def rejecting(path: Path | None) -> Iterator[Rejected]:
    """Raises InvalidInputError."""
    if path is None:
        yield Rejected(None)
        return
    try:
        file = path.open("ab")
    except OSError as error:
        raise InvalidInputError([FieldProblem("--rejected", f"{path}: {error.strerror}")]) from error
    with file:
        yield Rejected(file)


def _writable(value: Any) -> Any:
    """Without half surrogates, which stand for bytes that are no UTF-8."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_writable(str(name)): _writable(each) for name, each in value.items()}
    return [_writable(each) for each in value] if isinstance(value, list) else value
