"""What a workspace says of its alerts, over HTTP: where they go, limits, the report, the kill switch."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from farthing.actions.alerts.kill_switch import find_policy, set_kill_switch
from farthing.actions.alerts.manage_settings import (
    SettingsChange,
    add_rule,
    add_unit_cost,
    change_rule,
    change_settings,
    change_unit_cost,
    find_settings,
    remove_rule,
    remove_unit_cost,
    rule_number,
    settings_fields,
)
from farthing.actions.alerts.setting_fields import (
    FilterFields,
    RuleFields,
    UnitCostFields,
    told_rule,
    told_unit_cost,
)
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenAsker, GivenParts
from farthing.rules.alert_kinds import KINDS
from farthing.rules.alert_settings import AlertSettings
from farthing.rules.instants import instant
from farthing.rules.workspace_policy import WorkspacePolicy

_UNSET: Final = msgspec.UNSET
_PATH: Final = "/settings/alerts"


class RuleItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A rule of where alerts go. `sendAt`, `timezone` and `weekday` are of daily and weekly delivery."""

    id: str
    name: str
    is_enabled: bool
    kinds: list[str]
    severity_min: str
    channel_ids: list[str] | None
    delivery: str
    send_at: str | None
    timezone: str | None
    weekday: str | None
    cooldown_seconds: int
    muted_until: str | None


class UnitCostItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A limit of what calls may cost each."""

    id: str
    name: str
    is_enabled: bool
    metric: str
    warning_usd: str
    critical_usd: str | None
    window_hours: int
    requests_min: int
    filters: dict[str, list[str]]


class ReportItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """When and where the weekly report goes; `channelIds` null: to all that are switched on."""

    send_at: str
    timezone: str
    weekday: str
    channel_ids: list[str] | None


class KindItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A kind of alert. No rule is about a report: it goes where it was ordered."""

    kind: str
    label: str
    group: str
    description: str
    is_report: bool


class SettingsAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All of it. Without rules everything goes to all channels at once. `kinds` are all there are."""

    rules: list[RuleItem]
    unit_costs: list[UnitCostItem]
    report: ReportItem | None
    quality_score_min: int | None
    unpriced_models: bool
    failed_jobs: bool
    kinds: list[KindItem]


class RuleChange(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is to change of a rule."""

    name: str | msgspec.UnsetType = _UNSET
    is_enabled: bool | msgspec.UnsetType = _UNSET
    kinds: list[str] | msgspec.UnsetType = _UNSET
    severity_min: str | msgspec.UnsetType = _UNSET
    channel_ids: list[str] | msgspec.UnsetType | None = _UNSET
    delivery: str | msgspec.UnsetType = _UNSET
    send_at: str | msgspec.UnsetType | None = _UNSET
    timezone: str | msgspec.UnsetType | None = _UNSET
    weekday: str | msgspec.UnsetType | None = _UNSET
    cooldown_seconds: int | msgspec.UnsetType = _UNSET
    muted_until: str | msgspec.UnsetType | None = _UNSET


