"""What a workspace says of its alerts: where they go, limits of unit costs, and the rest. Roles follow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from farthing.actions.alerts.setting_fields import (
    ReportFields,
    RuleFields,
    UnitCostFields,
    filters_of,
    read_report,
    read_rule,
    read_unit_cost,
    told_report,
    told_rule,
    told_unit_cost,
)
from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import ConflictError, InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.reads.known_keys import check_keys
from farthing.rules.alert_settings import RULES_MAX, AlertRule, AlertSettings, UnitCostRule
from farthing.rules.audit import changed
from farthing.rules.ids import rule_id_number, rule_id_text
from farthing.rules.problems import FieldProblem

_CHANGED = "the alert settings have just been changed by somebody else; nothing was done"
R = TypeVar("R", AlertRule, UnitCostRule)
_QUALITY_MAX = 100


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is to change of what is no rule. A report that is null, or a score that is, is switched off."""

    report: ReportFields | msgspec.UnsetType | None = msgspec.UNSET
    quality_score_min: int | msgspec.UnsetType | None = msgspec.UNSET
    unpriced_models: bool | msgspec.UnsetType = msgspec.UNSET
    failed_jobs: bool | msgspec.UnsetType = msgspec.UNSET


async def find_settings(parts: Parts, asker: Asker) -> AlertSettings:
    """All that the workspace says."""
    return await parts.storage.alert_settings(asker.workspace.id)


async def add_rule(parts: Parts, asker: Asker, given: RuleFields) -> AlertRule:
    """Make a rule. Raises InvalidInputError and ConflictError."""
    new = read_rule(given, await _channel_ids(parts, asker), asker.workspace.timezone, parts.clock.now())
    before = await find_settings(parts, asker)
    _require_room(before.rules)
    numbered = replace(new, id=before.last_id + 1)
    after = replace(before, rules=(*before.rules, numbered), last_id=numbered.id)
    await _keep(parts, asker, after, _Told("alert_rule.created", numbered.id, None, told_rule(numbered)))
    return numbered


async def change_rule(parts: Parts, asker: Asker, rule_id: int, given: dict[str, Any]) -> AlertRule:
    """Change what is given of a rule. Raises NotFoundError, InvalidInputError and ConflictError."""
    before = await find_settings(parts, asker)
    rule = _one(before.rules, rule_id)
    fields = _merged(RuleFields, _without_id(told_rule(rule)), _lasting(given))
    read = read_rule(fields, await _channel_ids(parts, asker), asker.workspace.timezone, parts.clock.now())
    new = replace(read, id=rule.id, created_at=rule.created_at if rule.mode == read.mode else read.created_at)
    after = replace(before, rules=_swapped(before.rules, new))
    told = changed(told_rule(rule), told_rule(new))
    await _keep(parts, asker, after, _Told("alert_rule.changed", rule.id, *told))
    return new


async def remove_rule(parts: Parts, asker: Asker, rule_id: int) -> None:
    """Remove a rule. Raises NotFoundError and ConflictError."""
    before = await find_settings(parts, asker)
    rule = _one(before.rules, rule_id)
    after = replace(before, rules=tuple(each for each in before.rules if each.id != rule.id))
    await _keep(parts, asker, after, _Told("alert_rule.removed", rule.id, told_rule(rule), None))


async def add_unit_cost(parts: Parts, asker: Asker, given: UnitCostFields) -> UnitCostRule:
    """Make a limit. Raises InvalidInputError and ConflictError."""
    new = await _unit_cost(parts, asker, given)
    before = await find_settings(parts, asker)
    _require_room(before.unit_costs)
    numbered = replace(new, id=before.last_id + 1)
    after = replace(before, unit_costs=(*before.unit_costs, numbered), last_id=numbered.id)
    told = _Told("unit_cost_rule.created", numbered.id, None, told_unit_cost(numbered))
    await _keep(parts, asker, after, told)
    return numbered


async def change_unit_cost(parts: Parts, asker: Asker, rule_id: int, given: dict[str, Any]) -> UnitCostRule:
    """Change what is given of a limit. Raises NotFoundError, InvalidInputError and ConflictError."""
    before = await find_settings(parts, asker)
    rule = _one(before.unit_costs, rule_id)
    fields = _merged(UnitCostFields, _without_id(told_unit_cost(rule)), given)
    new = replace(await _unit_cost(parts, asker, fields), id=rule.id)
    after = replace(before, unit_costs=_swapped(before.unit_costs, new))
    told = changed(told_unit_cost(rule), told_unit_cost(new))
    await _keep(parts, asker, after, _Told("unit_cost_rule.changed", rule.id, *told))
    return new


async def remove_unit_cost(parts: Parts, asker: Asker, rule_id: int) -> None:
    """Remove a limit. Raises NotFoundError and ConflictError."""
    before = await find_settings(parts, asker)
    rule = _one(before.unit_costs, rule_id)
    after = replace(before, unit_costs=tuple(each for each in before.unit_costs if each.id != rule.id))
    await _keep(parts, asker, after, _Told("unit_cost_rule.removed", rule.id, told_unit_cost(rule), None))


