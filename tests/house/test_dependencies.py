"""pyproject.toml, the lock and docs/dependencies.md say the same."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools.files import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
EXTRAS = {
    extra: [Requirement(line) for line in group]
    for extra, group in PROJECT["project"]["optional-dependencies"].items()
}
DEVELOPMENT = [Requirement(line) for line in PROJECT["dependency-groups"]["dev"]]
PACKAGE_JSON = json.loads((ROOT / "frontend" / "package.json").read_text(encoding="utf-8"))
PIN = re.compile(
    r"^([A-Za-z0-9._-]+)==([^\s;]+)([^\n]*(?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)*)", re.MULTILINE
)
STRICT_LICENCE = re.compile(r"\bA?GPL|GNU (?:AFFERO )?GENERAL PUBLIC|SSPL|BUSL|COMMONS CLAUSE", re.IGNORECASE)


def described(heading: str) -> set[str]:
    """The names in the first column of the table under a heading of docs/dependencies.md."""
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    section = page.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("|")]
    return set(rows[2:])


def names(requirements: list[Requirement]) -> set[str]:
    return {canonicalize_name(requirement.name) for requirement in requirements}


def pins(lock: str) -> dict[str, tuple[Version, str]]:
    """Name to (version, the rest of its entry) of a file in requirements/."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return {canonicalize_name(m[1]): (Version(m[2]), m[3]) for m in PIN.finditer(text)}


@pytest.mark.parametrize(
    ("heading", "declared"),
    [
        ("At run time", names(RUNTIME)),
        *((f"Optional: `farthing[{extra}]`", names(wanted)) for extra, wanted in EXTRAS.items()),
        ("For development", names(DEVELOPMENT)),
        ("In the pages", set(PACKAGE_JSON.get("dependencies", {}))),
        ("To build the pages", set(PACKAGE_JSON.get("devDependencies", {}))),
    ],
)
def test_every_dependency_is_described_and_nothing_else_is(heading: str, declared: set[str]) -> None:
    assert described(heading) == declared


@pytest.mark.parametrize(("lock", "wanted"), [("runtime", RUNTIME), ("dev", RUNTIME + DEVELOPMENT)])
def test_the_lock_pins_what_is_declared_within_its_bounds(lock: str, wanted: list[Requirement]) -> None:
    locked = pins(lock)
    for requirement in wanted:
        version, _ = locked[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}"


def test_developers_run_the_versions_that_users_run() -> None:
    users, developers = pins("runtime"), pins("dev")
    assert {name: version for name, (version, _) in users.items()} == {
        name: developers[name][0] for name in users
    }


@pytest.mark.parametrize("lock", ["runtime", "dev"])
def test_every_pin_has_hashes_and_the_lock_holds_nothing_else(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    assert PIN.sub("", text).strip() == ""
    assert [name for name, (_, rest) in pins(lock).items() if "--hash=sha256:" not in rest] == []


def licence(package: Distribution) -> str:
    """What the package's metadata says of its licence."""
    stated = package.metadata.get_all("License-Expression") or package.metadata.get_all("License") or []
    classifiers = package.metadata.get_all("Classifier") or []
    told = [text[:80] for text in stated] + [text for text in classifiers if text.startswith("License")]
    return " ".join(told) or licence_file(package)


def licence_file(package: Distribution) -> str:
    """The beginning of the licence that lies beside the metadata, for the few that say nothing in them."""
    files = [file for file in package.files or [] if "licen" in file.name.lower()]
    return " ".join(file.read_text()[:200] for file in files)


def installed(name: str) -> Distribution | None:
    """The package, or None: some pins are for other systems only."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def test_no_package_asks_users_to_publish_their_own_code() -> None:
    present = [package for name in pins("dev") if (package := installed(name))]
    assert len(present) > len(RUNTIME + DEVELOPMENT) - 2
    assert [package.name for package in present if STRICT_LICENCE.search(licence(package))] == []
    assert [package.name for package in present if not licence(package)] == []
