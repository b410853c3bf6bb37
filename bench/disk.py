"""How long this disk takes to make a few bytes durable: no commit can be faster."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

_PAGE: Final = b"\0" * 4096
_FLUSHES: Final = 200


def flush_seconds(folder: Path, count: int = _FLUSHES) -> list[float]:
    """The times of `count` flushes, each of a page appended to a file in `folder`; ascending."""
    found = []
    with (folder / "flushed").open("wb", buffering=0) as file:
        for _ in range(count):
            file.write(_PAGE)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            found.append(time.perf_counter() - began)
    (folder / "flushed").unlink()
    return sorted(found)
