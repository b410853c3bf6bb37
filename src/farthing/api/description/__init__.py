"""The OpenAPI document: what the framework makes of the handlers, finished so that it is true and whole."""

from __future__ import annotations

from farthing.api.description.document import finished

__all__ = ["finished"]
