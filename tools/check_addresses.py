"""No tracked file names a package registry or a path of one machine.

Lock files are where it happens: npm writes the address of every archive, uv the index, pip a folder of
wheels. Such a lock then works on the machine it was made on and nowhere else, behind a mirror least of all.
A path like a home folder in a script or a document is the same fault in another coat.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tools.files import ROOT, project_files, text_of

# Brackets keep this file from finding itself.
REGISTRY = re.compile(
    r"py[p]i\.org|python[h]osted\.org|npm[j]s\.(?:org|com)|yarn[p]kg\.com|deb[.]debian\.org", re.IGNORECASE
)
MACHINE = re.compile(r"(?<![\w.:/-])/(?:work|root|farm|tmp|home|Users)/[\w.]")
OPTION = re.compile(r"^\s*--(?:index-url|extra-index-url|find-links|trusted-host)\b", re.MULTILINE)


def faults(root: Path) -> list[str]:
    """One line per address found: file, line number, what it is."""
    found = []
    for path in project_files(root):
        text = text_of(path)
        if text is None:
            continue
        for kind, pattern in (("registry", REGISTRY), ("machine path", MACHINE), ("index option", OPTION)):
            for match in pattern.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{path.relative_to(root)}:{line}: {kind} {match[0].strip()!r}")
    return found


def main() -> int:
    found = faults(ROOT)
    print("\n".join(found) or "No addresses of registries or machines.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
