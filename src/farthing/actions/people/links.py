"""Addresses of pages that are handed to people: by the setting `public_url`, else as a request came in."""

from __future__ import annotations

from farthing.settings import Settings


def link_to(settings: Settings, seen_at: str, path: str) -> str:
    """The address of a path; `seen_at` is the scheme and host of the request, empty for none."""
    base = settings.public_url or seen_at or f"http://{settings.host}:{settings.port}"
    return base.rstrip("/") + path
