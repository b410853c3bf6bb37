"""JSON over HTTP: routes, credentials, one error shape."""

from __future__ import annotations

from farthing.api.routes import route_handlers

__all__ = ["route_handlers"]
