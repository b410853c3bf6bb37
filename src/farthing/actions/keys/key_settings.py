"""What can be said of an API key: read as people give it, over what the key is already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from farthing.actions.audit import Described
from farthing.actions.errors import InvalidInputError
from farthing.actions.people.names import name_problem
from farthing.intake.call import WIRE_NAMES
from farthing.intake.times import read_time
from farthing.rules.api_key import MAPPED_FIELDS, KeyRules
from farthing.rules.events import DATA_MODES, ENVIRONMENTS
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import ApiKey, Membership

OVERLAP_MS_MAX: Final = 30 * DAY_MS
"""How long a key may go on beside the one that replaces it."""
OVERLAP_MINUTES: Final = 1_440
"""The same for whoever does not say: a day."""
NOTE_MAX: Final = 1_000
ATTRIBUTE_MAX: Final = 200
LATEST_END_MS: Final = 7_258_118_400_000
"""2200-01-01T00:00:00Z. The last years of the calendar can't be shown in every zone."""

Unset = msgspec.UnsetType
UNSET: Final = msgspec.UNSET


class KeySettings(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Settings of a key; what is left out stays as it is, for a new key as it is by default.

    `owner_id` is a member's id on the wire. Without a list of allowed environments all are. `otel_attributes`
    says by a call's field which attribute of spans holds it, before all others. `expires_at` is an ISO 8601
    time; without one the key works until it is revoked.
    """

    name: str | Unset = UNSET
    owner_id: str | Unset = UNSET
    note: str | Unset = UNSET
    default_data_mode: str | Unset = UNSET
    default_environment: str | Unset = UNSET
    allowed_environments: list[str] | Unset | None = UNSET
    otel_attributes: dict[str, str] | Unset | None = UNSET
    expires_at: str | Unset | None = UNSET


def with_settings(
    key: ApiKey, given: KeySettings, members: Sequence[Membership], now: int, *, is_replaced: bool = False
) -> ApiKey:
    """The key with the settings that are given. Raises InvalidInputError with all that is wrong with them."""
    reader = _Reader()
    after = replace(
        key,
        name=reader.name(key.name, given.name),
        owner_id=reader.owner(key.owner_id, given.owner_id, members),
        note=reader.note(key.note, given.note),
        rules=reader.rules(key.rules, given),
        expires_at=reader.end(key.expires_at, given.expires_at, now, is_replaced=is_replaced),
    )
    if reader.problems:
        raise InvalidInputError(reader.problems)
    return after


def described(key: ApiKey, members: Sequence[Membership]) -> Described:
    """A key's settings by their wire names; an owner who has left the workspace is None."""
    owner = next((each.user.public_id for each in members if each.user.id == key.owner_id), None)
    return {
        "name": key.name,
        "ownerId": owner,
        "note": key.note,
        "defaultDataMode": key.rules.data_mode,
        "defaultEnvironment": key.rules.environment,
        "allowedEnvironments": allowed_environments(key.rules),
        "otelAttributes": otel_attributes(key.rules),
        "expiresAt": None if key.expires_at is None else instant(key.expires_at),
    }


def allowed_environments(rules: KeyRules) -> list[str] | None:
    """The environments that calls may name; None for all there are."""
    return None if rules.environments == ENVIRONMENTS else list(rules.environments)


def otel_attributes(rules: KeyRules) -> dict[str, str] | None:
    """The attributes of fields by their wire names; None for none."""
    return {WIRE_NAMES[field]: attribute for field, attribute in rules.attributes} or None


def attributes_of_lines(lines: Iterable[str]) -> dict[str, str] | None:
    """The same out of lines such as `userId = app.customer`; what is none of these is a name without any."""
    pairs = (line.partition("=") for line in lines if line.strip())
    return {field.strip(): attribute.strip() for field, _, attribute in pairs} or None


class _Reader:
    """Reads one setting after the other and adds every problem it meets to `problems`."""

    def __init__(self) -> None:
        self.problems: list[FieldProblem] = []

    def problem(self, field: str, message: str) -> None:
        self.problems.append(FieldProblem(field, message))

    def name(self, before: str, given: str | Unset) -> str:
        if given is UNSET:
            return before
        problem = name_problem(given)
        if problem is not None:
            self.problem("name", problem)
        return given.strip()

    def owner(self, before: int, given: str | Unset, members: Sequence[Membership]) -> int:
        if given is UNSET:
            return before
        for each in members:
            if each.user.public_id == given:
                return each.user.id
        self.problem("ownerId", f"{given[:40]!r} is no member of this workspace")
        return before

    def note(self, before: str, given: str | Unset) -> str:
        if given is UNSET:
            return before
        if len(given) > NOTE_MAX:
            self.problem("note", f"has {len(given)} characters; at most {NOTE_MAX} are taken")
        if not given.replace("\r\n", " ").replace("\n", " ").isprintable():
            self.problem("note", "has characters that can't be shown")
        return given.strip()

    def rules(self, before: KeyRules, given: KeySettings) -> KeyRules:
        environments = self._environments(before.environments, given.allowed_environments)
        attributes = self._attributes(before.attributes, given.otel_attributes)
        data_mode = self._word("defaultDataMode", before.data_mode, given.default_data_mode, DATA_MODES)
        environment = self._word(
            "defaultEnvironment", before.environment, given.default_environment, ENVIRONMENTS
        )
        if environment in environments or self.problems:
            return KeyRules(data_mode, environment, environments, attributes)
        if given.default_environment is UNSET and len(environments) == 1:
            return KeyRules(data_mode, environments[0], environments, attributes)
        self.problem(
            "defaultEnvironment",
            f"({environment}) is not among the allowed environments ({', '.join(environments)})",
        )
        return before

    def _environments(self, before: tuple[str, ...], given: list[str] | Unset | None) -> tuple[str, ...]:
        if given is UNSET:
            return before
        if given is None:
            return ENVIRONMENTS
        unknown = [each for each in given if each not in ENVIRONMENTS]
        if unknown or not given:
            told = f"not {unknown[0][:40]!r}" if unknown else "or null for all of them"
            self.problem("allowedEnvironments", f"must name some of {', '.join(ENVIRONMENTS)}, {told}")
        return tuple(each for each in ENVIRONMENTS if each in given)

    def _attributes(
        self, before: tuple[tuple[str, str], ...], given: dict[str, str] | Unset | None
    ) -> tuple[tuple[str, str], ...]:
        if given is UNSET:
            return before
        fields = {WIRE_NAMES[field]: field for field in MAPPED_FIELDS}
        for name, attribute in (given or {}).items():
            if name not in fields:
                told = f"{name[:40]!r} is no field that can be mapped; these are {', '.join(fields)}"
                self.problem("otelAttributes", told)
            elif not 0 < len(attribute.strip()) <= ATTRIBUTE_MAX or not attribute.isprintable():
                told = f"{name} must name an attribute, of 1 to {ATTRIBUTE_MAX} characters that can be shown"
                self.problem("otelAttributes", told)
        named = {fields[name]: said.strip() for name, said in (given or {}).items() if name in fields}
        return tuple(sorted(named.items()))

    def _word(self, field: str, before: str, given: str | Unset, allowed: tuple[str, ...]) -> str:
        if given is UNSET:
            return before
        if given not in allowed:
            self.problem(field, f"must be one of {', '.join(allowed)}, not {given[:40]!r}")
        return given

    def end(self, before: int | None, given: Any, now: int, *, is_replaced: bool) -> int | None:
        """When the key ends. One that another replaces already always does, and not too late."""
        if given is UNSET:
            return before
        if given is None:
            if is_replaced:
                self.problem("expiresAt", "can't be taken away: another key replaces this one")
            return None
        try:
            at = read_time(given)
        except ValueError as error:
            self.problem("expiresAt", str(error))
            return before
        if at <= now:
            self.problem("expiresAt", f"({instant(at)}) is not after now ({instant(now)})")
        if at > LATEST_END_MS:
            self.problem("expiresAt", f"({instant(at)}) is after {instant(LATEST_END_MS)}")
        if is_replaced and at > now + OVERLAP_MS_MAX:
            days = OVERLAP_MS_MAX // DAY_MS
            self.problem(
                "expiresAt",
                f"({instant(at)}) is more than {days} days ahead, and another key replaces this one",
            )
        return at
