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
    "api_key",
    "status",
    "pricing_status",
    "error_code",
)
"""Dimensions that can be filtered on beside data mode and environment."""

Values = tuple[tuple[str, tuple[str, ...]], ...]
"""Values by the name of what has them: each name once."""


@dataclass(frozen=True)
class Filters:
    """Which events count: of any of the data modes and environments, and passing all the rest.

    `equals` maps a dimension of FILTER_DIMENSIONS to the values it may have (any of them), `excludes` to
    those it may not have; both may name the same dimension. `tags` and `excluded_tags` say the same of
    tags, by their names. "unknown" stands for events that lack the name or the tag.
    """

    data_modes: tuple[str, ...] = ("real",)
    environments: tuple[str, ...] = ENVIRONMENTS
    equals: Values = ()
    excludes: Values = ()
    tags: Values = ()
    excluded_tags: Values = ()

    @property
    def dimensions(self) -> frozenset[str]:
        """The dimensions that `equals` and `excludes` restrict."""
        return frozenset(name for name, _ in (*self.equals, *self.excludes))

    @property
    def has_tags(self) -> bool:
        """Whether tags decide, which no rollup keeps."""
        return bool(self.tags or self.excluded_tags)

    @property
    def is_default(self) -> bool:
        """Whether this is the plain view of real money: what pages show without a banner."""
        return self.data_modes == ("real",) and self.environments == ENVIRONMENTS


ALL_DATA_MODES: Final = DATA_MODES
