"""From a figure to the requests behind it."""

from __future__ import annotations

from farthing.actions.reads.read_query import FILTER_PARAMETERS
from farthing.reports.dimensions import DIMENSIONS
from farthing.web.address import Address

REQUESTS_PATH = "/requests"
_BESIDE_FILTERS = ("data_mode", "environment")


def rows_address(address: Address) -> Address:
    """The list of requests with the same range and filters."""
    return address.on(REQUESTS_PATH).put(compare=None)


def filter_parameter(dimension: str) -> str | None:
    """The parameter that restricts a dimension; None for one that can only be grouped by."""
    wire = DIMENSIONS[dimension].wire
    return wire if wire in FILTER_PARAMETERS or dimension in _BESIDE_FILTERS else None
