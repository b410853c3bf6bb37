"""Rendering: a template, its context and the frame around it become an answer with headers and cookies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response
from litestar.response import Redirect

from farthing import __version__
from farthing.actions.asker import Asker
from farthing.reports.dimensions import DIMENSIONS
from farthing.web import amounts, figures, moments
from farthing.web.address import SEARCHED_FROM
from farthing.web.assets import assets
from farthing.web.cookies import read_cookie, set_cookie
from farthing.web.forms import FIELD, form_token
from farthing.web.given import PageRequest
from farthing.web.headers import add_page_headers

THEMES: Final = ("light", "dark", "system")
_SEE_OTHER: Final = 303
_LABELS: Final = {each.wire: each.label for each in DIMENSIONS.values()} | {"tags": "Tags"}
_IN_ADDRESSES: Final = "/#%[]=:;$&()+,!?*@'~"
"""What stands in addresses as it is; the rest is escaped."""


@dataclass(frozen=True)
class Frame:
    """What surrounds every page of a workspace. `current` is the name of the rail's entry that is open."""

    asker: Asker
    current: str

    @property
    def zone(self) -> ZoneInfo:
        """The workspace's own time zone."""
        return ZoneInfo(self.asker.workspace.timezone)


def render(
    request: PageRequest,
    template: str,
    frame: Frame | None = None,
    status: int = 200,
    **context: object,
) -> Response[str]:
    """The page of a template in `templates/pages`; without a frame for people who are not signed in."""
    token, is_new = form_token(request)
    page = _environment().get_template(f"pages/{template}.html")
    html = page.render(
        frame=frame,
        theme=theme_of(request),
        form_field=FIELD,
        form_token=token,
        here=_here(request),
        places=request.state.get("places", ()),
        plan_use=request.state.get("plan_use"),
        **context,
    )
    response = Response(html, status_code=status, media_type=MediaType.HTML)
    if is_new:
        set_cookie(request, response, "form", token, None)
    add_page_headers(response)
    return response


def _here(request: PageRequest) -> str:
    """The page's own address, to come back to."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def theme_of(request: PageRequest) -> str:
    """The theme that was chosen in this browser."""
    chosen = read_cookie(request, "theme")
    return chosen if chosen in THEMES else "system"


def redirect(request: PageRequest, place: str) -> Response[Any]:
    """On to another page. A request of htmx is told so that the whole page follows, not a part of it."""
    if request.headers.get("hx-request") == "true":
        address = quote(place, safe=_IN_ADDRESSES)  # headers hold ASCII
        answer: Response[Any] = Response(None, status_code=200, headers={"HX-Redirect": address})
    else:
        answer = Redirect(place, status_code=_SEE_OTHER)
    return add_page_headers(answer)


def parameter_label(wire: str) -> str:
    """What people read for a filter's parameter: "Endpoint" for endpointTag."""
    return _LABELS.get(wire, wire)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(asset=assets().url, version=__version__, searched_from=SEARCHED_FROM)
    environment.filters.update(
        money=amounts.money,
        placed_money=amounts.placed_money,
        count=figures.count,
        percent=figures.percent,
        latency=figures.milliseconds,
        minute=moments.minute_text,
        second=moments.second_text,
        moment=moments.exact_text,
        month=moments.month_text,
        parameter=parameter_label,
    )
    return environment
