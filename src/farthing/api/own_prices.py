"""A workspace's own prices and aliases over HTTP: what it negotiated, and what it calls its models."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from farthing.actions.prices.manage_own_prices import (
    NewAlias,
    NewEnd,
    NewOverride,
    add_alias,
    add_override,
    emails_of_members,
    list_own_prices,
    move_end,
    remove_alias,
    remove_override,
)
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenAsker, GivenParts
from farthing.rules.instants import instant
from farthing.rules.override import Alias, Override, percent_text
from farthing.rules.pricing import rate_unit, rate_usd_text


class OverrideItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A price of the workspace's own. `rates` are USD as exact decimal text by unit, each for its rate unit.

    A `model` of null means all models of the provider, a `tier` of null every tier, `discount_units` of null
    every unit that `rates` does not have; times of null are open.
    `created_by` is the e-mail address of whoever set it, null when they have left the workspace.
    """

    id: int
    provider: str
    model: str | None
    tier: str | None
    rates: dict[str, str]
    rate_units: dict[str, str]
    discount_percent: str | None
    discount_units: tuple[str, ...] | None
    effective_from: str | None
    effective_to: str | None
    note: str
    created_at: str
    created_by: str | None


class OverrideList(msgspec.Struct, frozen=True):
    """All that hold, oldest first."""

    items: list[OverrideItem]


class AliasItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a name means in this workspace, and who said so (null when they have left it)."""

    id: int
    provider: str
    name: str
    target_provider: str
    target_model: str
    note: str
    created_at: str
    created_by: str | None


class AliasList(msgspec.Struct, frozen=True):
    """All that hold, oldest first."""

    items: list[AliasItem]


@get("/settings/price-overrides", tags=["prices"], needs="read")
async def list_overrides(parts: GivenParts, asker: GivenAsker) -> OverrideList:
    """The workspace's own prices."""
    own = await list_own_prices(parts, asker)
    emails = await emails_of_members(parts, asker)
    return OverrideList([override_item(each, emails.get(each.created_by)) for each in own.overrides])


@post("/settings/price-overrides", tags=["prices"], needs="manage_prices")
async def create_override(data: JSONBody[NewOverride], parts: GivenParts, asker: GivenAsker) -> OverrideItem:
    """Price calls that are received from now on by rates of the workspace's own, or at a discount."""
    return override_item(await add_override(parts, asker, data), asker.user.email)


@patch("/settings/price-overrides/{override_id:int}", tags=["prices"], needs="manage_prices")
async def end_override(
    override_id: FromPath[int], data: JSONBody[NewEnd], parts: GivenParts, asker: GivenAsker
) -> OverrideItem:
    """Let it end at another time: one with a number of its own takes its place."""
    return override_item(await move_end(parts, asker, override_id, data), asker.user.email)


@delete(
    "/settings/price-overrides/{override_id:int}", status_code=200, tags=["prices"], needs="manage_prices"
)
async def delete_override(override_id: FromPath[int], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Price no further call by it; what it has priced stays."""
    await remove_override(parts, asker, override_id)
    return StatusAnswer()


@get("/settings/model-aliases", tags=["prices"], needs="read")
async def list_aliases(parts: GivenParts, asker: GivenAsker) -> AliasList:
    """What names mean in this workspace."""
    own = await list_own_prices(parts, asker)
    emails = await emails_of_members(parts, asker)
    return AliasList([alias_item(each, emails.get(each.created_by)) for each in own.aliases])


@post("/settings/model-aliases", tags=["prices"], needs="manage_prices")
async def create_alias(data: JSONBody[NewAlias], parts: GivenParts, asker: GivenAsker) -> AliasItem:
    """Let a name that calls send mean a model with a price."""
    return alias_item(await add_alias(parts, asker, data), asker.user.email)


@delete("/settings/model-aliases/{alias_id:int}", status_code=200, tags=["prices"], needs="manage_prices")
async def delete_alias(alias_id: FromPath[int], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Let the name mean nothing of its own any more; what was priced by it stays."""
    await remove_alias(parts, asker, alias_id)
    return StatusAnswer()


def override_item(own: Override, created_by: str | None) -> OverrideItem:
    return OverrideItem(
        id=own.id,
        provider=own.provider,
        model=own.model,
        tier=own.tier,
        rates={unit: rate_usd_text(unit, picousd) for unit, picousd in own.rates.items()},
        rate_units={unit: rate_unit(unit) for unit in own.rates},
        discount_percent=percent_text(own.discount_ppm) if own.discount_ppm else None,
        discount_units=own.discount_units or None,
        effective_from=None if own.start is None else instant(own.start),
        effective_to=None if own.end is None else instant(own.end),
        note=own.note,
        created_at=instant(own.created_at),
        created_by=created_by,
    )


def alias_item(own: Alias, created_by: str | None) -> AliasItem:
    return AliasItem(
        id=own.id,
        provider=own.provider,
        name=own.name,
        target_provider=own.target_provider,
        target_model=own.target_model,
        note=own.note,
        created_at=instant(own.created_at),
        created_by=created_by,
    )


HANDLERS: Final = (
    list_overrides,
    create_override,
    end_override,
    delete_override,
    list_aliases,
    create_alias,
    delete_alias,
)
