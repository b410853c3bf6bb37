"""What is given of a channel, read and understood: what may be seen of it, and how it is reached."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from farthing.actions.channels.carriers import NO_MAIL
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.notify.reach import url_problem
from farthing.notify.services import ServiceError, service_url, shown
from farthing.notify.signing import new_secret
from farthing.rules.channel import CHANNEL_KINDS, ChannelKind, ChannelSecret, SigningSecret
from farthing.rules.problems import FieldProblem
from farthing.rules.quiet_hours import QuietHours, clock_minute
from farthing.rules.zones import is_zone

NAME_LENGTH_MAX: Final = 80
ADDRESSES_MAX: Final = 20
_ADDRESS_LENGTH_MAX: Final = 254
_TEXTS: Final = {
    "url": "url",
    "routing_key": "routingKey",
    "region": "region",
    "bot_token": "botToken",
    "chat_id": "chatId",
}
FIELDS: Final[dict[ChannelKind, tuple[str, ...]]] = {
    "email": ("addresses",),
    "webhook": ("url",),
    "slack": ("url",),
    "teams": ("url",),
    "discord": ("url",),
    "pagerduty": ("routing_key", "region"),
    "telegram": ("bot_token", "chat_id"),
    "other": ("url",),
}
"""What each kind needs to be reached."""


class QuietFields(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Times of day such as "22:00", on the wall clock of a zone; they may go over midnight."""

    start: str
    end: str
    timezone: str


class Way(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """How a channel is reached: each kind has fields of its own, and no others."""

    addresses: list[str] | None = None
    url: str | None = None
    routing_key: str | None = None
    region: str | None = None
    bot_token: str | None = None
    chat_id: str | None = None

    def given(self) -> set[str]:
        """The names of what was given."""
        return {name for name in Way.__struct_fields__ if getattr(self, name) is not None}


class NewChannel(Way, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A channel to be made."""

    name: str
    kind: str
    quiet_hours: QuietFields | None = None
    is_enabled: bool = True


class ChannelChange(Way, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is to change of one; its kind stays. With another way to be reached, all of that is given anew."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    quiet_hours: QuietFields | msgspec.UnsetType | None = msgspec.UNSET
    is_enabled: bool | msgspec.UnsetType = msgspec.UNSET


def read_name(text: str) -> str:
    """A name. Raises InvalidInputError."""
    name = " ".join(text.split())
    if 0 < len(name) <= NAME_LENGTH_MAX and name.isprintable():
        return name
    raise _problem("name", f"must have 1 to {NAME_LENGTH_MAX} characters, all of which can be seen")


def read_kind(text: str) -> ChannelKind:
    """A kind. Raises InvalidInputError."""
    found = next((kind for kind in CHANNEL_KINDS if kind == text), None)
    if found is None:
        raise _problem("kind", f"must be one of {', '.join(CHANNEL_KINDS)}")
    return found


def read_quiet(given: QuietFields | None) -> QuietHours | None:
    """Quiet hours. Raises InvalidInputError."""
    if given is None:
        return None
    start, end = clock_minute(given.start), clock_minute(given.end)
    problems = [
        FieldProblem(f"quietHours.{name}", "must be a time such as 22:00")
        for name, minute in (("start", start), ("end", end))
        if minute is None
    ]
    if not is_zone(given.timezone):
        problems.append(FieldProblem("quietHours.timezone", "must be a time zone such as Europe/Vienna"))
    if start is not None and start == end:
        problems.append(FieldProblem("quietHours.end", "must be another time than the start"))
    if problems or start is None or end is None:
        raise InvalidInputError(problems)
    return QuietHours(start, end, given.timezone)


async def read_way(parts: Parts, kind: ChannelKind, way: Way) -> tuple[str, ChannelSecret]:
    """What may be seen of a channel, and how it is reached. Raises InvalidInputError."""
    _require_fields(kind, way)
    if kind == "email":
        return _mail(parts, way.addresses or [])
    if kind == "webhook":
        return _webhook(parts, (way.url or "").strip())
    return await _service(parts, kind, way)


def _require_fields(kind: ChannelKind, way: Way) -> None:
    needed = FIELDS[kind]
    wire = {**_TEXTS, "addresses": "addresses"}
    missing = [name for name in needed if name not in way.given() and name != "region"]
    problems = [FieldProblem(wire[name], f"is needed for the kind {kind}") for name in missing]
    strange = sorted(way.given() - set(needed))
    problems += [FieldProblem(wire[name], f"says nothing of the kind {kind}") for name in strange]
    if problems:
        raise InvalidInputError(problems)


def _mail(parts: Parts, given: list[str]) -> tuple[str, ChannelSecret]:
    addresses = tuple(dict.fromkeys(each.strip() for each in given if each.strip()))
    if not 1 <= len(addresses) <= ADDRESSES_MAX:
        raise _problem("addresses", f"must be 1 to {ADDRESSES_MAX} e-mail addresses, not {len(addresses)}")
    for each in addresses:
        if not _is_address(each):
            raise _problem("addresses", f"{each[:60]!r} is no e-mail address")
    if parts.carriers.mailer is None:
        raise _problem("kind", NO_MAIL)
    return ", ".join(addresses), ChannelSecret(addresses=addresses)


def _is_address(text: str) -> bool:
    """Whether mail can go there: checked for what would break the mail, not for being somebody's."""
    name, at, domain = text.rpartition("@")
    is_plain = text.isascii() and not any(sign <= " " or sign in '\x7f,;:<>()[]\\"' for sign in text)
    return bool(is_plain and name and at and domain and "@" not in name and len(text) <= _ADDRESS_LENGTH_MAX)


def _webhook(parts: Parts, url: str) -> tuple[str, ChannelSecret]:
    problem = url_problem(url, parts.carriers.reach)
    if problem is not None:
        raise _problem("url", problem)
    at = urlsplit(url)
    return f"{at.scheme}://{at.netloc}/…", ChannelSecret(url=url, signing=(SigningSecret(new_secret()),))


async def _service(parts: Parts, kind: ChannelKind, way: Way) -> tuple[str, ChannelSecret]:
    given: dict[str, Any] = {wire: getattr(way, name) or "" for name, wire in _TEXTS.items()}
    try:
        url = service_url(kind, given)
    except ServiceError as error:
        raise _problem(error.field, str(error)) from error
    problem = await parts.carriers.library.problem(kind, url)
    if problem is not None:
        raise _problem(_TEXTS[FIELDS[kind][0]], problem)
    return shown(kind, url), ChannelSecret(url=url)


def _problem(field: str, message: str) -> InvalidInputError:
    return InvalidInputError([FieldProblem(field, message)])
