"""Write the licence texts of what is bundled into the pages to `web/static/LICENSES.txt`.

The bundler drops every comment, licences among them, and most licences ask to be passed on with the code.
The wheel carries the bundle, so it carries this file too.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tools.files import ROOT

TARGET = ROOT / "src" / "farthing" / "web" / "static" / "LICENSES.txt"
TEXTS = ("licen", "notice", "copying", "copyright")


def read_package(folder: Path) -> dict[str, Any]:
    package: dict[str, Any] = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    return package


def bundled(frontend: Path) -> list[Path]:
    """Folders of the packages in the pages: the dependencies of package.json and theirs, by name."""
    modules = frontend / "node_modules"
    found: set[str] = set()
    waiting = list(read_package(frontend).get("dependencies", {}))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(read_package(modules / name).get("dependencies", {}))
    return [modules / name for name in sorted(found)]


def notice(folder: Path) -> str:
    """One package's heading and texts; its package.json speaks where it brings no text."""
    package = read_package(folder)
    texts = [
        path.read_text(encoding="utf-8").strip()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name.lower().startswith(TEXTS)
    ]
    title = f"{package['name']} {package['version']} ({package['license']})"
    return "\n\n".join([title, "=" * len(title), *(texts or [str(package.get("author", ""))])])


def main() -> int:
    TARGET.write_text("\n\n\n".join(map(notice, bundled(ROOT / "frontend"))) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
