"""The distribution: beside the server, on Python 3.9, with the standard library and nothing else."""

from __future__ import annotations

import ast
import dataclasses
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import farthing_sdk
from farthing_sdk.fields import WIRE_NAMES
from tests.processes import SECONDS_MAX
from tests.wire.conftest import Wire
from tools.files import ROOT, project_files

SDK = ROOT / "sdk" / "python"
SOURCES = [path for path in project_files(ROOT, ".py") if SDK / "src" in path.parents]
OPTIONAL = {"litellm_callback.py": {"litellm"}, "langchain_callback.py": {"langchain_core"}}
TYPES_ONLY = {"typing_extensions"}


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=SDK, capture_output=True, check=True)
    with zipfile.ZipFile(next(folder.glob("farthing_sdk-*.whl"))) as archive:
        return set(archive.namelist())


def test_its_wheel_shares_no_file_with_the_server_and_has_all_of_its_own(names: set[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in names} == {"farthing_sdk"}
    sources = {
        str(path.relative_to(SDK / "src")) for path in project_files(ROOT) if SDK / "src" in path.parents
    }
    assert sources - names == set()
    assert "farthing_sdk/py.typed" in names


def test_version_and_dependencies_are_what_they_should_be() -> None:
    project = tomllib.loads((SDK / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == farthing_sdk.__version__
    assert project["dependencies"] == []
    assert project["requires-python"] == ">=3.9"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_nothing_is_imported_that_a_bare_python_lacks(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).split(".")[0])
    allowed = sys.stdlib_module_names | {"farthing_sdk"} | OPTIONAL.get(path.name, set()) | TYPES_ONLY
    assert found - allowed == set()


def test_nothing_is_used_that_python_3_9_lacks() -> None:
    asked = [sys.executable, "-c", "from vermin import main; main()", "--target=3.9-", "--no-tips"]
    done = subprocess.run(
        [*asked, *map(str, SOURCES)], capture_output=True, text=True, timeout=SECONDS_MAX, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def python_3_9() -> str | None:
    """A Python 3.9 that runs, if there is one: a name alone may be a shim for one that is not chosen."""
    for found in (
        shutil.which("python3.9"),
        *sorted(Path.home().glob(".pyenv/versions/3.9.*/bin/python3.9")),
    ):
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return str(found)
    return None


@pytest.mark.skipif(python_3_9() is None, reason="there is no Python 3.9 on this machine")
def test_it_reports_from_python_3_9(wire: Wire, tmp_path: Path) -> None:
    before = wire.stored_count()
    environment = {
        "PYTHONPATH": f"{SDK / 'src'}:{ROOT}",
        "FARTHING_API_KEY": wire.key,
        "FARTHING_BASE_URL": f"http://127.0.0.1:{wire.port}",
        "FARTHING_SDK_SPOOL_DIR": str(tmp_path),
    }
    for what in ("end", "fork", "pool"):
        command = [str(python_3_9()), "-m", "tests.sdk.application", what, "50", f"py39_{what}_"]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert wire.stored_count() == before + 50 * 6 + 1


@pytest.mark.parametrize("page", ["README.md", "docs/migration.md", "sdk/python/README.md"])
def test_the_python_of_the_pages_names_what_there_is(page: str) -> None:
    blocks = re.findall(
        r"^```python\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert blocks
    for node in (node for block in blocks for node in ast.walk(ast.parse(block))):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "farthing"
        ):
            assert hasattr(farthing_sdk, node.attr)


def test_the_readme_names_every_setting_and_variable() -> None:
    text = (SDK / "README.md").read_text(encoding="utf-8")
    wanted = {field.name for field in dataclasses.fields(farthing_sdk.Settings)}
    variables = set(
        re.findall(r'"((?:FARTHING|OPSMETER)_\w+)"', (SDK / "src/farthing_sdk/settings.py").read_text())
    )
    assert len(variables) == 10
    assert [name for name in sorted(wanted | variables | set(WIRE_NAMES)) if f"`{name}" not in text] == []
