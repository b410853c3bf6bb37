"""All pages of prices: what the site mounts."""

from __future__ import annotations

from typing import Final

from farthing.web.prices import (
    catalogue,
    cost,
    disagreements,
    model,
    own,
    own_form,
    repricing,
    repricings,
    unknown,
)

HANDLERS: Final = (
    *catalogue.HANDLERS,
    *model.HANDLERS,
    *cost.HANDLERS,
    *disagreements.HANDLERS,
    *unknown.HANDLERS,
    *own_form.HANDLERS,
    *own.HANDLERS,
    *repricings.HANDLERS,
    *repricing.HANDLERS,
)