async def change_settings(parts: Parts, asker: Asker, given: SettingsChange) -> AlertSettings:
    """Change what is given of the rest. Raises InvalidInputError and ConflictError."""
    before = after = await find_settings(parts, asker)
    if given.report is None:
        after = replace(after, report=None)
    elif isinstance(given.report, ReportFields):
        channels, now = await _channel_ids(parts, asker), parts.clock.now()
        report = read_report(given.report, channels, asker.workspace.timezone, now)
        after = replace(after, report=report)
    if not isinstance(given.quality_score_min, msgspec.UnsetType):
        after = replace(after, quality_score_min=_quality(given.quality_score_min))
    if not isinstance(given.unpriced_models, msgspec.UnsetType):
        after = replace(after, is_unpriced_told=given.unpriced_models)
    if not isinstance(given.failed_jobs, msgspec.UnsetType):
        after = replace(after, is_failure_told=given.failed_jobs)
    told = changed(told_rest(before), told_rest(after))
    return await _keep(parts, asker, after, _Told("alert_settings.changed", None, *told))


def told_rest(settings: AlertSettings) -> dict[str, Any]:
    """What is no rule, by the names that it is given with."""
    return {
        "report": told_report(settings.report),
        "qualityScoreMin": settings.quality_score_min,
        "unpricedModels": settings.is_unpriced_told,
        "failedJobs": settings.is_failure_told,
    }


def rule_number(text: str) -> int:
    """The number behind a rule's id. Raises NotFoundError."""
    number = rule_id_number(text)
    if number is None:
        raise NotFoundError(f"there is no rule {text[:40]!r} in this workspace")
    return number


class _Told(msgspec.Struct, frozen=True):
    """What is entered in the audit log. Without a number it is about the workspace's settings."""

    action: str
    number: int | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


async def _keep(parts: Parts, asker: Asker, after: AlertSettings, told: _Told) -> AlertSettings:
    return await change(parts, asker, partial(_keep_in, after, told))


async def _keep_in(after: AlertSettings, told: _Told, audited: Audited) -> AlertSettings:
    kept = await audited.changes.keep_alert_settings(after)
    if kept is None:
        raise ConflictError(_CHANGED)
    target = "" if told.number is None else rule_id_text(told.number)
    await audited.enter(told.action, target, told.before, told.after)
    return kept


async def _channel_ids(parts: Parts, asker: Asker) -> list[int]:
    return [each.id for each in await parts.storage.channels(asker.workspace.id)]


async def _unit_cost(parts: Parts, asker: Asker, given: UnitCostFields) -> UnitCostRule:
    new = read_unit_cost(given)
    await check_keys(parts, asker, filters_of(new.filters))
    return new


def _quality(score: int | None) -> int | None:
    if score is not None and not 1 <= score <= _QUALITY_MAX:
        problem = FieldProblem("qualityScoreMin", f"must lie between 1 and {_QUALITY_MAX}, not be {score}")
        raise InvalidInputError([problem])
    return score


def _require_room(rules: Sequence[object]) -> None:
    if len(rules) >= RULES_MAX:
        raise ConflictError(f"this workspace has {RULES_MAX} of these rules; one has to be removed first")


def _one(rules: tuple[R, ...], rule_id: int) -> R:
    found = next((each for each in rules if each.id == rule_id), None)
    if found is None:
        raise NotFoundError(f"there is no rule {rule_id_text(rule_id)} of this kind in this workspace")
    return found


def _swapped(rules: tuple[R, ...], new: R) -> tuple[R, ...]:
    return tuple(new if each.id == new.id else each for each in rules)


F = TypeVar("F", RuleFields, UnitCostFields)


def _merged(of: type[F], before: dict[str, Any], given: dict[str, Any]) -> F:
    """The fields with others where they are given. Raises InvalidInputError."""
    try:
        return msgspec.convert(before | given, of)
    except msgspec.ValidationError as error:
        text = str(error)
        field = text.rpartition("$.")[2].rstrip("`") if "$." in text else next(iter(given), "")
        raise InvalidInputError([FieldProblem(field, text)]) from error


def _without_id(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "id"}


def _lasting(given: dict[str, Any]) -> dict[str, Any]:
    """With another delivery, times that it does not have are forgotten unless they are given."""
    gone: dict[str, Any] = {}
    if given.get("delivery") == "immediate":
        gone = {"sendAt": None, "weekday": None}
    elif given.get("delivery") == "daily":
        gone = {"weekday": None}
    return gone | given


def settings_fields(settings: AlertSettings) -> dict[str, Any]:
    """All of it as it is told."""
    return {
        "rules": [told_rule(each) for each in settings.rules],
        "unitCosts": [told_unit_cost(each) for each in settings.unit_costs],
        **told_rest(settings),
    }
