"""Which dimensions have a page of their values, and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from farthing.reports.dimensions import DIMENSIONS, Dimension
from farthing.web.address import Address
from farthing.web.rows_address import group_address


@dataclass(frozen=True)
class Kind:
    """A page of values. `title` is what the rail calls it; `splits` are what one value is split by."""

    name: str
    path: str
    title: str
    dimension: str
    splits: tuple[str, ...]

    @property
    def of(self) -> Dimension:
        return DIMENSIONS[self.dimension]

    def one(self, address: Address, key: str) -> Address:
        """The page of one value, with the range and filters of another page."""
        return group_address(address.on(f"{self.path}/one"), self.dimension, key)


FEATURES: Final = Kind(
    "features", "/features", "Features", "endpoint_tag", ("model", "prompt_version", "user_id")
)
MODELS: Final = Kind("models", "/models", "Models", "model", ("endpoint_tag", "provider", "user_id"))
USERS: Final = Kind("users", "/users", "Users", "user_id", ("endpoint_tag", "model", "tenant_id"))
TENANTS: Final = Kind("tenants", "/tenants", "Tenants", "tenant_id", ("endpoint_tag", "model", "user_id"))
KINDS: Final = (FEATURES, MODELS, USERS, TENANTS)
BY_DIMENSION: Final = {kind.dimension: kind for kind in KINDS}
