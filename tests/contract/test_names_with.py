"""Names that contain a text."""

from __future__ import annotations

import pytest

from farthing.storage.contract import Storage
from tests.contract.samples import WORKSPACE_ID, event

pytestmark = pytest.mark.usefixtures("installed")


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("an", {"Ann", "hannah"}),
        ("ANN", {"Ann", "hannah"}),
        ("%", {"50% off"}),
        ("_", {"a_b"}),
        ("\\", {"back\\slash"}),
        ("\u05e9\u05dc", {"\u05e9\u05dc\u05d5\u05dd"}),
        ("\U0001f680", {"\U0001f680/x"}),
        ("STRA\u00dfE", {"Hauptstra\u00dfe"}),
        ("\u00c4b", {"x\u00c4b"}),
        ("nobody", set()),
    ],
)
async def test_names_are_found_by_a_part_of_them(storage: Storage, part: str, found: set[str]) -> None:
    others = "\u05e9\u05dc\u05d5\u05dd", "\U0001f680/x", "Hauptstra\u00dfe", "x\u00c4b"
    names = ("Ann", "hannah", "50% off", "a_b", "back\\slash", *others)
    await storage.record([event(name, user_id=name) for name in names])
    await storage.record([event("theirs", workspace_id=WORKSPACE_ID + 1, user_id="Anna")])
    await storage.record([event("other", endpoint_tag="an endpoint")])
    assert set(await storage.names_with(WORKSPACE_ID, "user_id", part, 10)) == found


async def test_no_more_names_come_than_were_asked_for(storage: Storage) -> None:
    await storage.record([event(str(number), user_id=f"u{number}") for number in range(5)])
    assert len(await storage.names_with(WORKSPACE_ID, "user_id", "u", 3)) == 3
