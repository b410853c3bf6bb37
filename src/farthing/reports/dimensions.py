"""The registry of dimensions: what answers can be grouped by and filtered on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Dimension:
    """A way to group. `wire` is its name in URLs and JSON."""

    name: str
    wire: str
    label: str
    plural: str


_ALL: Final = (
    Dimension("provider", "provider", "Provider", "Providers"),
    Dimension("model", "model", "Model", "Models"),
    Dimension("endpoint_tag", "endpointTag", "Endpoint", "Endpoints"),
    Dimension("prompt_version", "promptVersion", "Prompt version", "Prompt versions"),
    Dimension("user_id", "userId", "User", "Users"),
    Dimension("tenant_id", "tenantId", "Tenant", "Tenants"),
    Dimension("feature_tag", "featureTag", "Feature tag", "Feature tags"),
    Dimension("environment", "environment", "Environment", "Environments"),
    Dimension("data_mode", "dataMode", "Data mode", "Data modes"),
    Dimension("status", "status", "Status", "Statuses"),
    Dimension("pricing_status", "pricingStatus", "Pricing status", "Pricing statuses"),
    Dimension("error_code", "errorCode", "Error code", "Error codes"),
    Dimension("api_key", "apiKey", "API key", "API keys"),
)

DIMENSIONS: Final[dict[str, Dimension]] = {dimension.name: dimension for dimension in _ALL}
UNKNOWN: Final = "unknown"
"""What a missing name is shown as and filtered by."""
