"""Which time zones there are: the IANA names that this machine, or the tzdata package, knows."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

_NOT_PLACES = {"localtime", "posixrules", "Factory"}
"""Files in zone folders that mean something else on every machine."""


@cache
def zone_names() -> frozenset[str]:
    """Every name that is accepted, spelt exactly so."""
    return frozenset(available_timezones() - _NOT_PLACES)


def is_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone, such as Europe/Vienna or UTC."""
    return name in zone_names()
