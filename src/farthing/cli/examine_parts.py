"""What `farthing doctor` looks at inside: the database, prices, mail, channels, and storing a call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from farthing.actions.errors import ActionError
from farthing.actions.events.correct_call import Wanted, correct_own_call
from farthing.actions.keys.recognise_key import KeyContext
from farthing.actions.parts import Parts
from farthing.actions.plans.manage_plans import list_workspaces
from farthing.cli.examine_machine import clock
from farthing.cli.finding import Finding, fine, odd, wrong
from farthing.clock import Clock
from farthing.intake.call import Call
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.notify.mail import MailError
from farthing.rules.api_key import key_state
from farthing.rules.periods import DAY_MS, midnight
from farthing.storage.contract import ApiKey, DeliveryQuery

_OLD_PRICES_DAYS: Final = 45
"""About as long as it takes until some provider has a new model or price."""
DOCTOR_TAG: Final = "farthing.doctor"
GONE_REASON: Final = "farthing doctor has seen it stored"


async def examine_parts(parts: Parts, machine: Clock, *, may_write: bool) -> AsyncIterator[Finding]:
    """Everything that the open database tells. A call is stored and voided if it `may_write`.

    `machine` is the clock here: that of the parts goes by the database, once that is open.
    """
    async for finding in _database(parts, machine):
        yield finding
    yield await _prices(parts)
    yield await _mail(parts)
    async for finding in _channels(parts):
        yield finding
    if may_write:
        yield await _trial(parts)


async def _database(parts: Parts, machine: Clock) -> AsyncIterator[Finding]:
    if not await parts.storage.is_ready():
        yield wrong(
            "database", "it does not take what is written", "see the log of the database, and its disk"
        )
        return
    found = await parts.storage.condition()
    if found.now is not None:
        yield clock("database clock", machine.now(), found.now, "the database's clock")
    if found.problems:
        mend = (
            "stop the server, keep a copy of the data folder, and `farthing backup restore` the last good one"
        )
        yield wrong("database", f"it is damaged: {'; '.join(found.problems)}", mend)
    else:
        yield fine("database", "it reads, writes, and is sound")
    if found.schema == found.newest_schema:
        yield fine("schema", f"{found.schema}, this release's")
    else:
        told = f"{found.schema}, and this release's is {found.newest_schema}"
        yield wrong("schema", told, "another server with a different release has changed it: run one release")


async def _prices(parts: Parts) -> Finding:
    await parts.prices.refresh()
    held = parts.prices.shelf.held
    age = (parts.clock.now() - midnight(date.fromisoformat(held.date), ZoneInfo("UTC"))) // DAY_MS
    told = f"{held.book.version}, {age} days old"
    if age > _OLD_PRICES_DAYS:
        return odd("prices", told, "`farthing prices update` carries them on, or a newer release brings them")
    return fine("prices", told)


async def _mail(parts: Parts) -> Finding:
    if parts.mailer is None:
        return fine("mail", "not set up (smtp_url): links are shown to be copied")
    try:
        await parts.mailer.check()
    except MailError as error:
        return wrong("mail", error.told or str(error), "see smtp_url in the settings")
    return fine("mail", "the mail server takes our sign-in")


async def _channels(parts: Parts) -> AsyncIterator[Finding]:
    """Whether somebody would be told, and whether they were."""
    for each in await list_workspaces(parts):
        named = f"of {each.workspace.name}"
        channels = [one for one in await parts.storage.channels(each.workspace.id) if one.is_enabled]
        if not channels:
            yield odd(
                "channels", f"alerts {named} go nowhere", "`farthing channels add`, or the settings page"
            )
            continue
        given_up = await parts.storage.deliveries(each.workspace.id, DeliveryQuery(state="dead"), 100)
        since = parts.clock.now() - 7 * DAY_MS
        count = sum(one.delivery.created_at >= since for one in given_up)
        if count:
            mend = "`farthing deliveries --state dead` says why, `farthing channels test` tries one"
            yield odd("channels", f"{count} alerts {named} were given up in the last week", mend)
        else:
            yield fine("channels", f"{len(channels)} {named}, and nothing given up in the last week")


async def _trial(parts: Parts) -> Finding:
    """A call of test data, stored, found again, refused the second time, and voided."""
    key = await _a_key(parts)
    if key is None:
        return odd("ingest", "no API key is live, so nobody can send", "`farthing key create` makes one")
    sender = Sender(key.workspace_id, key.id, key.owner_id)
    call, now = trial_call(), parts.clock.now()
    read = understand(call, sender, now, parts.prices.cards(key.workspace_id))
    if not isinstance(read, Understood):
        return wrong("ingest", f"a plain call is not understood: {read}", "report this: it is a defect")
    (stored,) = await parts.recorder.record([read.event])
    (again,) = await parts.recorder.record([read.event])
    found = await parts.storage.call(key.workspace_id, stored.request_id)
    if stored.is_over_limit:
        return odd(
            "ingest", "the workspace has used up its plan", "`farthing workspace plan` gives it another"
        )
    if found is None or not again.is_duplicate or again.request_id != stored.request_id:
        return wrong("ingest", "a call was answered and not stored once", "report this: it is a defect")
    told = f"a test call was stored, priced ({found.event.pricing_status}), known the second time"
    wanted = Wanted(kind="voided", reason=GONE_REASON)
    try:
        await correct_own_call(parts, KeyContext(sender), call.external_request_id or "", wanted)
    except ActionError as error:
        return fine("ingest", f"{told}; it stays as test data, endpoint {DOCTOR_TAG}: {error}")
    return fine("ingest", f"{told}, and voided")


def trial_call() -> Call:
    """A call that nobody takes for a real one."""
    return Call(
        external_request_id=f"farthing-doctor-{uuid4()}",
        provider="openai",
        model="gpt-4o-mini",
        endpoint_tag=DOCTOR_TAG,
        data_mode="test",
        status="success",
        input_tokens=1,
        output_tokens=1,
    )


async def _a_key(parts: Parts) -> ApiKey | None:
    """The first that is live."""
    for each in await list_workspaces(parts):
        for key in await parts.storage.api_keys(each.workspace.id):
            if key_state(key.revoked_at, key.expires_at, parts.clock.now()) == "live":
                return key
    return None
