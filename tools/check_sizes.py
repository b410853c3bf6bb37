"""No module over 500 lines, no function over 60.

Medians hardly differ between pleasant and unpleasant code bases; tails do. The file that everybody dreads was
once 300 lines and nobody's job to split. At the limit, ask which two ideas it holds, and split by noun.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.files import ROOT, project_files

MODULE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
CODE = (".py", ".ts", ".mjs", ".js", ".css", ".html")


def long_functions(text: str) -> Iterator[str]:
    """`name (line N): M lines` for each function of a Python module that is too long."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{node.name} (line {node.lineno}): {lines} lines, {FUNCTION_LINES_MAX} at most"


def faults(root: Path) -> list[str]:
    """One line per module or function that is too long."""
    found = []
    for path in project_files(root, *CODE):
        text, name = path.read_text(encoding="utf-8"), path.relative_to(root)
        lines = text.count("\n")
        if lines > MODULE_LINES_MAX:
            found.append(f"{name}: {lines} lines, {MODULE_LINES_MAX} at most")
        if path.suffix == ".py":
            found.extend(f"{name}: {fault}" for fault in long_functions(text))
    return found


def main() -> int:
    found = faults(ROOT)
    print("\n".join(found) or "No module or function is too long.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
