"""An identity out of what was told and asked for: messages, alert settings, scheduled exports, saved views.

Which messages name whom is plain from what they say, so an identity goes from all of them; from names that
people gave only where it goes from what others sent, too.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec.structs import replace

from farthing.rules.agent_totals import AgentTotal
from farthing.rules.alert_settings import AlertSettings
from farthing.rules.erasure import Erasure, scrubbed, scrubbed_event, scrubbed_json
from farthing.rules.events import UsageEvent
from farthing.rules.export_schedule import ExportSchedule
from farthing.rules.message import Fact, Message
from farthing.rules.saved_view import SavedView

_ENCODER: Final = msgspec.json.Encoder()
_EVENT: Final = msgspec.json.Decoder(UsageEvent)
Pairs = tuple[tuple[str, str], ...]


def message_without(told: Message, erasure: Erasure) -> Message:
    """A message that says the alias. What it is told once by stays: it names nobody."""
    return replace(
        told,
        title=_without(told.title, erasure),
        text=_without(told.text, erasure),
        path=_path(told.path, erasure),
        facts=tuple(Fact(each.label, _without(each.value, erasure)) for each in told.facts),
        data=scrubbed_json(told.data, erasure.value or "", erasure.alias),
        filters=_pairs(told.filters, erasure),
    )


def settings_without(said: AlertSettings, erasure: Erasure) -> AlertSettings:
    """What a workspace says of alerts: it is raised for whoever has the alias now."""
    rules = tuple(replace(each, name=_named(each.name, erasure)) for each in said.rules)
    costs = tuple(
        replace(each, name=_named(each.name, erasure), filters=_pairs(each.filters, erasure))
        for each in said.unit_costs
    )
    return replace(said, rules=rules, unit_costs=costs)


def schedule_without(asked: ExportSchedule, erasure: Erasure) -> ExportSchedule:
    """A scheduled export that goes on with whoever has the alias."""
    name, filters = _named(asked.name, erasure), _pairs(asked.filters, erasure)
    return replace(asked, name=name, filters=filters)


def view_without(saved: SavedView, erasure: Erasure) -> SavedView:
    """A saved view that asks for whoever has the alias."""
    name, question = _named(saved.name, erasure), _pairs(saved.question, erasure)
    return replace(saved, name=name, question=question)


def total_without(held: AgentTotal, erasure: Erasure) -> AgentTotal:
    """A sum that is held back, and may be stored as a call yet."""
    if not held.event:
        return held
    event = _EVENT.decode(held.event)
    after = scrubbed_event(event, erasure)
    return held if after == event else replace(held, event=_ENCODER.encode(after).decode())


def _without(text: str, erasure: Erasure) -> str:
    return scrubbed(text, erasure.value or "", erasure.alias)


def _named(name: str, erasure: Erasure) -> str:
    return _without(name, erasure) if erasure.in_others else name


def _pairs(pairs: Pairs, erasure: Erasure) -> Pairs:
    return tuple((name, _without(value, erasure)) for name, value in pairs)


def _path(path: str, erasure: Erasure) -> str:
    page, mark, query = path.partition("?")
    before = tuple(parse_qsl(query, keep_blank_values=True))
    after = _pairs(before, erasure)
    return path if after == before else page + mark + urlencode(after)
