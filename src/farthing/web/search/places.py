"""The pages that a search leads to, with the words that people would look for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from farthing.rules.roles import Permission

SHOWN_MAX: Final = 8


@dataclass(frozen=True)
class Place:
    """A page: its title, other words for it, and what it needs beyond reading.

    One that `is_of_calls` has the filter bar.
    """

    path: str
    title: str
    words: str = ""
    needs: Permission = "read"
    is_of_calls: bool = False

    def has(self, words: list[str]) -> bool:
        """Whether each of the words begins one of its own."""
        own = f"{self.title} {self.words}".lower().split()
        return all(any(each.startswith(word) for each in own) for word in words)


PLACES: Final = (
    Place("/", "Overview", "dashboard home spend cost figures", is_of_calls=True),
    Place("/explore", "Explore", "chart report measures by dimension heat map compare", is_of_calls=True),
    Place("/explore/views", "Saved views", "explore pinned shared"),
    Place("/investigate", "Investigate", "why changed spike cause waterfall explain", is_of_calls=True),
    Place("/requests", "Requests", "calls rows receipts log list", is_of_calls=True),
    Place("/features", "Features", "endpoints tags ranking", is_of_calls=True),
    Place("/models", "Models", "providers ranking", is_of_calls=True),
    Place("/users", "Users", "people ranking who", is_of_calls=True),
    Place("/tenants", "Tenants", "customers ranking", is_of_calls=True),
    Place("/prompts", "Prompts", "versions", is_of_calls=True),
    Place("/prompts/impact", "Prompt impact", "compare versions regression"),
    Place("/data-quality", "Data quality", "score hygiene checks coverage tracking", is_of_calls=True),
    Place("/getting-started", "Getting started", "checklist first tracking quality"),
    Place("/quickstart", "Quickstart", "curl python node sdk otlp opentelemetry setup test call docs"),
    Place("/budgets", "Budgets", "limits forecast"),
    Place("/budgets/new", "New budget", "add make limit", "manage_settings"),
    Place("/prices", "Prices", "price list rates models catalogue"),
    Place("/prices/cost", "What a call would cost", "price calculator estimate"),
    Place("/prices/unknown", "Models without a price", "unknown unpriced alias"),
    Place("/prices/own", "Own prices", "overrides discount rates aliases"),
    Place("/prices/disagreements", "Where price sources disagree", "check"),
    Place("/prices/repricings", "Re-pricing", "reprice price anew revert"),
    Place("/incidents", "Incidents", "anomalies unusual"),
    Place("/alerts", "Alerts", "inbox warnings"),
    Place("/settings/alerts", "Alert rules", "report weekly kill switch unit cost"),
    Place("/settings/channels", "Alert channels", "slack teams email mail webhook pagerduty"),
    Place("/settings/deliveries", "Deliveries", "sent failed log", "manage_settings"),
    Place("/settings/api-keys", "API keys", "secret token rotate revoke"),
    Place("/settings/api-keys/new", "New API key", "make add", "manage_keys"),
    Place("/settings/members", "Members", "people invite roles team users"),
    Place("/settings/jobs", "Jobs", "background running progress schedule"),
    Place("/settings/data", "Data", "demo test delete clear hygiene load"),
    Place("/settings/erasures", "Erasures", "erase forget user tenant privacy gdpr", "erase"),
    Place("/settings/exports", "Exports", "csv json parquet focus download schedule", "export"),
    Place("/settings/retention", "Retention", "keep days legal hold"),
    Place("/settings/workspace", "Workspace", "name time zone delete", "manage_settings"),
    Place("/settings/tokens", "Access tokens", "personal pat", "manage_members"),
    Place("/settings/audit", "Audit log", "who changed history", "read_audit"),
    Place("/account", "Your account", "sessions sign-in two-step tokens"),
    Place("/account/password", "Password", "change"),
)
