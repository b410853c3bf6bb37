"""Pages for people: read the address, ask, render. What is asked and worked out lies below this room."""

from __future__ import annotations

from farthing.web.site import route_handlers

__all__ = ["route_handlers"]
