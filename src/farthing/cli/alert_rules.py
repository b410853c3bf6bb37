"""`farthing alerts rules` and `farthing alerts kill-switch`: where alerts go, and what is enforced."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cyclopts import Parameter

from farthing.actions.alerts.inbox import snoozed_until
from farthing.actions.alerts.kill_switch import find_policy, set_kill_switch
from farthing.actions.alerts.manage_settings import (
    SettingsChange,
    add_rule,
    add_unit_cost,
    change_rule,
    change_settings,
    find_settings,
    remove_rule,
    remove_unit_cost,
    rule_number,
    settings_fields,
)
from farthing.actions.alerts.setting_fields import ReportFields, RuleFields, UnitCostFields
from farthing.actions.asker import Asker
from farthing.actions.channels.manage_channels import list_channels
from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.cli.filter_options import Several
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, ids, table, tell, tell_done, words
from farthing.rules.alert_settings import COOLDOWN_S, AlertRule, AlertSettings, UnitCostRule
from farthing.rules.ids import channel_id_text, rule_id_text
from farthing.rules.instants import instant
from farthing.rules.problems import FieldProblem
from farthing.rules.workspace_policy import WorkspacePolicy


def list_all(*, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """List the rules of a workspace, its limits, and when the weekly report goes.

    Parameters
    ----------
    as_json
        Print all of it as the API has it.
    """

    async def work(parts: Parts) -> AlertSettings:
        return await find_settings(parts, await whom.asker(parts))

    told = settings_fields(work_with(place, work))
    if as_json:
        print(json.dumps(told))
        return
    shown = table()
    ids(shown, "Id")
    for heading in ("Name", "On", "What", "Where", "When"):
        words(shown, heading)
    for rule in told["rules"]:
        shown.add_row(rule["id"], rule["name"], _is_on(rule), *_rule_words(rule))
    for limit in told["unitCosts"]:
        what = f"{limit['metric']} above {limit['warningUsd']} USD over {limit['windowHours']} h"
        shown.add_row(limit["id"], limit["name"], _is_on(limit), what, "", "")
    ordered = told["report"]
    tell(shown)
    tell("No rule: everything goes to all channels at once." if not told["rules"] else "")
    if ordered is not None:
        tell(f"Weekly report: {_report_text(ordered)}")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Aim:
    """What a rule is about, and how it sends.

    Parameters
    ----------
    kind
        A kind, such as budget.exceeded; may be given several times. Without, all kinds.
    severity
        At least info, warning or critical.
    delivery
        immediate, daily or weekly.
    cooldown
        Seconds in which a channel is not told of the same incident again, unless it is worse.
    """

    kind: Several = ()
    severity: str = "info"
    delivery: str = "immediate"
    cooldown: int = COOLDOWN_S


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class When:
    """Where and when something goes.

    Parameters
    ----------
    channel
        Name or id of a channel; may be given several times. Without, all that are switched on.
    send_at
        When a summary or report goes out, such as 09:00.
    timezone
        On whose clock [default: the workspace's zone].
    weekday
        On which day a weekly one does, such as monday.
    """

    channel: Several = ()
    send_at: str | None = None
    timezone: str | None = None
    weekday: str | None = None


_ALL = Aim()
_ANYWHERE = When()


def add(
    name: str,
    *,
    whom: Whom,
    aim: Aim = _ALL,
    when: When = _ANYWHERE,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Make a rule. From the first one on, what no rule is about goes nowhere but to the inbox.

    Parameters
    ----------
    name
        What people call it.
    as_json
        Print {"id", "name"}.
    """

    async def work(parts: Parts) -> AlertRule:
        asker = await whom.asker(parts)
        fields = RuleFields(
            name=name,
            kinds=list(aim.kind),
            severity_min=aim.severity,
            channel_ids=await _channels(parts, asker, when.channel),
            delivery=aim.delivery,
            send_at=when.send_at,
            timezone=when.timezone,
            weekday=when.weekday,
            cooldown_seconds=aim.cooldown,
        )
        return await add_rule(parts, asker, fields)

    made = work_with(place, work)
    told = {"id": rule_id_text(made.id), "name": made.name}
    tell_done(f"{rule_id_text(made.id)} {made.name}", told, as_json=as_json)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class HowLong:
    """How long nothing is sent.

    Parameters
    ----------
    minutes
        For how long.
    until
        Until this instant, instead.
    off
        End the mute now.
    """

    minutes: int | None = None
    until: str | None = None
    off: bool = False

    def end(self, now: int) -> str | None:
        """When it ends, None for now."""
        return None if self.off else instant(snoozed_until(now, self.until, self.minutes))


_NO_TIME = HowLong()


def mute(
    rule: str,
    *,
    whom: Whom,
    how_long: HowLong = _NO_TIME,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Send nothing by a rule for a while; what it tells of is in the inbox, and summaries wait.

    Parameters
    ----------
    rule
        Its id, such as rul_1.
    as_json
        Print {"id", "name", "mutedUntil"}.
    """

    async def work(parts: Parts) -> AlertRule:
        asker = await whom.asker(parts)
        at = how_long.end(parts.clock.now())
        return await change_rule(parts, asker, rule_number(rule), {"mutedUntil": at})

    done = work_with(place, work)
    until = None if done.muted_until is None else instant(done.muted_until)
    word = "not muted" if until is None else f"muted until {until}"
    told = {"id": rule_id_text(done.id), "name": done.name, "mutedUntil": until}
    tell_done(f"{rule_id_text(done.id)} {done.name} is {word}", told, as_json=as_json)


def remove(rule: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Remove a rule of where alerts go, or a limit.

    Parameters
    ----------
    rule
        Its id, such as rul_1.
    as_json
        Print {"id"}.
    """
    number = rule_number(rule)

    async def work(parts: Parts) -> None:
        asker = await whom.asker(parts)
        settings = await find_settings(parts, asker)
        is_limit = number in {each.id for each in settings.unit_costs}
        await (remove_unit_cost if is_limit else remove_rule)(parts, asker, number)

    work_with(place, work)
    tell_done(f"{rule} is removed", {"id": rule}, as_json=as_json)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Limit:
    """What is looked at, and beyond which amount it is critical.

    Parameters
    ----------
    metric
        costPerRequest or costPer1kTokens.
    critical
        USD above which it is critical.
    hours
        Over how many hours.
    requests_min
        With fewer calls it says nothing.
    only
        A filter, as parameter=value, such as endpointTag=checkout; may be given several times.
    """

    metric: str = "costPerRequest"
    critical: str | None = None
    hours: int = 24
    requests_min: int = 1
    only: Several = ()


_PLAIN = Limit()


def limit(
    name: str, warning: str, *, whom: Whom, of: Limit = _PLAIN, as_json: AsJson = False, place: Place = HERE
) -> None:
    """Limit what calls may cost each; looked at every five minutes.

    Parameters
    ----------
    name
        What people call it.
    warning
        USD above which it warns.
    as_json
        Print {"id", "name"}.
    """
    fields = UnitCostFields(
        name=name,
        metric=of.metric,
        warning_usd=warning,
        critical_usd=of.critical,
        window_hours=of.hours,
        requests_min=of.requests_min,
        filters=_filters(of.only),
    )

    async def work(parts: Parts) -> UnitCostRule:
        return await add_unit_cost(parts, await whom.asker(parts), fields)

    made = work_with(place, work)
    told = {"id": rule_id_text(made.id), "name": made.name}
    tell_done(f"{rule_id_text(made.id)} {made.name}", told, as_json=as_json)


def _filters(only: tuple[str, ...]) -> dict[str, str | list[str]]:
    filters: dict[str, list[str]] = {}
    for each in only:
        parameter, sign, value = each.partition("=")
        if not sign:
            raise InvalidInputError([FieldProblem("only", f"{each[:80]!r} is not parameter=value")])
        filters.setdefault(parameter, []).append(value)
    return dict(filters)


def report(
    *, whom: Whom, when: When = _ANYWHERE, off: bool = False, as_json: AsJson = False, place: Place = HERE
) -> None:
    """Order the weekly report, last seven complete UTC days against the seven before, or end it.

    Without a day and time it goes on Monday at 09:00.

    Parameters
    ----------
    off
        Send none any more.
    as_json
        Print {"report"}: when it goes and where to, null for never.
    """

    async def work(parts: Parts) -> AlertSettings:
        asker = await whom.asker(parts)
        fields = ReportFields(
            send_at=when.send_at or "09:00",
            timezone=when.timezone,
            weekday=when.weekday or "monday",
            channel_ids=await _channels(parts, asker, when.channel),
        )
        return await change_settings(parts, asker, SettingsChange(report=None if off else fields))

    told = settings_fields(work_with(place, work))["report"]
    sentence = f"Weekly report: {_report_text(told)}" if told else "no weekly report is sent"
    tell_done(sentence, {"report": told}, as_json=as_json)


def kill_switch(
    *, whom: Whom, to: str | None = None, reason: str = "", as_json: AsJson = False, place: Place = HERE
) -> None:
    """Enforce nothing that the workspace decides, or enforce it again; or say which holds.

    Parameters
    ----------
    to
        on: budgets and policies are evaluated and told of, and nothing is refused. off: enforce again.
    reason
        Why, for the audit log and the pages.
    as_json
        Print {"isOn", "since", "reason"}.
    """
    if to not in (None, "on", "off"):
        raise InvalidInputError([FieldProblem("to", f"{to[:40]!r} is neither on nor off")])

    async def work(parts: Parts) -> WorkspacePolicy:
        asker = await whom.asker(parts)
        if to is None:
            return await find_policy(parts, asker)
        return await set_kill_switch(parts, asker, is_on=to == "on", reason=reason)

    policy = work_with(place, work)
    since = None if policy.observed_since is None else instant(policy.observed_since)
    if as_json:
        print(json.dumps({"isOn": policy.is_observing, "since": since, "reason": policy.reason}))
    elif since is None:
        print("the kill switch is off: what the workspace decides is enforced")
    else:
        print(f"the kill switch is on since {since}: nothing is enforced. {policy.reason}".rstrip())


async def _channels(parts: Parts, asker: Asker, given: tuple[str, ...]) -> list[str] | None:
    if not given:
        return None
    known = await list_channels(parts, asker)
    found = {
        name: channel_id_text(each.id) for each in known for name in (each.name, channel_id_text(each.id))
    }
    missing = [name for name in given if name not in found]
    if missing:
        raise NotFoundError(f"there is no channel {missing[0]!r} in this workspace")
    return [found[name] for name in given]


def _is_on(rule: dict[str, Any]) -> str:
    return "yes" if rule["isEnabled"] else "no"


def _rule_words(rule: dict[str, Any]) -> tuple[str, str, str]:
    kinds = ", ".join(rule["kinds"]) or "everything"
    what = kinds if rule["severityMin"] == "info" else f"{kinds}, {rule['severityMin']} and worse"
    when = rule["delivery"]
    if when != "immediate":
        when = " ".join(filter(None, (when, rule["weekday"], rule["sendAt"], rule["timezone"])))
    muted = f", muted until {rule['mutedUntil']}" if rule["mutedUntil"] else ""
    return what, _channels_text(rule["channelIds"]), when + muted


def _report_text(told: dict[str, Any]) -> str:
    when = f"{told['weekday']} {told['sendAt']} {told['timezone']}"
    return f"{when}, to {_channels_text(told['channelIds'])}"


def _channels_text(channel_ids: list[str] | None) -> str:
    return "all channels" if channel_ids is None else ", ".join(channel_ids)
