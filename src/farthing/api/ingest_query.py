"""What an ingest request's URL asks to have in the answer.

Other parameters than these are let be, as unknown fields are: whoever stands between adds what it likes.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from farthing.actions.reads.query_parameters import Parameters

RECEIPT: Final = ("true", "false")
RESULTS: Final = ("all", "refused")


class Wanted(msgspec.Struct, frozen=True):
    """Whether each answer brings its receipt, and whether a batch lists what it refused alone."""

    receipt: bool = False
    refused_only: bool = False


_USUAL: Final = Wanted()


def wanted_of(scope: dict[str, Any]) -> Wanted:
    """Read before anything is stored. Raises InvalidInputError; costs nothing without a query string."""
    query: bytes = scope["query_string"]
    if not query:
        return _USUAL
    parameters = Parameters(parse_qsl(query.decode("latin-1")))
    wanted = Wanted(
        receipt=parameters.choice("receipt", RECEIPT) == "true",
        refused_only=parameters.choice("results", RESULTS) == "refused",
    )
    parameters.raise_problems()
    return wanted
