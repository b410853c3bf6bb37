"""Every link in the documents leads somewhere, and every page that the code names exists.

A link must lead to a file that is there, and to a heading that stands in it.

Documents are read from their links. A page that was renamed leaves ten dead ones behind, which nobody meets
but the newcomer who needed them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.files import ROOT, project_files

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`[^`\n]*`")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)
ELSEWHERE = ("http://", "https://", "mailto:")
MENTION = re.compile(r"(?<![\w/.-])docs/[\w/-]+\.md")
CODE = (".css", ".html", ".mjs", ".py", ".toml", ".ts")


def anchor(heading: str) -> str:
    """The fragment that code hosts give a heading: lower case, spaces to hyphens, other signs dropped."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {anchor(match[1]) for match in HEADING.finditer(FENCE.sub("", page.read_text(encoding="utf-8")))}


def targets(text: str) -> Iterator[str]:
    """Link targets of a page, those in code left out."""
    for match in LINK.finditer(CODE_SPAN.sub("``", FENCE.sub("", text))):
        yield match[1] or match[2]


def fault(page: Path, target: str) -> str | None:
    """What is wrong with a link from `page`, or None."""
    path_part, _, fragment = target.partition("#")
    goal = (page.parent / path_part).resolve() if path_part else page
    if not goal.exists():
        return "no such file"
    if fragment and goal.suffix == ".md" and fragment not in anchors(goal):
        return "no such heading"
    return None


def missing_mentions(root: Path) -> Iterator[str]:
    """Pages that code sends its reader to and that aren't there."""
    for source in project_files(root, *CODE):
        for match in MENTION.finditer(source.read_text(encoding="utf-8")):
            if not (root / match[0]).is_file():
                yield f"{source.relative_to(root)}: {match[0]}: no such page"


def faults(root: Path) -> list[str]:
    """One line per dead link or mention: where it stands, target, what is wrong."""
    found = list(missing_mentions(root))
    for page in project_files(root, ".md"):
        for target in targets(page.read_text(encoding="utf-8")):
            wrong = None if target.startswith(ELSEWHERE) else fault(page, target)
            if wrong:
                found.append(f"{page.relative_to(root)}: {target}: {wrong}")
    return found


def main() -> int:
    found = faults(ROOT)
    print("\n".join(found) or "Every link leads somewhere.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
