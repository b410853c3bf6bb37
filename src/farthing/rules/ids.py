"""How the integers that number rows are written on the wire: a kind, an underscore, base 36."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_PUBLIC: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE: Final = len(_DIGITS)
_PAIRS: Final = [high + low for high in _DIGITS for low in _DIGITS]
_NUMBER_MAX: Final = 2**63 - 1
_LENGTH_MAX: Final = 13
_REQUEST: Final = "req_"
_KEY: Final = "key_"
_JOB: Final = "job_"
_REPRICING: Final = "rep_"
_DELETION: Final = "del_"
_INVITATION: Final = "inv_"
_ERASURE: Final = "era_"
_SESSION: Final = "ses_"
_PERSONAL: Final = "pat_"
_CHANNEL: Final = "chn_"
_DELIVERY: Final = "dlv_"
_BUDGET: Final = "bud_"
_RESERVATION: Final = "rsv_"
_ALERT: Final = "alt_"
_RULE: Final = "rul_"
_EXPORT_SCHEDULE: Final = "exs_"
_INCIDENT: Final = "inc_"
_VIEW: Final = "viw_"


def request_id_text(request_id: int) -> str:
    """The wire form of a stored event's number, e.g. "req_2s"."""
    lead, pair = divmod(request_id, len(_PAIRS))
    return f"{_REQUEST}{_lead(lead)}{_PAIRS[pair]}" if lead > 0 else _REQUEST + base36(request_id)


