"""Whether the process lives and whether it can work: for supervisors, without credentials."""

from __future__ import annotations

import msgspec
from litestar import Response, get

from farthing.actions.analytics.desk import Analytics
from farthing.api.given import GivenParts
from farthing.ledger.writer import WriterStoppedError
from farthing.rules.roles import ANYBODY
from farthing.storage.contract import StorageUnavailableError


@get("/healthz", tags=["health"], needs=ANYBODY)
async def healthz() -> dict[str, bool]:
    """The process answers."""
    return {"ok": True}


class CopyHealth(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the analytics copy stands. It is never waited for: without it the database answers."""

    answers: bool
    lag_ms: int | None
    rows_behind: int | None
    changes_waiting: int | None


class Readiness(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`analytics` is there where a copy is set up."""

    ok: bool
    analytics: CopyHealth | None = None


@get("/readyz", tags=["health"], needs=ANYBODY)
async def readyz(parts: GivenParts) -> Response[Readiness]:
    """Reads and writes work now; 503 when they don't, and once the process has been asked to end.

    A copy that is down changes nothing of that.
    """
    if parts.presence.is_leaving:
        raise WriterStoppedError("the server is shutting down")
    if not await parts.storage.is_ready():
        raise StorageUnavailableError("the database does not answer")
    analytics = parts.analytics
    return Response(Readiness(ok=True, analytics=None if analytics is None else await _health(analytics)))


async def _health(analytics: Analytics) -> CopyHealth:
    standing = await analytics.standing()
    feed = standing.feed
    return CopyHealth(
        answers=standing.answers,
        lag_ms=None if feed is None else feed.lag_ms,
        rows_behind=None if feed is None else standing.rows_behind,
        changes_waiting=None if feed is None else feed.change_count,
    )
