"""docs/flags.md explains every code that the program can say, and no other."""

from __future__ import annotations

import re
from typing import get_args

from farthing.rules.flags import Flag, Warned
from farthing.rules.ratecard import Reason
from tools.files import ROOT

PAGE = (ROOT / "docs" / "flags.md").read_text(encoding="utf-8")


def explained(heading: str) -> set[str]:
    """The codes in the first column of the table under a heading."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `(\w+)(?:: [^`]+)?` \|", section, re.MULTILINE))


def test_every_flag_and_warning_is_explained() -> None:
    assert explained("Flags") == set(get_args(Flag))
    assert explained("Warnings that are no flags") == set(get_args(Warned))


def test_every_reason_for_a_missing_price_is_explained() -> None:
    assert explained("Reasons") == set(get_args(Reason))
