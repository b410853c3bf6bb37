"""Whether the process lives and whether it can work: for supervisors, without credentials."""

from __future__ import annotations

from litestar import Response, get

from farthing.api.given import GivenParts
from farthing.ledger.writer import WriterStoppedError
from farthing.rules.roles import ANYBODY
from farthing.storage.contract import StorageUnavailableError


@get("/healthz", tags=["health"], needs=ANYBODY)
async def healthz() -> dict[str, bool]:
    """The process answers."""
    return {"ok": True}


@get("/readyz", tags=["health"], needs=ANYBODY)
async def readyz(parts: GivenParts) -> Response[dict[str, bool]]:
    """Reads and writes work now; 503 when they don't, and once the process has been asked to end."""
    if parts.presence.is_leaving:
        raise WriterStoppedError("the server is shutting down")
    if not await parts.storage.is_ready():
        raise StorageUnavailableError("the database does not answer")
    return Response({"ok": True})
