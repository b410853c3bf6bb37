"""What `farthing doctor` looks at of a running server, as an application would find it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from farthing.api.ingest import SINGLE
from farthing.cli.api_line import ApiLine, Said, ServerUnreachableError, to_server
from farthing.cli.examine_parts import DOCTOR_TAG, GONE_REASON, trial_call
from farthing.cli.finding import Finding, fine, odd, wrong

_VOID = "/v1/ingest/void"
_SEE_LOG = "see the log of the server"


async def examine_server(url: str, api_key: str | None) -> AsyncIterator[Finding]:
    """Whether it lives, can work, and takes a call with the key."""
    try:
        async with to_server(url, api_key) as line:
            yield _answer("server", await line.get("/healthz"), f"{url} answers")
            yield _answer("ready", await line.get("/readyz"), "its database takes what is written")
            yield await _trial(line, has_key=api_key is not None)
    except ServerUnreachableError as error:
        yield wrong(
            "server", str(error), "is it running, and is the address right? `farthing serve` starts one"
        )


def _answer(check: str, said: Said, told: str) -> Finding:
    return fine(check, told) if said.is_good else wrong(check, _refusal(said), _SEE_LOG)


def _refusal(said: Said) -> str:
    return f"it answers {said.status} {said.body.get('message', '')}".rstrip()


async def _trial(line: ApiLine, *, has_key: bool) -> Finding:
    if not has_key:
        return odd("ingest", "no call was tried", "give --api-key, or FARTHING_API_KEY")
    call = msgspec.to_builtins(trial_call())
    sent = {name: value for name, value in call.items() if value is not None}
    stored = await line.post(SINGLE, sent)
    if stored.status == 401:  # noqa: PLR2004 - the one status that names the key
        return wrong("ingest", _refusal(stored), "`farthing key list` shows the keys, `key create` makes one")
    again = await line.post(SINGLE, sent)
    if not stored.body.get("requestId") or not again.body.get("duplicate"):
        return wrong("ingest", _refusal(stored if not stored.is_good else again), _SEE_LOG)
    told = f"a test call was stored, priced ({stored.body['pricingStatus']}), known the second time"
    voided = await line.post(_VOID, {"externalRequestId": sent["externalRequestId"], "reason": GONE_REASON})
    if not voided.is_good:
        return fine("ingest", f"{told}; it stays as test data, endpoint {DOCTOR_TAG}: {_refusal(voided)}")
    return fine("ingest", f"{told}, and voided")
