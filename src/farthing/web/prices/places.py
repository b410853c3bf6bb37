"""Where the pages of prices stand, for those who lead there."""

from __future__ import annotations

from typing import Final

from farthing.web.address import Address

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
