"""Overrides and aliases of a workspace: make one, list them, remove one. Roles follow.

What is given is text as people write it: rates in USD for a million tokens (or for one, where the unit is no
token), discounts in per cent, times in ISO 8601. Nothing stored changes by it: what is priced already stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Final, TypeVar

import msgspec
from anyio import to_thread

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, Described, change
from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.people.names import name_problem
from farthing.intake.times import read_time
from farthing.prices.names import close_text
from farthing.rules.instants import instant
from farthing.rules.money import PICO_PER_USD
from farthing.rules.override import PPM, Alias, Override, OwnPrices, percent_text
from farthing.rules.price import STANDARD
from farthing.rules.pricebook import REQUEST, is_standard_tier
from farthing.rules.pricing import rate_unit, rate_usd_text
from farthing.rules.problems import FieldProblem
from farthing.rules.usage import UNITS, is_token_unit
from farthing.storage.contract import AlreadyExistsError, Changes

T = TypeVar("T")

_RATE_PICOUSD_MAX: Final = 1_000 * PICO_PER_USD
_NOTE_MAX: Final = 1_000
_ID_MAX: Final = 2**31 - 1
_TIER_MAX: Final = 40
_PERCENT_MAX: Final = 100
_ANY: Final = "any"
_NUMBER: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,14})?")
_PER: Final = 1_000_000
"""Token rates are given for a million."""
PRICED_UNITS: Final = (*UNITS, REQUEST)


class NewOverride(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A price of a workspace's own, as somebody gives it.

    Without `model` it is for all models of the provider. Without `tier` rates are for the standard tier and a
    discount for every tier, without `discount_units` for every unit that has no rate here. Without
    `effective_from` it holds for all time before, too: for calls that are received from now on.
    """

    provider: str
    model: str | None = None
    tier: str | None = None
    rates: dict[str, str] = {}
    discount_percent: str | None = None
    discount_units: tuple[str, ...] = ()
    effective_from: str | None = None
    effective_to: str | None = None
    note: str = ""


