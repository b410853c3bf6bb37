"""The import contracts of pyproject.toml find an import that points up."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.files import ROOT


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """import-linter as `make check` runs it, over the tree at `root`."""
    script = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(script), "--no-cache", "--config", str(root / "pyproject.toml")],
        cwd=root,
        env={"PYTHONPATH": str(root / "src"), "PATH": str(script.parent), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package and its contracts, to plant a fault in."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "static", "templates")
    )
    return tmp_path


@pytest.mark.parametrize(
    ("room", "line", "broken"),
    [
        (
            "rules",
            "import farthing.reports.question",
            "farthing.rules is not allowed to import farthing.reports",
        ),
        ("ledger", "import farthing.api", "farthing.ledger is not allowed to import farthing.api"),
        ("api", "import farthing.web", "farthing.api is not allowed to import farthing.web"),
        ("actions", "import farthing.storage.sqlite", "farthing.actions.planted -> farthing.storage.sqlite"),
        ("rules", "import time", "farthing.rules is not allowed to import time"),
        ("reports", "import logging", "farthing.reports is not allowed to import logging"),
    ],
)
def test_an_import_that_points_up_breaks_the_check(copy: Path, room: str, line: str, broken: str) -> None:
    planted = copy / "src" / "farthing" / room / "planted.py"
    planted.write_text(f'"""Planted."""\n\n{line}\n', encoding="utf-8")
    found = lint_imports(copy)
    assert found.returncode == 1, found.stdout + found.stderr
    assert broken in found.stdout


def test_the_package_as_it_is_keeps_the_layers(copy: Path) -> None:
    found = lint_imports(copy)
    assert found.returncode == 0, found.stdout + found.stderr
