"""The web assets can be built on a machine that has no Node, or an old one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.files import ROOT


def run_npm(path: Path, *arguments: str) -> str:
    """What `tools.npm` prints when only the programs in `path` are on the machine."""
    return subprocess.run(
        [sys.executable, "-m", "tools.npm", *arguments],
        cwd=ROOT,
        env={"PATH": str(path), "HOME": str(path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def put_program(folder: Path, name: str, says: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\nprintf '%s' '{says}'\n", encoding="utf-8")
    program.chmod(0o755)


def test_a_machine_without_node_uses_the_packaged_one(tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    said = run_npm(tmp_path, "exec", "--call", "node --version")
    assert int(said.strip().removeprefix("v").split(".")[0]) >= 24


@pytest.mark.parametrize(("version", "is_used"), [("v20.11.0", True), ("v18.20.4", False)])
def test_the_machines_own_npm_is_used_when_its_node_is_new_enough(
    tmp_path: Path,
    version: str,
    is_used: bool,  # noqa: FBT001
) -> None:
    put_program(tmp_path, "node", version)
    put_program(tmp_path, "npm", "the npm of this machine")
    said = run_npm(tmp_path, "--version")
    assert (said == "the npm of this machine") is is_used
