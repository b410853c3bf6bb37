"""Which time zones there are."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from farthing.rules.zones import is_zone, zone_names


@pytest.mark.parametrize(
    "name", ["UTC", "Europe/Vienna", "Asia/Kolkata", "America/Argentina/Ushuaia", "Etc/GMT+12"]
)
def test_iana_names_are_zones(name: str) -> None:
    assert is_zone(name)


@pytest.mark.parametrize(
    "name", ["", "utc", "Europe", "Europe/Wien", "../UTC", "/etc/localtime", "localtime", "UTC\0"]
)
def test_nothing_else_is(name: str) -> None:
    assert not is_zone(name)


def test_every_zone_can_be_used() -> None:
    assert len(zone_names()) > 400
    for name in zone_names():
        ZoneInfo(name)
