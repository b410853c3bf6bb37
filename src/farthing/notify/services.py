"""Chat and paging services, reached through the notification library (Apprise), in addresses of its own form.

Which of its services may be named is a list here: those that are a web service's API and nothing else. The
library also knows ways to files, programs, desktops and mail servers, which nobody reaches through Farthing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

URL_LENGTH_MAX: Final = 2_000
# fmt: off
_OWN_HOSTS: Final = frozenset({
    "goalerts", "gotify", "gotifys", "matrix", "matrixs", "mmost", "mmosts", "ntfy", "ntfys",
    "rocket", "rockets",
})
"""Services whose host is somebody's own server, and may be seen."""
SCHEMES: Final = _OWN_HOSTS | {
    "betterstack", "dingtalk", "feishu", "flock", "gchat", "ilert", "incidentio", "jira", "lark",
    "opsgenie", "pagertree", "pbul", "pover", "prowl", "ryver", "signl4", "spike", "splunk",
    "squadcast", "victorops", "webex", "wecombot", "wxteams", "zulip",
}
"""What an address of the kind "other" may begin with."""
_PARAMETERS: Final = frozenset({
    "action", "alias", "apikey", "auth", "botname", "channel", "channels", "class", "component",
    "dedup", "entity", "entity_id", "expire", "from", "group", "id", "interval", "key", "mode",
    "msgtype", "priority", "region", "route", "routing_key", "secret", "sound", "source", "tags",
    "team", "thread", "tid", "to", "token", "topic", "urgency", "version", "workspace", "xtags",
})
# fmt: on
"""What may stand behind the ? of one: nothing that reads files, follows redirects or trusts anybody."""
_NATIVE: Final[dict[str, tuple[re.Pattern[str], frozenset[str], frozenset[str]]]] = {
    "slack": (
        re.compile(r"https://hooks\.slack(-gov)?\.com/(services|workflows|triggers)/[A-Za-z0-9/_-]+"),
        frozenset(),
        frozenset({"slack"}),
    ),
    "discord": (
        re.compile(
            r"https://(canary\.|ptb\.)?discord(app)?\.com/api/(v[0-9]+/)?webhooks/[0-9]+/[A-Za-z0-9_-]+"
        ),
        frozenset(),
        frozenset({"discord"}),
    ),
    "teams": (
        re.compile(
            r"https://[A-Za-z0-9.-]+\."
            r"(logic\.azure\.[a-z]{2,12}|(power|apps)platform(\.[a-z0-9-]{2,24}){1,3})"
            r"(:443)?/[A-Za-z0-9/_.~-]+"
        ),
        frozenset({"api-version", "sp", "sv", "sig"}),
        frozenset({"workflow", "workflows"}),
    ),
}
"""By kind: how the address looks that the service shows, its parameters, and the library's names for it."""
_TELEGRAM_TOKEN: Final = re.compile(r"[0-9]{5,16}:[A-Za-z0-9_-]{30,64}")
_TELEGRAM_CHAT: Final = re.compile(r"-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,40}")
_ROUTING_KEY: Final = re.compile(r"[A-Za-z0-9]{20,64}")
REGIONS: Final = ("us", "eu")

Given = Mapping[str, str]


class ServiceError(Exception):
    """A field can't be used: `field` names it, the message says why."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


def service_url(kind: str, given: Given) -> str:
    """The library's address for what was given of a kind. Raises ServiceError."""
    return _BUILDERS[kind](given) if kind in _BUILDERS else _native(kind, given)


def shown(kind: str, url: str) -> str:
    """What may be seen of an address: the service, and of one's own server the host."""
    parts = urlsplit(url)
    if kind == "pagerduty":
        return f"PagerDuty, region {dict(parse_qsl(parts.query)).get('region', REGIONS[0])}"
    if kind == "telegram":
        return f"Telegram chat {parts.path.strip('/')}"
    if kind in _NATIVE:
        return f"https://{parts.hostname}/…"
    has_path = bool(parts.path.strip("/"))
    is_known = parts.scheme in _OWN_HOSTS and has_path and parts.hostname is not None
    return f"{parts.scheme}://{parts.hostname}/…" if is_known else f"{parts.scheme}://…"


def names_of(kind: str) -> frozenset[str]:
    """What the library may call the service that it finds behind an address of a kind."""
    if kind in _NATIVE:
        return _NATIVE[kind][2]
    return {"pagerduty": frozenset({"pagerduty"}), "telegram": frozenset({"tgram"})}.get(kind, SCHEMES)


def _native(kind: str, given: Given) -> str:
    """The address that a service shows, which the library understands as it is."""
    url = given.get("url", "").strip()
    pattern, parameters, _ = _NATIVE[kind]
    address, _, query = url.partition("?")
    if len(url) > URL_LENGTH_MAX or not pattern.fullmatch(address):
        raise ServiceError("url", f"must be the address of an incoming webhook, as {kind.title()} shows it")
    _require_parameters(query, parameters)
    return url


def _pagerduty(given: Given) -> str:
    routing_key, region = given.get("routingKey", "").strip(), given.get("region", "").strip() or REGIONS[0]
    if not _ROUTING_KEY.fullmatch(routing_key):
        raise ServiceError("routingKey", "must be the integration key of an Events API v2 integration")
    if region not in REGIONS:
        raise ServiceError("region", f"must be one of {', '.join(REGIONS)}")
    # The second key, which the library asks for, is one that this API of PagerDuty's does not look at.
    return f"pagerduty://{routing_key}@events/Farthing?region={region}"


def _telegram(given: Given) -> str:
    token, chat = given.get("botToken", "").strip(), given.get("chatId", "").strip()
    if not _TELEGRAM_TOKEN.fullmatch(token):
        raise ServiceError("botToken", "must be such as 123456789:AAF…, as BotFather shows it")
    if not _TELEGRAM_CHAT.fullmatch(chat):
        raise ServiceError("chatId", "must be the number of a chat, or the name of a channel such as @alerts")
    return f"tgram://{token}/{quote(chat, safe='@-')}"


def _other(given: Given) -> str:
    url = given.get("url", "").strip()
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in SCHEMES:
        raise ServiceError(
            "url", f"must begin with one of {', '.join(f'{each}://' for each in sorted(SCHEMES))}"
        )
    if len(url) > URL_LENGTH_MAX or not rest or any(sign <= " " or sign in "\x7f\\" for sign in url):
        raise ServiceError("url", f"must be at most {URL_LENGTH_MAX} characters, without spaces")
    _require_parameters(rest.partition("?")[2], _PARAMETERS)
    return url


def _require_parameters(query: str, known: frozenset[str]) -> None:
    """Raises ServiceError. The library parts parameters at ; too, which nothing that we know of has."""
    if ";" in query:
        raise ServiceError("url", "must not have a ; among its parameters")
    for name, _ in parse_qsl(query, keep_blank_values=True):
        if name.lower() not in known:
            raise ServiceError("url", f"must not have the parameter {name[:40]!r}")


_BUILDERS: Final[dict[str, Callable[[Given], str]]] = {
    "pagerduty": _pagerduty,
    "telegram": _telegram,
    "other": _other,
}