class NewAlias(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a name means: `provider` and `name` as calls send them, the target as prices list it."""

    provider: str
    name: str
    target_provider: str
    target_model: str
    note: str = ""


class NewEnd(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """When an own price ends, or that it does not (null)."""

    effective_to: str | None


async def list_own_prices(parts: Parts, asker: Asker) -> OwnPrices:
    """All overrides and aliases that hold, oldest first."""
    return await parts.storage.own_prices(asker.workspace.id)


async def emails_of_members(parts: Parts, asker: Asker) -> dict[int, str]:
    """By number of the person, to say who made a price; who has left the workspace is not in it."""
    return {each.user.id: each.user.email for each in await parts.storage.members(asker.workspace.id)}


async def add_override(parts: Parts, asker: Asker, new: NewOverride) -> Override:
    """Price calls that are received from now on by it, in this process at once, in others within two seconds.

    Raises InvalidInputError.
    """
    reader = _Reader()
    provider, model = _known_names(parts, new.provider, new.model, reader)
    rates = {unit: reader.rate(unit, text) for unit, text in new.rates.items()}
    discount = 0 if new.discount_percent is None else reader.discount(new.discount_percent)
    start, end = (
        reader.time("effectiveFrom", new.effective_from),
        reader.time("effectiveTo", new.effective_to),
    )
    if not new.rates and new.discount_percent is None:
        reader.problem("rates", "are empty and there is no discountPercent: give at least one")
    if start is not None and end is not None and end <= start:
        reader.problem(
            "effectiveTo", f"({new.effective_to}) is not after effectiveFrom ({new.effective_from})"
        )
    reader.note(new.note)
    reader.discount_units(new)
    tier = reader.tier(new)
    if reader.problems:
        raise InvalidInputError(reader.problems)
    override = Override(
        id=0,
        provider=provider,
        model=model,
        tier=tier,
        rates=rates,
        discount_ppm=discount,
        discount_units=tuple(unit for unit in PRICED_UNITS if unit in new.discount_units),
        start=start,
        end=end,
        note=new.note.strip(),
        created_by=asker.user.id,
        created_at=parts.clock.now(),
    )

    async def work(audited: Audited) -> Override:
        kept = await audited.changes.add_override(asker.workspace.id, override)
        await audited.enter("price_override.created", str(kept.id), after=_override_told(kept))
        return kept

    given = f"({new.effective_from or 'open'} to {new.effective_to or 'open'})"
    return await _added(parts, asker, work, "effectiveFrom", f"{given} overlaps: ")


async def remove_override(parts: Parts, asker: Asker, override_id: int) -> None:
    """Price no further call by it. Raises NotFoundError."""
    await _remove(
        parts, asker, override_id, lambda changes: changes.remove_override, ("price_override", "own price")
    )


async def find_override(parts: Parts, asker: Asker, override_id: int) -> Override:
    """One that holds. Raises NotFoundError."""
    own = await list_own_prices(parts, asker)
    found = next((each for each in own.overrides if each.id == override_id), None)
    if found is None:
        raise _none("own price", override_id)
    return found


async def move_end(parts: Parts, asker: Asker, override_id: int, new: NewEnd) -> Override:
    """Let an own price end at another time, in this process at once, in others within two seconds.

    Receipts name it by its number, so it is not changed: one with another number takes its place.
    Raises NotFoundError and InvalidInputError.
    """
    before = await find_override(parts, asker, override_id)
    reader = _Reader()
    end = reader.time("effectiveTo", new.effective_to)
    if before.start is not None and end is not None and end <= before.start:
        reader.problem(
            "effectiveTo", f"({new.effective_to}) is not after effectiveFrom ({instant(before.start)})"
        )
    if reader.problems:
        raise InvalidInputError(reader.problems)
    wanted = msgspec.structs.replace(
        before, id=0, end=end, created_by=asker.user.id, created_at=parts.clock.now()
    )

    async def work(audited: Audited) -> Override:
        changes = audited.changes
        if not await changes.remove_override(asker.workspace.id, before.id, asker.user.id, audited.at):
            raise _none("own price", override_id)
        kept = await changes.add_override(asker.workspace.id, wanted)
        told = _override_told(before) | {"id": before.id}
        await audited.enter(
            "price_override.replaced", str(kept.id), told, _override_told(kept) | {"id": kept.id}
        )
        return kept

    return await _added(parts, asker, work, "effectiveTo", f"({new.effective_to or 'open'}) overlaps: ")


async def add_alias(parts: Parts, asker: Asker, new: NewAlias) -> Alias:
    """Let a name mean a model from now on. Raises InvalidInputError."""
    reader = _Reader()
    for field, text in (("provider", new.provider), ("name", new.name)):
        reader.name(field, text)
    target = parts.prices.book.match(new.target_provider, new.target_model)
    own = await parts.storage.own_prices(asker.workspace.id)
    listed = parts.prices.book.provider(new.target_provider) or new.target_provider.strip().lower()
    names = listed.lower(), new.target_model.strip().lower()
    is_own = any(override.names == names for override in own.overrides)
    if target.model is None and not is_own:
        of = parts.prices.book.provider(new.target_provider)
        close = await to_thread.run_sync(close_text, parts.prices.book, new.target_model, of)
        told = f"({new.target_model}) is no model of {new.target_provider} with a price"
        reader.problem("targetModel", told + close)
    reader.note(new.note)
    if reader.problems:
        raise InvalidInputError(reader.problems)
    alias = Alias(
        id=0,
        provider=parts.prices.book.provider(new.provider) or new.provider.strip().lower(),
        name=new.name.strip(),
        target_provider=listed if is_own or target.model is None else target.provider,
        target_model=new.target_model.strip() if is_own or target.model is None else target.model,
        note=new.note.strip(),
        created_by=asker.user.id,
        created_at=parts.clock.now(),
    )

    async def work(audited: Audited) -> Alias:
        kept = await audited.changes.add_alias(asker.workspace.id, alias)
        await audited.enter("model_alias.created", str(kept.id), after=_alias_told(kept))
        return kept

    return await _added(parts, asker, work, "name")


async def remove_alias(parts: Parts, asker: Asker, alias_id: int) -> None:
    """Let a name mean nothing of its own any more. Raises NotFoundError."""
    await _remove(parts, asker, alias_id, lambda changes: changes.remove_alias, ("model_alias", "alias"))


async def _added(
    parts: Parts,
    asker: Asker,
    work: Callable[[Audited], Coroutine[None, None, T]],
    field: str,
    told: str = "",
) -> T:
    """What the work has added, which holds from now on; what is in its way is a problem of `field`."""
    try:
        kept = await change(parts, asker, work)
    except AlreadyExistsError as error:
        raise InvalidInputError([FieldProblem(field, f"{told}{error}")]) from error
    await parts.prices.refresh()
    return kept


async def _remove(
    parts: Parts,
    asker: Asker,
    number: int,
    method: Callable[[Changes], Callable[[int, int, int, int], Coroutine[None, None, bool]]],
    noun: tuple[str, str],
) -> None:
    """Remove one of the workspace, a `noun` by its name in the audit log and in words."""
    entered, called = noun

    async def work(audited: Audited) -> bool:
        remove = method(audited.changes)
        is_removed = await remove(asker.workspace.id, number, asker.user.id, audited.at)
        if is_removed:
            await audited.enter(f"{entered}.removed", str(number))
        return is_removed

    if number > _ID_MAX or not await change(parts, asker, work):
        raise _none(called, number)
    await parts.prices.refresh()


def _none(called: str, number: int) -> NotFoundError:
    return NotFoundError(f"there is no {called} {number} in this workspace")


def _override_told(own: Override) -> Described:
    """What an own price says, by the names of the API; who made it and when stand in the entry."""
    told = {
        "provider": own.provider,
        "model": own.model,
        "tier": own.tier,
        "rates": {unit: rate_usd_text(unit, picousd) for unit, picousd in own.rates.items()},
        "discountPercent": percent_text(own.discount_ppm) if own.discount_ppm else None,
        "discountUnits": list(own.discount_units),
        "effectiveFrom": None if own.start is None else instant(own.start),
        "effectiveTo": None if own.end is None else instant(own.end),
        "note": own.note,
    }
    return {name: value for name, value in told.items() if value}


def _alias_told(own: Alias) -> Described:
    told = {"provider": own.provider, "name": own.name, "note": own.note}
    return told | {"targetProvider": own.target_provider, "targetModel": own.target_model}


def _known_names(parts: Parts, provider: str, model: str | None, reader: _Reader) -> tuple[str, str | None]:
    """Provider and model by their names in the price book, where it lists that model of that provider.

    A reseller's price is its own and not the maker's, a fine-tune's is not that of all fine-tunes.
    """
    reader.name("provider", provider)
    listed = parts.prices.book.provider(provider) or provider.strip().lower()
    if model is None:
        return listed, None
    reader.name("model", model)
    match = parts.prices.book.match(provider, model)
    is_listed = match.provider == listed and match.matched_by in ("exact", "alias")
    return listed, match.model if is_listed and match.model is not None else model.strip()


class _Reader:
    """Reads what was given and keeps every problem it meets."""

    def __init__(self) -> None:
        self.problems: list[FieldProblem] = []

    def problem(self, field: str, message: str) -> None:
        self.problems.append(FieldProblem(field, message))

    def name(self, field: str, text: str) -> None:
        problem = name_problem(text)
        if problem is not None:
            self.problem(field, problem)

    def note(self, text: str) -> None:
        if len(text) > _NOTE_MAX:
            self.problem("note", f"has {len(text)} characters; at most {_NOTE_MAX} are taken")
        elif "\0" in text:
            self.problem("note", "has characters that can't be shown")

    def rate(self, unit: str, text: str) -> int:
        """Pico-dollars for one, from dollars for a million tokens or for one of another unit."""
        field = f"rates.{unit[:40]}"
        if unit not in PRICED_UNITS:
            self.problem(field, f"is no unit; units are {', '.join(PRICED_UNITS)}")
            return 0
        usd = self._decimal(field, text)
        if usd is None:
            return 0
        picousd = usd * PICO_PER_USD / (_PER if is_token_unit(unit) else 1)
        if usd < 0:
            self.problem(field, f"({text}) is negative")
        elif picousd > _RATE_PICOUSD_MAX:
            self.problem(field, f"({text} USD for {rate_unit(unit)}) is more than 1000 USD for one")
        elif picousd != picousd.to_integral_value():
            places = 6 if is_token_unit(unit) else 12
            self.problem(field, f"({text}) has more than {places} decimals in USD for {rate_unit(unit)}")
        return int(picousd)

    def discount(self, text: str) -> int:
        """Millionths, from per cent."""
        percent = self._decimal("discountPercent", text)
        if percent is None:
            return 0
        ppm = percent * PPM / _PERCENT_MAX
        if not 0 < percent <= _PERCENT_MAX:
            self.problem("discountPercent", f"({text}) must be above 0 and at most 100")
        elif ppm != ppm.to_integral_value():
            self.problem("discountPercent", f"({text}) has more than 4 decimals")
        return int(ppm)

    def discount_units(self, new: NewOverride) -> None:
        """Units that there are, and that the same price does not give a rate."""
        if new.discount_units and new.discount_percent is None:
            self.problem("discountUnits", "are given without a discountPercent")
        for unit in dict.fromkeys(new.discount_units):
            if unit not in PRICED_UNITS:
                self.problem(
                    "discountUnits", f"({unit[:40]}) is no unit; units are {', '.join(PRICED_UNITS)}"
                )
            elif unit in new.rates:
                self.problem("discountUnits", f"({unit}) has a rate of its own in rates: give one of the two")

    def time(self, field: str, text: str | None) -> int | None:
        """UTC milliseconds, from ISO 8601."""
        if text is None:
            return None
        try:
            return read_time(text)
        except ValueError as error:
            self.problem(field, str(error))
            return None

    def tier(self, new: NewOverride) -> str | None:
        """The tier it is for by the name that calls are priced by; None for every one."""
        if new.tier is None:
            return STANDARD if new.rates else None
        tier = new.tier.strip().lower()
        if len(tier) > _TIER_MAX or not tier.isprintable():
            self.problem("tier", f"must be a name of at most {_TIER_MAX} characters")
        if is_standard_tier(tier):
            return STANDARD
        return None if tier == _ANY else tier

    def _decimal(self, field: str, text: str) -> Decimal | None:
        """A plain number of a size that people write; None, and a problem, for anything else."""
        if _NUMBER.fullmatch(text.strip()):
            return Decimal(text.strip())
        self.problem(field, f"({text[:40]}) is not a plain number such as 2.50")
        return None
