"""Which files the checks look at: what git tracks or would track, so built and local files are left out."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def project_files(root: Path, *suffixes: str) -> list[Path]:
    """Files below `root` that git does not ignore, sorted; those that end in one of `suffixes`, if given."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    paths = sorted({root / name for name in listed if name})
    return [path for path in paths if path.is_file() and (not suffixes or path.suffix in suffixes)]


def text_of(path: Path) -> str | None:
    """The file as text, or None for a picture, a font or other bytes."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