def request_id_texts(request_ids: Sequence[int]) -> list[str]:
    """The same of many."""
    pair_count = len(_PAIRS)
    heads = {lead: f"{_REQUEST}{base36(lead)}" for lead in {each // pair_count for each in request_ids}}
    if min(heads, default=1) <= 0:
        return list(map(request_id_text, request_ids))
    return [heads[each // pair_count] + _PAIRS[each % pair_count] for each in request_ids]


@lru_cache(maxsize=64)
def _lead(number: int) -> str:
    """All but the last two digits: they are the same for a thousand numbers that follow one another."""
    return base36(number)


def request_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `request_id_text` never writes."""
    return _number(text, _REQUEST)


def key_id_text(key_id: int) -> str:
    """The wire form of an API key's number, e.g. "key_1"."""
    return _KEY + base36(key_id)


def key_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `key_id_text` never writes."""
    return _number(text, _KEY)


def job_id_text(job_id: int) -> str:
    """The wire form of a job's number, e.g. "job_1"."""
    return _JOB + base36(job_id)


def job_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `job_id_text` never writes."""
    return _number(text, _JOB)


def repricing_id_text(repricing_id: int) -> str:
    """The wire form of a re-pricing's number, e.g. "rep_1"."""
    return _REPRICING + base36(repricing_id)


def repricing_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `repricing_id_text` never writes."""
    return _number(text, _REPRICING)


def budget_id_text(budget_id: int) -> str:
    """The wire form of a budget's number, e.g. "bud_1"."""
    return _BUDGET + base36(budget_id)


def budget_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `budget_id_text` never writes."""
    return _number(text, _BUDGET)


def reservation_id_text(reservation_id: int) -> str:
    """The wire form of a reservation's number, e.g. "rsv_1"."""
    return _RESERVATION + base36(reservation_id)


def reservation_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `reservation_id_text` never writes."""
    return _number(text, _RESERVATION)


def erasure_id_text(erasure_id: int) -> str:
    """The wire form of an erasure's number, e.g. "era_1"."""
    return _ERASURE + base36(erasure_id)


def erasure_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `erasure_id_text` never writes."""
    return _number(text, _ERASURE)


def deletion_id_text(deletion_id: int) -> str:
    """The wire form of a deletion's number, e.g. "del_1"."""
    return _DELETION + base36(deletion_id)


def deletion_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `deletion_id_text` never writes."""
    return _number(text, _DELETION)


def invitation_id_text(invitation_id: int) -> str:
    """The wire form of an invitation's number, e.g. "inv_1"."""
    return _INVITATION + base36(invitation_id)


def invitation_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `invitation_id_text` never writes."""
    return _number(text, _INVITATION)


def is_public_id(text: str) -> bool:
    """Whether a person or workspace can have this id on the wire: a UUID in lower case."""
    return _PUBLIC.fullmatch(text) is not None


def session_id_text(session_id: int) -> str:
    """The wire form of a session's number, e.g. "ses_1"."""
    return _SESSION + base36(session_id)


def session_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `session_id_text` never writes."""
    return _number(text, _SESSION)


def token_id_text(token_id: int) -> str:
    """The wire form of a personal access token's number, e.g. "pat_1"."""
    return _PERSONAL + base36(token_id)


def token_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `token_id_text` never writes."""
    return _number(text, _PERSONAL)


def export_schedule_id_text(schedule_id: int) -> str:
    """The wire form of a scheduled export's number, e.g. "exs_1"."""
    return _EXPORT_SCHEDULE + base36(schedule_id)


def export_schedule_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `export_schedule_id_text` never writes."""
    return _number(text, _EXPORT_SCHEDULE)


def channel_id_text(channel_id: int) -> str:
    """The wire form of a channel's number, e.g. "chn_1"."""
    return _CHANNEL + base36(channel_id)


def channel_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `channel_id_text` never writes."""
    return _number(text, _CHANNEL)


def delivery_id_text(delivery_id: int) -> str:
    """The wire form of a delivery's number, e.g. "dlv_1"."""
    return _DELIVERY + base36(delivery_id)


def delivery_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `delivery_id_text` never writes."""
    return _number(text, _DELIVERY)


def alert_id_text(message_id: int) -> str:
    """The wire form of a message's number in the inbox, e.g. "alt_1"."""
    return _ALERT + base36(message_id)


def alert_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `alert_id_text` never writes."""
    return _number(text, _ALERT)


def rule_id_text(rule_id: int) -> str:
    """The wire form of the number of a rule about alerts, e.g. "rul_1"."""
    return _RULE + base36(rule_id)


def rule_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `rule_id_text` never writes."""
    return _number(text, _RULE)


def incident_id_text(incident_id: int) -> str:
    """The wire form of an incident's number, e.g. "inc_1"."""
    return _INCIDENT + base36(incident_id)


def incident_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `incident_id_text` never writes."""
    return _number(text, _INCIDENT)


def view_id_text(view_id: int) -> str:
    """The wire form of a saved view's number, e.g. "viw_1"."""
    return _VIEW + base36(view_id)


def view_id_number(text: str) -> int | None:
    """The number behind a wire form; None for text that `view_id_text` never writes."""
    return _number(text, _VIEW)


def cursor_text(place: tuple[int, int]) -> str:
    """The wire form of a place in a list of events, (occurred_at, request_id)."""
    return f"{base36(place[0])}.{base36(place[1])}"


def cursor_place(text: str) -> tuple[int, int] | None:
    """The place behind a wire form; None for text that `cursor_text` never writes."""
    occurred_at, _, request_id = text.partition(".")
    place = (from_base36(occurred_at), from_base36(request_id))
    return None if place[0] is None or place[1] is None else (place[0], place[1])


def base36(number: int) -> str:
    """A whole number >= 0 in the digits 0-9a-z, without leading zeros. Raises ValueError below 0."""
    if number < 0:
        raise ValueError(f"{number} is negative")
    digits = ""
    while number >= _BASE:
        number, digit = divmod(number, _BASE)
        digits = _DIGITS[digit] + digits
    return _DIGITS[number] + digits


def from_base36(text: str) -> int | None:
    """The number that `base36` writes as `text`; None for other text and for more than 63 bits."""
    if not 1 <= len(text) <= _LENGTH_MAX or any(digit not in _DIGITS for digit in text):
        return None
    number = int(text, _BASE)
    return number if number <= _NUMBER_MAX and base36(number) == text else None


def _number(text: str, kind: str) -> int | None:
    return from_base36(text[len(kind) :]) if text.startswith(kind) else None
