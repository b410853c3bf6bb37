"""The wheel holds all that a server needs: it runs without Node, compiler or checkout."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools.files import ROOT, project_files


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, as `make wheel` builds it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    return next(folder.glob("farthing-*.whl"))


@pytest.fixture
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_source_file_is_in_the_wheel_and_no_test_is(names: set[str]) -> None:
    source = {
        str(path.relative_to(ROOT / "src")) for path in project_files(ROOT) if ROOT / "src" in path.parents
    }
    assert {name for name in source if name.endswith((".html", ".json"))}
    assert source - names == set()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"farthing"}


def test_the_built_assets_are_in_the_wheel(names: set[str]) -> None:
    manifest = json.loads((ROOT / "src/farthing/web/static/manifest.json").read_text(encoding="utf-8"))
    assert len(manifest) > 2
    assert {f"farthing/web/static/{name}" for name in [*manifest.values(), "LICENSES.txt"]} <= names


def test_the_licences_of_what_is_bundled_travel_along(wheel: Path) -> None:
    bundled = json.loads((ROOT / "frontend/package.json").read_text(encoding="utf-8"))["dependencies"]
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read("farthing/web/static/LICENSES.txt").decode()
    assert [name for name, version in bundled.items() if f"{name} {version} (" not in text] == []


def test_the_command_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, farthing.cli; print(farthing.__file__); farthing.cli.main()",
            "--help",
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.startswith(str(tmp_path))
    assert "serve" in said
    assert "init" in said
