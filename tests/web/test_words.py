"""Every code of the ledger has words."""

from __future__ import annotations

from typing import get_args

import pytest

from farthing.rules.pricebook import REQUEST
from farthing.rules.ratecard import MatchedBy, Reason
from farthing.rules.usage import UNITS
from farthing.web.words import _UNITS, MATCHED_BY, REASONS, problem_text, unit_label


def test_every_way_to_match_and_every_reason_is_explained() -> None:
    assert set(MATCHED_BY) == set(get_args(MatchedBy))
    assert set(REASONS) == set(get_args(Reason))


def test_every_unit_has_a_name() -> None:
    assert {*UNITS, REQUEST} <= set(_UNITS)
    assert unit_label("video_seconds") == "Video seconds"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("must be demo", "This must be demo."),
        ("(-1) is negative", "-1 is negative."),
        ("(gpt (old)) is no model", "gpt (old) is no model."),
        ("(sic)", "(sic)."),
        ("limit (-5) must lie higher", "Limit (-5) must lie higher."),
    ],
)
def test_what_is_wrong_with_a_field_is_a_sentence(message: str, told: str) -> None:
    assert problem_text(message) == told
