"""The built files of frontend/: found by the name of their source, served under the name of their content.

A name changes with its content, so that browsers may keep a file for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from farthing.rules.roles import ANYBODY

FOLDER: Final = Path(__file__).parent / "static"
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_FOREVER: Final = "public, max-age=31536000, immutable"


class AssetsMissingError(RuntimeError):
    """The web assets have not been built."""


@dataclass(frozen=True)
class Assets:
    """`names` gives the built name of a source; `files` the content of every built file."""

    names: dict[str, str]
    files: dict[str, bytes]

    def url(self, source: str) -> str:
        """The address of a built file. Raises KeyError for a source that is not bundled."""
        return f"/static/{self.names[source]}"


@cache
def assets() -> Assets:
    """All built files, read once. Raises AssetsMissingError."""
    try:
        names = msgspec.json.decode((FOLDER / "manifest.json").read_bytes(), type=dict[str, str])
    except FileNotFoundError as error:
        raise AssetsMissingError(
            "the web pages' scripts and styles are not built: run `make assets`"
        ) from error
    known = (*_TYPES, ".gz")
    return Assets(names, {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.suffix in known})


@get("/static/{name:str}", include_in_schema=False, sync_to_thread=False, needs=ANYBODY)
def static_file(name: FromPath[str], request: Request[None, None, State]) -> Response[bytes]:
    """One built file, compressed where that was worth it and the browser takes it."""
    files = assets().files
    media_type = _TYPES.get(Path(name).suffix)
    if media_type is None or name not in files:
        raise NotFoundException
    headers = {"Cache-Control": _FOREVER, "X-Content-Type-Options": "nosniff"}
    packed = files.get(f"{name}.gz")
    if packed is not None:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(packed, media_type=media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(files[name], media_type=media_type, headers=headers)
