"""The whole application as one ASGI callable: a thin door, ingest on one side, everything else on the other.

Ingest stands beside the web framework because of what that costs a single event: 20 to 35 % of the rate that
can be reached, when it was measured. Batches, reads and pages don't notice it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, cast

from litestar import Litestar, MediaType, Request, Response, Router
from litestar._openapi.plugin import handle_schema_path_not_found
from litestar.di import Provide
from litestar.exceptions import ClientException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.routes import BaseRoute
from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send

from farthing import __version__, api, web
from farthing.actions.parts import Parts
from farthing.api import errors as api_errors
from farthing.api.description import finished
from farthing.api.headers import guarded
from farthing.api.ingest import IngestEndpoint
from farthing.api.otlp import PATHS as OTLP_PATHS
from farthing.api.otlp import OtlpEndpoint
from farthing.api.routes import API_KEY, BEARER
from farthing.rules.roles import NEEDS
from farthing.web import errors as web_errors

INGEST_PATHS: Final = frozenset({"/v1/ingest/llm-request", "/v1/ingest/llm-requests"})
_MACHINE_PATHS: Final = ("/v1/", "/healthz/", "/readyz/", "/metrics/", "/schema/")
"""Where errors are JSON; everywhere else a person is looking."""


def door(parts: Parts) -> ASGIApp:
    """The application around parts that the caller opens and closes."""
    ingest = cast("ASGIApp", IngestEndpoint(parts))
    otlp = cast("ASGIApp", OtlpEndpoint(parts))
    others = _others(parts.settings.body_bytes_max)

    async def enter(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")  # a lifespan scope has none
        if path in INGEST_PATHS:
            await ingest(scope, receive, send)
        elif path in OTLP_PATHS:
            await otlp(scope, receive, send)
        else:
            scope.setdefault("state", {})["parts"] = parts
            await others(
                scope, _heard_out(receive), guarded(scope, send, is_for_machines=_is_for_machines(path))
            )

    return enter


@cache
def _others(body_bytes_max: int) -> Litestar:
    """All routes of the framework, for whatever parts come with a request.

    To take in some 650 handlers is half a second of work, which tests had spent on each installation.
    """
    app = Litestar(
        route_handlers=[*api.route_handlers, *web.route_handlers],
        dependencies={"parts": Provide(_parts_of, sync_to_thread=False)},
        exception_handlers={Exception: _answer_error},
        request_max_body_size=body_bytes_max,
        logging_config=None,
        openapi_config=_openapi(),
    )
    _require_needs(app)
    return app


def _parts_of(scope: Scope) -> Parts:
    parts: Parts = scope["state"]["parts"]
    return parts


def _require_needs(app: Litestar) -> None:
    """Refuse to start with a route that does not state who may use it."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            is_ours = not handler.fn.__module__.startswith("litestar.")
            if is_ours and handler.opt.get("needs") not in NEEDS:
                raise RuntimeError(f"{route.path} ({handler}) does not say what it `needs`")


def _answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    if _is_for_machines(request.url.path):
        return api_errors.answer_error(request, error)
    return web_errors.answer_error(request, error)


def _heard_out(receive: Receive) -> Receive:
    """`receive`, refusing a request whose sender leaves in its midst: the framework calls that our fault."""
    is_whole = False

    async def receive_heard_out() -> Any:
        nonlocal is_whole
        message = await receive()
        if message["type"] == "http.disconnect" and not is_whole:
            raise ClientException("the client left, or was too slow, before its request was complete")
        is_whole = not message.get("more_body", False)
        return message

    return receive_heard_out


def _is_for_machines(path: str) -> bool:
    return f"{path}/".startswith(_MACHINE_PATHS)


class _SchemaRouter(Router):
    """Serves the document alone: what is not there is told as everywhere else, not in a page of theirs."""

    def register(self, value: ControllerRouterHandler) -> list[BaseRoute]:
        """See Router."""
        return [] if getattr(value, "fn", None) is handle_schema_path_not_found else super().register(value)


class _Finished(JsonRenderPlugin):
    """The document, with what the framework does not know."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """See OpenAPIRenderPlugin."""
        return super().render(request, finished(openapi_schema))


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Farthing",
        version=__version__,
        use_handler_docstrings=True,
        openapi_router=_SchemaRouter("/schema", route_handlers=[], include_in_schema=False),
        # The document alone: the viewers that could come with it load their scripts from elsewhere.
        render_plugins=[_Finished(path="/openapi.json", media_type=MediaType.JSON)],
        components=Components(
            security_schemes={
                BEARER: SecurityScheme(type="http", scheme="bearer", bearer_format="JWT"),
                API_KEY: SecurityScheme(type="apiKey", name="X-API-Key", security_scheme_in="header"),
            }
        ),
    )
