"""From a figure to the view of one group, and to the requests behind it."""

from __future__ import annotations

from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.written_filters import filter_value
from farthing.web.address import Address

REQUESTS_PATH = "/requests"


def rows_address(address: Address) -> Address:
    """The list of requests with the same range and filters."""
    return address.on(REQUESTS_PATH).put(compare=None)


def group_address(address: Address, dimension: str, key: str) -> Address:
    """The same view of one group alone; `key` is the group's in an answer."""
    return address.put(**{DIMENSIONS[dimension].wire: filter_value(dimension, key)})