class UnitCostChange(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is to change of a limit."""

    name: str | msgspec.UnsetType = _UNSET
    metric: str | msgspec.UnsetType = _UNSET
    warning_usd: str | msgspec.UnsetType = _UNSET
    critical_usd: str | msgspec.UnsetType | None = _UNSET
    window_hours: int | msgspec.UnsetType = _UNSET
    requests_min: int | msgspec.UnsetType = _UNSET
    filters: FilterFields | msgspec.UnsetType = _UNSET
    is_enabled: bool | msgspec.UnsetType = _UNSET


class KillSwitchBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """On: nothing is enforced until it is switched off."""

    is_on: bool
    reason: str = ""


class KillSwitchAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """While it is on, budgets and policies are evaluated and told of, and nothing is refused by them."""

    is_on: bool
    since: str | None
    reason: str


@get(_PATH, tags=["alerts"], needs="read")
async def get_settings(parts: GivenParts, asker: GivenAsker) -> SettingsAnswer:
    """Where alerts go and when, and what they are raised at."""
    return _answer(await find_settings(parts, asker))


@patch(_PATH, tags=["alerts"], needs="manage_settings")
async def patch_settings(
    data: JSONBody[SettingsChange], parts: GivenParts, asker: GivenAsker
) -> SettingsAnswer:
    """Change the report, the data quality score that is wanted, or which of the rest raises alerts."""
    return _answer(await change_settings(parts, asker, data))


@post(f"{_PATH}/rules", tags=["alerts"], needs="manage_settings")
async def post_rule(data: JSONBody[RuleFields], parts: GivenParts, asker: GivenAsker) -> RuleItem:
    """Make a rule of where alerts go. From the first one on, what no rule is about goes nowhere."""
    return msgspec.convert(told_rule(await add_rule(parts, asker, data)), RuleItem)


@patch(f"{_PATH}/rules/{{rule_id:str}}", tags=["alerts"], needs="manage_settings")
async def patch_rule(
    rule_id: FromPath[str], data: JSONBody[RuleChange], parts: GivenParts, asker: GivenAsker
) -> RuleItem:
    """Change what is given."""
    given = msgspec.to_builtins(data)
    rule = await change_rule(parts, asker, rule_number(rule_id), given)
    return msgspec.convert(told_rule(rule), RuleItem)


@delete(f"{_PATH}/rules/{{rule_id:str}}", status_code=200, tags=["alerts"], needs="manage_settings")
async def delete_rule(rule_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Remove a rule; what it has collected for a summary is sent to nobody and stays in the inbox."""
    await remove_rule(parts, asker, rule_number(rule_id))
    return StatusAnswer()


@post(f"{_PATH}/unit-costs", tags=["alerts"], needs="manage_settings")
async def post_unit_cost(
    data: JSONBody[UnitCostFields], parts: GivenParts, asker: GivenAsker
) -> UnitCostItem:
    """Make a limit of what calls may cost each. Looked at every five minutes."""
    return msgspec.convert(told_unit_cost(await add_unit_cost(parts, asker, data)), UnitCostItem)


@patch(f"{_PATH}/unit-costs/{{rule_id:str}}", tags=["alerts"], needs="manage_settings")
async def patch_unit_cost(
    rule_id: FromPath[str], data: JSONBody[UnitCostChange], parts: GivenParts, asker: GivenAsker
) -> UnitCostItem:
    """Change what is given."""
    given = msgspec.to_builtins(data)
    rule = await change_unit_cost(parts, asker, rule_number(rule_id), given)
    return msgspec.convert(told_unit_cost(rule), UnitCostItem)


@delete(f"{_PATH}/unit-costs/{{rule_id:str}}", status_code=200, tags=["alerts"], needs="manage_settings")
async def delete_unit_cost(rule_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Remove a limit."""
    await remove_unit_cost(parts, asker, rule_number(rule_id))
    return StatusAnswer()


@get("/settings/kill-switch", tags=["alerts"], needs="read")
async def get_kill_switch(parts: GivenParts, asker: GivenAsker) -> KillSwitchAnswer:
    """Whether what the workspace decides is enforced."""
    return _switch(await find_policy(parts, asker))


@put("/settings/kill-switch", tags=["alerts"], needs="manage_settings")
async def put_kill_switch(
    data: JSONBody[KillSwitchBody], parts: GivenParts, asker: GivenAsker
) -> KillSwitchAnswer:
    """Observe and enforce nothing, or enforce again."""
    return _switch(await set_kill_switch(parts, asker, is_on=data.is_on, reason=data.reason))


HANDLERS = [
    get_settings,
    patch_settings,
    post_rule,
    patch_rule,
    delete_rule,
    post_unit_cost,
    patch_unit_cost,
    delete_unit_cost,
    get_kill_switch,
    put_kill_switch,
]
_KINDS: Final = [
    KindItem(
        kind=each.name, label=each.label, group=each.group, description=each.what, is_report=each.is_report
    )
    for each in KINDS.values()
]


def _answer(settings: AlertSettings) -> SettingsAnswer:
    told = settings_fields(settings) | {"kinds": msgspec.to_builtins(_KINDS)}
    return msgspec.convert(told, SettingsAnswer)


def _switch(policy: WorkspacePolicy) -> KillSwitchAnswer:
    since = None if policy.observed_since is None else instant(policy.observed_since)
    return KillSwitchAnswer(is_on=policy.is_observing, since=since, reason=policy.reason)
