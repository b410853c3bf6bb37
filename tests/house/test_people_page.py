"""docs/people.md has the table of rules.roles."""

from __future__ import annotations

from farthing.rules.roles import PERMISSIONS, ROLE_NAMES, ROLES
from tools.files import ROOT


def test_the_roles_table_is_that_of_the_rules() -> None:
    lines = (ROOT / "docs" / "people.md").read_text(encoding="utf-8").splitlines()
    start = lines.index(f"| what | {' | '.join(ROLE_NAMES)} |") + 2
    expected = [
        f"| {words} | {' | '.join('yes' if name in ROLES[role] else '' for role in ROLE_NAMES)} |"
        for name, words in PERMISSIONS.items()
    ]
    assert lines[start : start + len(expected) + 1] == [*expected, ""]
