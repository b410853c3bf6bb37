"""Where a request comes from, as far as the brake on guessing passwords needs it."""

from __future__ import annotations

from farthing.web.given import PageRequest


def client_address(request: PageRequest) -> str:
    """The address of the browser (or of the nearest proxy that is not trusted); empty when there is none."""
    return request.client.host if request.client is not None else ""
