"""The registry of alert kinds: what a workspace can be told of, in the words of rules, pages and docs."""

from __future__ import annotations

from typing import Final, NamedTuple


class AlertKind(NamedTuple):
    """A kind of message. `group` is what it is about; a report goes where it was ordered, by no rule."""

    name: str
    group: str
    label: str
    what: str
    is_report: bool = False


_ALL: Final = (
    AlertKind("budget.warning", "Budgets", "Budget warning", "a budget has reached a warning threshold"),
    AlertKind("spend.alert", "Budgets", "Spend alert", "a budget is expected to be used up in its period"),
    AlertKind("budget.exceeded", "Budgets", "Budget exceeded", "a budget has been spent"),
    AlertKind("incident.opened", "Incidents", "Incident", "something deviates from its usual course"),
    AlertKind("incident.escalated", "Incidents", "Incident escalated", "an incident has become worse"),
    AlertKind("incident.reminded", "Incidents", "Incident goes on", "an incident is there after its snooze"),
    AlertKind(
        "unit_cost.exceeded", "Unit cost", "Unit cost exceeded", "calls cost more each than a rule allows"
    ),
    AlertKind("model.unpriced", "Prices", "Model without a price", "calls name a model that has no price"),
    AlertKind("quality.low", "Data quality", "Data quality low", "the data quality score of a day is low"),
    AlertKind("job.failed", "Jobs", "Job failed", "long work has ended before it was done"),
    AlertKind("export.failed", "Jobs", "Export failed", "a scheduled export could not be made or delivered"),
    AlertKind(
        "digest.daily", "Reports", "Daily summary", "what a rule has collected in a day", is_report=True
    ),
    AlertKind(
        "digest.weekly", "Reports", "Weekly summary", "what a rule has collected in a week", is_report=True
    ),
    AlertKind(
        "report.weekly",
        "Reports",
        "Weekly report",
        "the last seven days against the seven before",
        is_report=True,
    ),
)
KINDS: Final[dict[str, AlertKind]] = {kind.name: kind for kind in _ALL}
"""By name, as `Message.kind` has it. Messages of other kinds are kept and sent as well, by rules for all."""

ROUTED: Final = tuple(kind.name for kind in _ALL if not kind.is_report)
"""Those that rules can be about."""


def kind_label(name: str) -> str:
    """What people read for a kind."""
    return KINDS[name].label if name in KINDS else name


def is_report(name: str) -> bool:
    """Whether messages of the kind are reports, which nobody has to see to."""
    return name in KINDS and KINDS[name].is_report
