"""Changes: all at once or not at all, one after another, and told of in the audit log."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from farthing.rules.audit import NewEntry, entered, first_fault
from farthing.storage.contract import AuditQuery, Changes, Storage
from tests.contract.own_prices import alias, override
from tests.contract.test_accounts import key
from tests.storages import Changed, Place, install, opened

AT = 1_700_000_000_000


def entry(action: str = "api_key.created", at: int = AT, **fields: object) -> NewEntry:
    """An entry of workspace 1."""
    plain = NewEntry(
        workspace_id=1, occurred_at=at, actor="ada", via="api", address="::1", action=action, target="key_1"
    )
    return replace(plain, **fields)


class PlantedError(Exception):
    """What a test raises within a change."""


async def test_a_change_and_its_entry_are_there_together(storage: Storage) -> None:
    membership = await install(storage)

    async def work(changes: Changes) -> int:
        kept = await changes.create_api_key(key(membership))
        await changes.enter(entry(after={"name": kept.name, "tags": ["a", None], "count": 2**53}))
        return kept.id

    key_id = await storage.change(work)
    assert (await storage.api_keys(membership.workspace.id))[0].id == key_id
    (told,) = await storage.audit_entries(1, AuditQuery(), 10)
    assert told == entered(entry(after={"name": "key 1", "tags": ["a", None], "count": 2**53}), None)


async def test_of_a_change_that_fails_nothing_remains(storage: Storage) -> None:
    membership = await install(storage)
    workspace_id = membership.workspace.id

    async def work(changes: Changes) -> None:
        await changes.create_api_key(key(membership))
        await changes.add_override(workspace_id, override())
        await changes.add_alias(workspace_id, alias())
        await changes.enter(entry())
        raise PlantedError

    before = await storage.api_keys(workspace_id), await storage.own_prices(workspace_id)
    with pytest.raises(PlantedError):
        await storage.change(work)
    assert (await storage.api_keys(workspace_id), await storage.own_prices(workspace_id)) == before
    assert await storage.audit_entries(1, AuditQuery(), 10) == []
    assert await Changed(storage).enter(entry()) == entered(entry(), None)


async def test_entries_of_many_changes_at_once_make_one_chain(storage: Storage) -> None:
    await asyncio.gather(*(Changed(storage).enter(entry(at=AT + n)) for n in range(12)))
    chain = await storage.audit_chain(1, 0, 100)
    assert sorted(each.occurred_at for each in chain) == [AT + n for n in range(12)]
    assert first_fault(chain) is None


async def test_every_workspace_has_a_chain_of_its_own(storage: Storage) -> None:
    for workspace_id in (1, 2, 1, 0):
        one = entry(workspace_id=workspace_id)
        await Changed(storage).enter(one)
    assert [len(await storage.audit_chain(each, 0, 10)) for each in (0, 1, 2, 3)] == [1, 2, 1, 0]
    heads = [(each.workspace_id, each.seq) for each in await storage.audit_heads()]
    assert heads == [(0, 1), (1, 2), (2, 1)]
    assert [each.seq for each in await storage.audit_chain(1, 1, 10)] == [2]
    assert [each.seq for each in await storage.audit_chain(1, 0, 1)] == [1]


async def test_entries_are_read_newest_first_and_by_what_they_say(storage: Storage) -> None:
    for number, action in enumerate(["api_key.created", "api_key2.made", "member.added", "api_key.revoked"]):
        one = entry(action, AT + number, actor="bob" if number % 2 else "ada", target=f"key_{number}")
        await Changed(storage).enter(one)

    async def seqs(limit: int = 10, **asked: object) -> list[int]:
        query = replace(AuditQuery(), **asked)
        return [each.seq for each in await storage.audit_entries(1, query, limit)]

    assert await seqs() == [4, 3, 2, 1]
    assert await seqs(limit=2) == [4, 3]
    assert await seqs(before_seq=3) == [2, 1]
    assert await seqs(action="api_key") == [4, 1]
    assert await seqs(action="api_key.revoked") == [4]
    assert await seqs(action="api") == []
    assert await seqs(actor="bob") == [4, 2]
    assert await seqs(target="key_2") == [3]
    assert await seqs(start=AT + 1, end=AT + 3) == [3, 2]
    assert await seqs(actor="bob", action="api_key", start=AT) == [4]


async def test_the_log_is_there_after_a_restart_and_goes_on(place: Place) -> None:
    async with opened(place) as storage:
        first = await Changed(storage).enter(entry(before={"a": "x"}))
    async with opened(place) as storage:
        second = await Changed(storage).enter(entry(at=AT + 1))
        assert await storage.audit_chain(1, 0, 10) == [first, second]
        assert first_fault([first, second]) is None
