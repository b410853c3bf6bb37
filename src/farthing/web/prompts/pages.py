"""The pages of prompts."""

from __future__ import annotations

from typing import Final

from farthing.web.prompts.impact import show_impact
from farthing.web.prompts.listing import list_prompts

HANDLERS: Final = (list_prompts, show_impact)
