"""docs/flags.md explains every code that the program can say, and no other."""

from __future__ import annotations

import re
from typing import get_args

from farthing.rules.ratecard import Reason
from tools.files import ROOT

PAGE = (ROOT / "docs" / "flags.md").read_text(encoding="utf-8")
SAID = re.compile(
    r'(?:flags ?= ?\(|flags, |warnings\.append\(|warnings = \(|_When\(now, \(|else \()"([a-z_]+)"'
)
SPEAKERS = ("rules/tokens.py", "intake/llm_request.py", "api/ingest_answer.py")


def explained(heading: str) -> set[str]:
    """The codes in the first column of the table under a heading."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def test_every_flag_and_warning_is_explained() -> None:
    sources = [(ROOT / "src" / "farthing" / name).read_text(encoding="utf-8") for name in SPEAKERS]
    said = {code for text in sources for code in SAID.findall(text)}
    priced = {"tier_not_priced", "region_not_priced"}  # flags that are the price's reason, passed on
    assert said | priced == explained("Flags") | explained("Warnings that are no flags")


def test_every_reason_for_a_missing_price_is_explained() -> None:
    assert explained("Reasons") == set(get_args(Reason))
