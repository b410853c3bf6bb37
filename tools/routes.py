"""Every route and page of the application, and what each states that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.routes import HTTPRoute

from farthing import api, web
from farthing.api.otlp import SIGNALS
from farthing.app import INGEST_PATHS
from farthing.rules.roles import KEY


@dataclass(frozen=True)
class Route:
    """A method of a path. `needs` is as in rules.roles; with `or_key` an API key will do as well."""

    method: str
    path: str
    needs: str
    or_key: bool = False
    is_page: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def every_route() -> list[Route]:
    """The API's by path, then the pages'. Ingest stands beside the framework and takes keys only."""
    ingest = [Route("POST", path, KEY) for path in (*INGEST_PATHS, *SIGNALS)]
    answers = [*ingest, *_routes(api.route_handlers, is_page=False)]
    pages = _routes(web.route_handlers, is_page=True)
    return [*sorted(answers, key=_order), *sorted(pages, key=_order)]


def _routes(handlers: Any, *, is_page: bool) -> Iterator[Route]:
    parts = {"parts": Provide(object, sync_to_thread=False)}
    for route in Litestar(route_handlers=handlers, dependencies=parts, openapi_config=None).routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            if not handler.fn.__module__.startswith("litestar."):
                needs, or_key = handler.opt["needs"], handler.opt.get("or_key", False)
                for method in handler.http_methods:
                    yield Route(str(method), route.path_format, needs, or_key, is_page)


def _order(route: Route) -> tuple[str, str]:
    return route.path, route.method
