"""The form of the way in, with the button of the OpenID provider where there is one."""

from __future__ import annotations

from urllib.parse import urlencode

from litestar import Response

from farthing.actions.parts import Parts
from farthing.web.given import PageRequest
from farthing.web.pages import render


def sign_in_page(
    request: PageRequest,
    parts: Parts,
    place: str,
    problem: str | None = None,
    *,
    status: int = 200,
    email: str = "",
) -> Response[str]:
    """The form; `problem` says why it is shown again, `place` is where to go afterwards."""
    return render(
        request,
        "sign_in",
        status=status,
        email=email,
        place=place,
        problem=problem,
        provider=None if parts.oidc is None else parts.settings.oidc_name,
        provider_href=f"/signin/oidc?{urlencode({'next': place})}",
    )
