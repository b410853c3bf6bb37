"""Saved views that are pinned to the overview, each a panel with its own range and filters."""

from __future__ import annotations

from dataclasses import dataclass

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.views.manage_views import list_pinned
from farthing.rules.saved_view import SavedView
from farthing.storage.contract import StorageError
from farthing.web.address import Address
from farthing.web.explore.asked import EXPLORE, read_explored
from farthing.web.explore.panel import Panel, ask_panel
from farthing.web.explore.saved import address_of_view
from farthing.web.filter_bar import warning
from farthing.web.view import view_of


@dataclass(frozen=True)
class Pinned:
    """A view and its answer; None for a question that makes no sense any more, which `problem` says.

    `warning` says what it holds beside real calls.
    """

    view: SavedView
    address: Address
    panel: Panel | None
    warning: str | None = None
    problem: str | None = None


async def ask_pinned(parts: Parts, asker: Asker) -> list[Pinned]:
    """All that stand on the asker's overview, with their answers; where there are none, one cheap read."""
    return [await _ask(parts, asker, view) for view in await list_pinned(parts, asker)]


async def _ask(parts: Parts, asker: Asker, saved: SavedView) -> Pinned:
    address = address_of_view(saved)
    try:
        view = await view_of(parts, asker, address, EXPLORE)
        panel = await ask_panel(parts, asker, read_explored(view))
    except InvalidInputError as error:
        told = "; ".join(f"{each.field} {each.message}" for each in error.problems)
        return Pinned(saved, address, None, problem=told)
    except StorageError as error:  # one question that takes too long is no reason to show nothing
        return Pinned(saved, address, None, problem=str(error))
    return Pinned(saved, address, panel, warning(view.query.filters))
