"""What is given of a scheduled export, read and understood: what, when, and where to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import msgspec

from farthing.actions.asker import Asker
from farthing.actions.channels.channel_fields import read_name
from farthing.actions.errors import FieldProblem, InvalidInputError, NotInstalledError
from farthing.actions.exports.asked import WHATS, Asked, asked_export
from farthing.actions.exports.writing import require_format
from farthing.actions.parts import Parts
from farthing.actions.reads.read_filters import FILTER_NAMES
from farthing.notify.bucket import MISSING, endpoint_problem, is_installed
from farthing.notify.folder import folder_problem
from farthing.rules.export_schedule import DESTINATION_KINDS, RHYTHMS, BucketSecret, Destination
from farthing.rules.instants import instant
from farthing.rules.quiet_hours import clock_minute
from farthing.rules.zones import is_zone

T = TypeVar("T", bound=str)

AT: Final = "03:00"
"""When it is made if nobody says: late calls of the period have come by then."""
NO_ROOT: Final = "this server writes to no folder: its operator has not set export_root"
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX_STEP: Final = re.compile(r"[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,99}")
_REGION: Final = re.compile(r"[a-z0-9-]{1,40}")
_VISIBLE: Final = re.compile(r"[!-~]{1,200}")
_PREFIX_LENGTH_MAX: Final = 400
_OF_FOLDER: Final = ("folder",)
_OF_BUCKET: Final = ("endpoint", "region", "bucket", "prefix", "key_id", "secret")


class DestinationFields(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Where files go: `folder` of the kind folder, all else of the kind s3. It is given as a whole."""

    kind: str
    folder: str | None = None
    endpoint: str | None = None
    region: str | None = None
    bucket: str | None = None
    prefix: str | None = None
    key_id: str | None = None
    secret: str | None = None

    def __repr__(self) -> str:
        """Without the secret: a traceback may be logged."""
        return f"DestinationFields(kind={self.kind!r}, …)"


Filters = dict[str, str | list[str]]


