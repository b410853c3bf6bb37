"""The law that all others rest on: whatever happened, every storage answers what plain Python answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import msgspec
from hypothesis import given, note, settings

from farthing.reports.facts import FactQuery, Facts
from farthing.rules.correction import CorrectionKind
from farthing.rules.events import UsageEvent
from farthing.rules.repricing import Change
from farthing.storage.contract import Storage, StorageError
from tests.contract.corrections import changed_call, correction_of
from tests.contract.repricings import repricing
from tests.contract.samples import ALL_MODES, EVER
from tests.oracle.plain import Books, groups, latency, sums
from tests.oracle.programs import (
    WORKSPACE_ID,
    Amend,
    Ask,
    Delete,
    Fold,
    Program,
    Record,
    Reprice,
    Restore,
    Revert,
    Seal,
    Step,
    Void,
    programs,
)
from tests.storages import Changed, Places, install, opened

PRICED_AT: Final = 1
KINDS: Final[dict[type, CorrectionKind]] = {Amend: "amended", Void: "voided", Restore: "restored"}


@settings(max_examples=80)
@given(program=programs)
async def test_every_storage_answers_what_plain_python_answers(places: Places, program: Program) -> None:
    async with places.empty() as place, opened(place) as storage:
        membership = await install(storage, program.timezone)
        assert membership.workspace.id == WORKSPACE_ID
        books = Books()
        for step in program.steps:
            note(repr(step))
            await take(step, storage, books)


async def take(step: Step, storage: Storage, books: Books) -> None:
    """Do the step to the storage and to the books, and compare what both say."""
    match step:
        case Record(events):
            recorded = await storage.record(events)
            earlier = [each.duplicate_of.event if each.duplicate_of else None for each in recorded]
            assert [each.is_spent for each in recorded] == [
                (event.workspace_id, event.external_request_id) in books.voided for event in events
            ]
            assert [_named(event) for event in earlier] == [_named(event) for event in books.record(events)]
        case Fold(event_count_max):
            assert await storage.fold(event_count_max) >= 0
        case Seal(now, all_steps):
            while await storage.seal(now) and all_steps:
                pass
        case Delete(data_mode, owner_id):
            deleted_count = await storage.delete(WORKSPACE_ID, data_mode, owner_id)
            assert deleted_count == books.delete(WORKSPACE_ID, data_mode, owner_id)
        case Reprice() | Revert():
            await price(step, storage, books)
        case Amend() | Void() | Restore():
            await correct(step, storage, books)
        case Ask(query):
            compare(await storage.facts(query), books, query)
            await compare_list(storage, books, query)


async def price(step: Reprice | Revert, storage: Storage, books: Books) -> None:
    """Price events anew, or undo the last time that was done."""
    if isinstance(step, Reprice):
        await reprice(step, storage)
        books.reprice(step.change)
    elif books.undo:
        await revert(storage, step.batch_size)
        books.revert()


async def reprice(step: Reprice, storage: Storage) -> None:
    """Change the events batch by batch."""
    kept = await Changed(storage).add_repricing(repricing(state="applying"))
    page = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 1_000, None)
    for start in range(0, len(page.items), step.batch_size):
        batch = page.items[start : start + step.batch_size]
        changes = [Change(each.request_id, each.event, step.change(each.event)) for each in batch]
        after = await storage.reprice(
            kept, (0, start), [each for each in changes if each.before != each.after], PRICED_AT
        )
        assert after is not None
        kept = after
    assert await storage.change_repricing(msgspec.structs.replace(kept, state="applied"))


async def correct(step: Amend | Void | Restore, storage: Storage, books: Books) -> None:
    """Amend, void or restore one of the calls of the first workspace, if there is one."""
    found = books.voided if isinstance(step, Restore) else books.events
    identities = sorted(identity for identity in found if identity[0] == WORKSPACE_ID)
    if not identities:
        return
    identity = identities[step.place % len(identities)]
    call = await storage.call_by_external_id(*identity)
    assert call is not None
    assert call.is_voided == isinstance(step, Restore)
    assert _named(call.event) == _named(found[identity])
    after = step.change(call.event) if isinstance(step, Amend) else call.event
    correction = correction_of(call, KINDS[type(step)])
    try:
        assert await changed_call(storage, correction, after)
    except StorageError:  # the sum would not fit
        assert await storage.call(WORKSPACE_ID, call.request_id) == call
        return
    if isinstance(step, Amend):
        books.amend(identity, after)
    elif isinstance(step, Void):
        books.void(identity)
    else:
        books.restore(identity)


async def revert(storage: Storage, batch_size: int) -> None:
    """Undo the last one that is applied."""
    applied = [each for each in await storage.repricings(WORKSPACE_ID, 100) if each.state == "applied"]
    kept = applied[0]
    while (after := await storage.revert(kept, batch_size, PRICED_AT)) and after.version > kept.version:
        kept = after
    assert kept.reverted_count == kept.applied.changed_count
    assert await storage.change_repricing(msgspec.structs.replace(kept, state="reverted"))


def compare(answer: Facts, books: Books, query: FactQuery) -> None:
    """All that the contract promises of an answer."""
    assert answer.sums == sums(books, query)
    assert {type(value) for row in answer.sums.values() for value in row} <= {int}
    counts = {
        key: {number: count for number, count in enumerate(histogram) if count}
        for key, histogram in answer.latency.items()
    }
    assert {key: bins for key, bins in counts.items() if bins} == latency(books, query)
    assert answer.source
    if answer.group_count is not None and not query.only:
        unlimited = replace(query, limit=None, offset=0)
        assert answer.group_count == len({names for _, names in groups(books, unlimited)})


async def compare_list(storage: Storage, books: Books, query: FactQuery) -> None:
    """The list of single events passes the same ones."""
    page = await storage.requests(query.workspace_id, query.window, query.filters, 1_000, None)
    listed = [stored.event.external_request_id for stored in page.items]
    assert sorted(listed) == sorted(event.external_request_id for event in books.matching(query))


def _named(event: UsageEvent | None) -> UsageEvent | None:
    """The event with the name "unknown" as what it is to a storage: no name."""
    if event is None:
        return None
    unknown = [field for field in event.__struct_fields__ if getattr(event, field) == "unknown"]
    return msgspec.structs.replace(event, **dict.fromkeys(unknown))
