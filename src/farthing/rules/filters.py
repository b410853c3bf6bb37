"""The one filter that every read takes: which events a question is about.

Absent filters have the contract's defaults: real rows only, every environment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from farthing.rules.events import DATA_MODES, ENVIRONMENTS

FILTER_DIMENSIONS: Final = (
    "provider",
    "model",
    "endpoint_tag",
    "prompt_version",
    "user_id",
    "tenant_id",
    "feature_tag",
    "status",
    "pricing_status",
    "api_key",
)
"""Dimensions that can be filtered on beside data mode and environment."""


@dataclass(frozen=True)
class Filters:
    """Which events count: any of the named data modes, any of the environments, and all of `equals`.

    `equals` maps a dimension of FILTER_DIMENSIONS to the values it may have (any of them);
    the value "unknown" stands for events that lack the name.
    """

    data_modes: tuple[str, ...] = ("real",)
    environments: tuple[str, ...] = ENVIRONMENTS
    equals: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def dimensions(self) -> frozenset[str]:
        """The dimensions that `equals` restricts."""
        return frozenset(name for name, _ in self.equals)

    @property
    def is_default(self) -> bool:
        """Whether this is the plain view of real money: what pages show without a banner."""
        return self.data_modes == ("real",) and self.environments == ENVIRONMENTS


ALL_DATA_MODES: Final = DATA_MODES