class NewSchedule(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A scheduled export to be made. `filters` are the parameters of a read by name, times left out."""

    name: str
    what: str
    format: str = "csv"
    focus_version: str | None = None
    by: list[str] = []
    filters: Filters = {}
    every: str = "daily"
    at: str = AT
    timezone: str | None = None
    destination: DestinationFields
    is_enabled: bool = True


class ScheduleChange(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is to change of one. Whoever changes where files go gives all of that anew, its secret too."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    what: str | msgspec.UnsetType = msgspec.UNSET
    format: str | msgspec.UnsetType = msgspec.UNSET
    focus_version: str | msgspec.UnsetType | None = msgspec.UNSET
    by: list[str] | msgspec.UnsetType = msgspec.UNSET
    filters: Filters | msgspec.UnsetType = msgspec.UNSET
    every: str | msgspec.UnsetType = msgspec.UNSET
    at: str | msgspec.UnsetType = msgspec.UNSET
    timezone: str | msgspec.UnsetType = msgspec.UNSET
    destination: DestinationFields | msgspec.UnsetType = msgspec.UNSET
    is_enabled: bool | msgspec.UnsetType = msgspec.UNSET


def one_of(field: str, text: str, allowed: Sequence[T]) -> T:
    """The one of `allowed` that was given. Raises InvalidInputError."""
    found = next((each for each in allowed if each == text), None)
    if found is None:
        raise problem(field, f"must be one of {', '.join(allowed)}")
    return found


def read_time(text: str) -> int:
    """Minutes after midnight. Raises InvalidInputError."""
    minute = clock_minute(text)
    if minute is None:
        raise problem("at", "must be a time such as 03:00")
    return minute


def read_zone(text: str) -> str:
    """A time zone. Raises InvalidInputError."""
    if not is_zone(text):
        raise problem("timezone", "must be a time zone such as Europe/Vienna")
    return text


async def read_content(parts: Parts, asker: Asker, given: NewSchedule) -> Asked:
    """What is exported, asked for of the last moment to see that it makes sense. Raises InvalidInputError."""
    what = one_of("what", given.what, WHATS)
    pairs = [("format", given.format), *(("by", each) for each in given.by)]
    if given.focus_version is not None:
        pairs.append(("focusVersion", given.focus_version))
    now = parts.clock.now()
    pairs += [("from", instant(now - 1)), ("to", instant(now)), *_filter_pairs(given.filters)]
    if given.by and what != "summary":
        raise problem("by", "goes with a summary; requests are not split")
    try:
        asked = await asked_export(parts, asker, what, pairs)
        require_format(asked)
    except InvalidInputError as error:
        raise InvalidInputError(_of_filters(error.problems)) from error
    except NotInstalledError as error:
        raise problem("format", str(error)) from error
    return asked


def read_rhythm(text: str) -> str:
    """Raises InvalidInputError."""
    return one_of("every", text, RHYTHMS)


def read_destination(parts: Parts, given: DestinationFields) -> tuple[Destination, BucketSecret | None]:
    """Where files go, and the secret of a bucket. Raises InvalidInputError."""
    kind = one_of("destination.kind", given.kind, DESTINATION_KINDS)
    own, others = (_OF_FOLDER, _OF_BUCKET) if kind == "folder" else (_OF_BUCKET, _OF_FOLDER)
    problems = [
        FieldProblem(_wire(name), f"says nothing of the kind {kind}")
        for name in others
        if getattr(given, name) is not None
    ]
    texts = {name: (getattr(given, name) or "").strip() for name in own}
    found = _folder_problems(parts, texts) if kind == "folder" else _bucket_problems(parts, texts)
    problems += [FieldProblem(_wire(name), message) for name, message in found if message is not None]
    if problems:
        raise InvalidInputError(problems)
    secret = texts.pop("secret", None)
    return Destination(kind=kind, **texts), None if secret is None else BucketSecret(secret)


def _folder_problems(parts: Parts, texts: dict[str, str]) -> Iterable[tuple[str, str | None]]:
    if parts.settings.export_root is None:
        yield "kind", NO_ROOT
    yield "folder", folder_problem(texts["folder"])


def _bucket_problems(parts: Parts, texts: dict[str, str]) -> Iterable[tuple[str, str | None]]:
    if not is_installed():
        yield "kind", MISSING
    yield "endpoint", endpoint_problem(texts["endpoint"], parts.carriers.reach)
    for name, allowed, told in (
        ("region", _REGION, "must be such as eu-central-1: lower case letters, digits and -"),
        ("bucket", _BUCKET, "must be 3 to 63 lower case letters, digits, . and -"),
        ("key_id", _VISIBLE, "must be 1 to 200 ASCII characters without blanks"),
        ("secret", _VISIBLE, "must be 1 to 200 ASCII characters without blanks"),
    ):
        yield name, None if allowed.fullmatch(texts[name]) else told
    steps = texts["prefix"].split("/") if texts["prefix"] else []
    is_good = all(_PREFIX_STEP.fullmatch(step) for step in steps)
    if not is_good or len(texts["prefix"]) > _PREFIX_LENGTH_MAX:
        told = "must be names with / between, each of letters, digits, ., _, = and -, none with a . first"
        yield "prefix", f"{told}; at most {_PREFIX_LENGTH_MAX} characters"


def _wire(name: str) -> str:
    return f"destination.{'keyId' if name == 'key_id' else name}"


def _filter_pairs(filters: Filters) -> list[tuple[str, str]]:
    strange = [name for name in filters if name not in FILTER_NAMES]
    if strange:
        known = ", ".join(FILTER_NAMES)
        raise InvalidInputError(
            FieldProblem(f"filters.{name[:80]}", f"is no filter; known are {known}") for name in strange
        )
    return [
        (name, each)
        for name, value in filters.items()
        for each in (value if isinstance(value, list) else [value])
    ]


def _of_filters(problems: Iterable[FieldProblem]) -> list[FieldProblem]:
    """The same, by the names of the body's fields."""
    return [
        FieldProblem(f"filters.{each.field}" if each.field in FILTER_NAMES else each.field, each.message)
        for each in problems
    ]


def problem(field: str, message: str) -> InvalidInputError:
    """A refusal of one field."""
    return InvalidInputError([FieldProblem(field, message)])


__all__ = [
    "AT",
    "DestinationFields",
    "NewSchedule",
    "ScheduleChange",
    "read_content",
    "read_destination",
    "read_name",
    "read_rhythm",
    "read_time",
    "read_zone",
]
