"""How much a runtime-only installation weighs: files and packages of a fresh virtual environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.measurement import Measurement
from bench.server import BenchError

_SIZE_GOAL_MB = 150.0
_PACKAGE_GOAL = 60.0
_ROOT = Path(__file__).parent.parent
_INSTALL_S = 600.0
_TOOLS = ("pip", "setuptools", "wheel")


def measure(scratch: Path) -> list[Measurement]:
    """Installs the project from its folder, without extras, the pinned releases where a lock is there.

    pip itself is not counted. Raises BenchError with pip's own words when the installation fails.
    """
    python = scratch / "venv" / "bin" / "python"
    _run(sys.executable, "-m", "venv", str(scratch / "venv"))
    pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    lock = _ROOT / "requirements" / "runtime.txt"
    if lock.exists():
        _run(*pip, "--require-hashes", "--requirement", str(lock))
    _run(*pip, str(_ROOT))
    [site] = (scratch / "venv" / "lib").glob("python*/site-packages")
    return [
        Measurement(
            key="install.size_mb",
            label="installation, size",
            unit="MB",
            better="lower",
            values=[_size(site) / 1e6],
            goal=_SIZE_GOAL_MB,
        ),
        Measurement(
            key="install.packages",
            label="installation, packages",
            unit="",
            better="lower",
            values=[float(len(_packages(site)))],
            goal=_PACKAGE_GOAL,
        ),
    ]


def _packages(site: Path) -> list[str]:
    """Names of the installed distributions, without the tools every environment has."""
    names = (folder.name.partition("-")[0] for folder in site.glob("*.dist-info"))
    return [name for name in names if name not in _TOOLS]


def _size(site: Path) -> int:
    """Bytes of all files, those of the tools left out."""
    own = [
        entry for entry in site.iterdir() if entry.name.partition("-")[0] not in (*_TOOLS, "pkg_resources")
    ]
    files = (path for entry in own for path in ([entry] if entry.is_file() else entry.rglob("*")))
    return sum(path.stat().st_size for path in files if path.is_file())


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_INSTALL_S)
    if done.returncode:
        raise BenchError(
            f"{' '.join(command[1:4])} ended with {done.returncode}: {done.stderr.strip()[-800:]}"
        )
