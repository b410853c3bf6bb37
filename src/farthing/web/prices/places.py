"""Where the pages of prices stand, for those who lead there."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from farthing.actions.reads.query_window import RANGE_DEFAULT
from farthing.web.address import Address, address_of

PATH: Final = "/prices"
PAGE: Final = "prices"
MODEL_PATH: Final = PATH + "/model"
COST_PATH: Final = PATH + "/cost"
DISAGREEMENTS_PATH: Final = PATH + "/disagreements"
UNKNOWN_PATH: Final = PATH + "/unknown"
OWN_PATH: Final = PATH + "/own"
ALIASES_PATH: Final = PATH + "/aliases"
REPRICINGS_PATH: Final = PATH + "/repricings"


def model_address(provider: str, model: str) -> Address:
    """The page of a model. Names hold slashes, so they stand behind the question mark."""
    return Address(MODEL_PATH, (("provider", provider), ("model", model)))


def unknown_address(address: Address) -> Address:
    """The models without a full price of the same range and filters."""
    there = address.on(UNKNOWN_PATH).put(compare=None)
    is_dated = any(there.first(name) is not None for name in ("range", "from", "to"))
    return there if is_dated else there.put(range=RANGE_DEFAULT)


def view_text(address: Address) -> str:
    """The range and filters of a view, as a form carries them along to `unknown_of`."""
    return str(address.on("")).removeprefix("?")


def unknown_of(text: str) -> Address:
    """The models without a full price in the view that a form has carried along."""
    return address_of("", parse_qsl(text)).on(UNKNOWN_PATH)
