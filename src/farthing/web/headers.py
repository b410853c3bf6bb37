"""What every page tells the browser: load from here only, run no inline script, stand in no frame."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

# The chart library writes style attributes into its SVG; attributes can't load or run anything, and
# inline <style> elements and scripts stay forbidden.
_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src-elem": "'self'",
    "style-src-attr": "'unsafe-inline'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
PAGE_HEADERS: Final = {
    "Content-Security-Policy": "; ".join(f"{what} {whence}" for what, whence in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def add_page_headers(response: Response[Any]) -> Response[Any]:
    """The same answer, with the headers of a page that it does not set itself."""
    for name, value in PAGE_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
