"""Commands typed in this process: quicker than one of their own, and just as real below `main`."""

from __future__ import annotations

import io
import sys

import pytest

from farthing.cli import main
from tests.logs import logs_put_back


class Terminal:
    """Runs commands and keeps what they said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def type(self, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        """Exit code, standard output and standard error of a command."""
        self._monkeypatch.setattr(sys, "argv", ["farthing", *arguments])
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = 0
        try:
            with logs_put_back():
                main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        told = self._capsys.readouterr()
        return code, told.out, told.err
