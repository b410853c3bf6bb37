"""API keys: made, changed, rotated, revoked, and what the audit log tells of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Final

import pytest

from farthing.actions.asker import Asker
from farthing.actions.errors import ConflictError, InvalidInputError, NotFoundError
from farthing.actions.keys.key_settings import OVERLAP_MS_MAX, KeySettings
from farthing.actions.keys.list_api_keys import ListedKey, find_api_key, list_api_keys
from farthing.actions.keys.manage_api_keys import (
    NewKey,
    change_api_key,
    create_api_key,
    revoke_api_key,
    rotate_api_key,
)
from farthing.actions.people.manage_workspaces import Named, create_workspace
from farthing.rules.api_key import UNUSED_MS, KeyRules
from farthing.rules.audit import Entry
from farthing.rules.ids import key_id_text
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS, HOUR_MS
from farthing.storage.contract import AuditQuery
from tests.installations import NOW, Installed
from tests.storages import Changed

ALL_ENVIRONMENTS: Final = ("prod", "staging", "dev")


async def make(installation: Installed, **settings: Any) -> NewKey:
    """A key of the first person's."""
    given = KeySettings(**({"name": "ci"} | settings))
    return await create_api_key(installation.parts, installation.asker, given)


async def change(installation: Installed, made: NewKey, **settings: Any) -> None:
    await change_api_key(installation.parts, installation.asker, made.api_key.id, KeySettings(**settings))


async def rotate(installation: Installed, made: NewKey, overlap_ms: int = HOUR_MS, **more: Any) -> NewKey:
    return await rotate_api_key(installation.parts, installation.asker, made.api_key.id, overlap_ms, **more)


async def listed(installation: Installed, made: NewKey) -> ListedKey:
    return await find_api_key(installation.parts, installation.asker, made.api_key.id)


async def is_let_in(installation: Installed, made: NewKey) -> bool:
    return await installation.parts.keys.find(made.key.encode()) is not None


async def told(installation: Installed) -> list[Entry]:
    """What the audit log says of keys but the first, newest first."""
    storage, workspace = installation.parts.storage, installation.asker.workspace
    *entries, _ = await storage.audit_entries(workspace.id, AuditQuery(action="api_key"), 20)
    return entries


async def elsewhere(installation: Installed) -> Asker:
    """The same person in another workspace of theirs."""
    asker = installation.asker
    named = Named(name="Another")
    another = await create_workspace(installation.parts, asker.user, asker.origin, named)
    return replace(asker, membership=replace(asker.membership, workspace=another))


async def test_a_new_key_works_at_once_and_belongs_to_who_made_it(installation: Installed) -> None:
    parts, asker = installation.parts, installation.asker
    made = await make(installation, name=" ci ")
    found = await parts.keys.find(made.key.encode())
    assert found is not None
    assert (found.key_id, found.owner_id) == (made.api_key.id, asker.user.id)
    assert made.api_key.name == "ci"
    assert [each.key.name for each in await list_api_keys(parts, asker)] == ["ci", "First key"]


async def test_a_key_can_be_made_with_everything(installation: Installed) -> None:
    joined = await installation.join("bob@example.com", "viewer")
    made = await make(
        installation,
        owner_id=joined.user.public_id,
        note=" two\r\nlines ",
        default_data_mode="test",
        default_environment="dev",
        allowed_environments=["dev", "staging"],
        expires_at="2026-03-01T14:00:00+01:00",
    )
    key = made.api_key
    assert (key.owner_id, key.note) == (joined.user.id, "two\r\nlines")
    assert key.rules == KeyRules("test", "dev", ("staging", "dev"))
    assert key.expires_at == NOW + HOUR_MS
    found = await installation.parts.keys.find(made.key.encode())
    assert found is not None
    assert (found.sender.owner_id, found.sender.rules) == (joined.user.id, key.rules)
    assert (await listed(installation, made)).owner == joined.user


@pytest.mark.parametrize(
    ("settings", "field", "message"),
    [
        ({"name": " "}, "name", "is empty"),
        ({"name": "x" * 201}, "name", "at most 200"),
        ({"name": "a\nb"}, "name", "can't be shown"),
        ({"owner_id": "nobody"}, "ownerId", "'nobody' is no member"),
        ({"note": "x" * 1_001}, "note", "has 1001 characters; at most 1000"),
        ({"note": "\x00"}, "note", "can't be shown"),
        ({"default_data_mode": "live"}, "defaultDataMode", "one of real, test, demo, not 'live'"),
        ({"default_environment": "Prod"}, "defaultEnvironment", "one of prod, staging, dev, not 'Prod'"),
        ({"allowed_environments": []}, "allowedEnvironments", "some of prod, staging, dev, or null"),
        ({"allowed_environments": ["dev", "moon"]}, "allowedEnvironments", "not 'moon'"),
        (
            {"allowed_environments": ["dev", "staging"]},
            "defaultEnvironment",
            r"\(prod\) is not among .*\(staging, dev\)",
        ),
        ({"expires_at": "soon"}, "expiresAt", 'not "soon"'),
        ({"expires_at": instant(NOW)}, "expiresAt", "is not after now"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_its_field(
    installation: Installed, settings: dict[str, Any], field: str, message: str
) -> None:
    made = await make(installation)
    for act in (make(installation, **settings), change(installation, made, **settings)):
        with pytest.raises(InvalidInputError, match=message) as refused:
            await act
        assert [problem.field for problem in refused.value.problems] == [field]
    assert len(await list_api_keys(installation.parts, installation.asker)) == 2


async def test_a_key_needs_a_name(installation: Installed) -> None:
    with pytest.raises(InvalidInputError, match="name: is required"):
        await create_api_key(installation.parts, installation.asker, KeySettings())


async def test_a_key_for_one_environment_has_it_by_default(installation: Installed) -> None:
    made = await make(installation, allowed_environments=["staging"])
    assert made.api_key.rules == KeyRules("real", "staging", ("staging",))
    await change(installation, made, allowed_environments=["dev"])
    assert (await listed(installation, made)).key.rules == KeyRules("real", "dev", ("dev",))
    await change(installation, made, allowed_environments=None)
    assert (await listed(installation, made)).key.rules == KeyRules("real", "dev", ALL_ENVIRONMENTS)


async def test_a_change_touches_what_is_given_and_holds_at_once(installation: Installed) -> None:
    joined = await installation.join("bob@example.com", "member")
    made = await make(installation, note="n")
    assert await is_let_in(installation, made)
    await change(installation, made, owner_id=joined.user.public_id, default_data_mode="test")
    found = await installation.parts.keys.find(made.key.encode())
    assert found is not None
    assert found.sender.owner_id == joined.user.id
    assert found.sender.rules == KeyRules("test")
    assert (await listed(installation, made)).key.note == "n"
    changed, created = await told(installation)
    assert (changed.action, changed.target) == ("api_key.changed", key_id_text(made.api_key.id))
    assert changed.before == {"ownerId": installation.asker.user.public_id, "defaultDataMode": "real"}
    assert changed.after == {"ownerId": joined.user.public_id, "defaultDataMode": "test"}
    assert created.after is not None
    assert created.after["name"] == "ci"
    await change(installation, made, default_data_mode="test")
    assert len(await told(installation)) == 2


async def test_a_rotated_key_has_the_same_settings_and_both_work_for_the_overlap(
    installation: Installed,
) -> None:
    joined = await installation.join("bob@example.com", "member")
    old = await make(installation, owner_id=joined.user.public_id, note="n", allowed_environments=["dev"])
    installation.clock.forward(1_000)
    new = await rotate(installation, old)
    assert new.key != old.key
    key = new.api_key
    assert (key.name, key.note, key.owner_id, key.rules) == ("ci", "n", joined.user.id, old.api_key.rules)
    assert (key.expires_at, key.last_used_at, key.created_at) == (None, None, NOW + 1_000)
    before, after = await listed(installation, old), await listed(installation, new)
    assert (before.replaced_by, after.key.replaces_id) == (key.id, old.api_key.id)
    assert before.key.expires_at == NOW + 1_000 + HOUR_MS
    assert await is_let_in(installation, old)
    assert await is_let_in(installation, new)
    installation.clock.forward(HOUR_MS)
    assert not await is_let_in(installation, old)
    assert await is_let_in(installation, new)
    rotated, created, _ = await told(installation)
    assert (rotated.action, rotated.target) == ("api_key.rotated", key_id_text(old.api_key.id))
    assert rotated.before == {"expiresAt": None}
    assert rotated.after == {
        "expiresAt": instant(NOW + 1_000 + HOUR_MS),
        "replacedBy": key_id_text(key.id),
    }
    assert created.after is not None
    assert created.after["replaces"] == key_id_text(old.api_key.id)
    for entry in await told(installation):
        assert old.key not in str(entry)
        assert new.key not in str(entry)


async def test_without_an_overlap_the_old_key_is_refused_at_once(installation: Installed) -> None:
    old = await make(installation)
    assert await is_let_in(installation, old)
    new = await rotate(installation, old, 0)
    assert not await is_let_in(installation, old)
    assert await is_let_in(installation, new)
    assert (await listed(installation, old)).state == "expired"


async def test_a_new_key_lives_as_long_as_the_old_one_was_to(installation: Installed) -> None:
    old = await make(installation, expires_at=instant(NOW + 10 * DAY_MS))
    installation.clock.forward(9 * DAY_MS)
    new = await rotate(installation, old, 7 * DAY_MS)
    assert new.api_key.expires_at == NOW + 19 * DAY_MS
    assert (await listed(installation, old)).key.expires_at == NOW + 10 * DAY_MS
    third = await rotate(installation, new, expires_at=None)
    assert third.api_key.expires_at is None
    fourth = await rotate(installation, third, expires_at=instant(NOW + 11 * DAY_MS))
    assert fourth.api_key.expires_at == NOW + 11 * DAY_MS


@pytest.mark.parametrize("overlap_ms", [-1, OVERLAP_MS_MAX + 60_000])
async def test_an_overlap_has_bounds(installation: Installed, overlap_ms: int) -> None:
    old = await make(installation)
    with pytest.raises(InvalidInputError, match="overlapMinutes: must be from 0 to 43200, not"):
        await rotate(installation, old, overlap_ms)
    await rotate(installation, old, OVERLAP_MS_MAX)


async def test_a_key_is_rotated_once_however_many_try_at_once(installation: Installed) -> None:
    old = await make(installation)
    tried = await asyncio.gather(*(rotate(installation, old) for _ in range(3)), return_exceptions=True)
    (new,) = [each for each in tried if isinstance(each, NewKey)]
    refused = [each for each in tried if isinstance(each, ConflictError)]
    wire = key_id_text(new.api_key.id)
    assert {str(each) for each in refused} == {
        f"{key_id_text(old.api_key.id)} has been replaced by {wire} already, which can be rotated in its turn"
    }
    assert len(await list_api_keys(installation.parts, installation.asker)) == 3
    await revoke_api_key(installation.parts, installation.asker, new.api_key.id)
    with pytest.raises(ConflictError, match=f"by {wire} already, which has been revoked: make another key"):
        await rotate(installation, old)


async def test_what_has_ended_is_neither_rotated_nor_changed(installation: Installed) -> None:
    expired = await make(installation, expires_at=instant(NOW + 1))
    revoked = await make(installation)
    await revoke_api_key(installation.parts, installation.asker, revoked.api_key.id)
    installation.clock.forward(1)
    for act in (rotate(installation, expired), change(installation, expired, expires_at=None)):
        with pytest.raises(ConflictError, match=r"has expired \(2026-.*make another key"):
            await act
    for act in (rotate(installation, revoked), change(installation, revoked, name="x")):
        with pytest.raises(NotFoundError, match="no live API key"):
            await act
    await revoke_api_key(installation.parts, installation.asker, expired.api_key.id)
    assert (await listed(installation, expired)).state == "revoked"


async def test_an_overlap_is_ended_sooner_or_later_but_always_ends(installation: Installed) -> None:
    old = await make(installation)
    await rotate(installation, old, 2 * HOUR_MS)
    await change(installation, old, expires_at=instant(NOW + HOUR_MS))
    await change(installation, old, expires_at=instant(NOW + 3 * HOUR_MS))
    assert (await listed(installation, old)).key.expires_at == NOW + 3 * HOUR_MS
    for end, message in ((None, "can't be taken away"), (NOW + 31 * DAY_MS, "more than 30 days ahead")):
        with pytest.raises(InvalidInputError, match=message):
            await change(installation, old, expires_at=None if end is None else instant(end))
    await revoke_api_key(installation.parts, installation.asker, old.api_key.id)
    assert not await is_let_in(installation, old)


async def test_a_revoked_key_is_refused_at_once_in_this_process(installation: Installed) -> None:
    parts, asker = installation.parts, installation.asker
    made = await make(installation)
    assert await is_let_in(installation, made)
    await revoke_api_key(parts, asker, made.api_key.id)
    assert parts.keys.get_cached(made.key.encode()) is None
    assert not await is_let_in(installation, made)
    assert (await listed(installation, made)).key.revoked_at == installation.clock.now()
    assert await parts.keys.find(installation.key.encode()) is not None
    assert (await told(installation))[0].after == {"revokedAt": "2026-03-01T12:00:00Z"}


async def test_a_key_is_revoked_once_and_by_its_own_workspace(installation: Installed) -> None:
    parts, asker = installation.parts, installation.asker
    made, other = await make(installation), await elsewhere(installation)
    for act in (
        revoke_api_key(parts, other, made.api_key.id),
        change_api_key(parts, other, made.api_key.id, KeySettings(name="x")),
        rotate_api_key(parts, other, made.api_key.id, 0),
        find_api_key(parts, other, made.api_key.id),
    ):
        with pytest.raises(NotFoundError):
            await act
    await revoke_api_key(parts, asker, made.api_key.id)
    with pytest.raises(NotFoundError, match=f"key_{made.api_key.id}"):
        await revoke_api_key(parts, asker, made.api_key.id)


async def test_keys_are_listed_by_whether_they_work_with_what_there_is_to_say(
    installation: Installed,
) -> None:
    parts, asker = installation.parts, installation.asker
    old = await make(installation, name="old", expires_at=instant(NOW + 1))
    gone = await make(installation, name="gone")
    await revoke_api_key(parts, asker, gone.api_key.id)
    installation.clock.forward(UNUSED_MS)
    await make(installation, name="new")
    used = await parts.keys.find(installation.key.encode())
    assert used is not None

    async def names(which: Any) -> list[str]:
        return [each.key.name for each in await list_api_keys(parts, asker, which)]

    assert await names("live") == ["new", "First key"]
    assert await names("ended") == ["gone", "old"]
    assert await names(None) == ["new", "gone", "old", "First key"]
    assert [each.is_unused for each in await list_api_keys(parts, asker)] == [False, False, False, True]
    await parts.keys.uses.write()
    assert not any(each.is_unused for each in await list_api_keys(parts, asker))
    assert (await listed(installation, old)).state == "expired"


async def test_a_workspace_has_only_so_many_live_keys(
    installation: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farthing.actions.keys.workspace_keys.KEYS_LIVE_MAX", 3)
    made = [await make(installation) for _ in range(2)]
    with pytest.raises(ConflictError, match="has 3 live API keys, and may have 3: revoke one"):
        await make(installation)
    await rotate(installation, made[0])  # the old one counts no longer
    with pytest.raises(ConflictError):
        await make(installation)
    await revoke_api_key(installation.parts, installation.asker, made[1].api_key.id)
    await make(installation)


async def test_an_owner_who_has_left_is_nobody(installation: Installed) -> None:
    joined = await installation.join("bob@example.com", "member")
    made = await make(installation, owner_id=joined.user.public_id)
    await Changed(installation.parts.storage).remove_member(joined.workspace.id, joined.user.id)
    assert (await listed(installation, made)).owner is None
    new = await rotate(installation, made)
    assert new.api_key.owner_id == joined.user.id
    await change(installation, new, owner_id=installation.asker.user.public_id)
    changed = (await told(installation))[0]
    assert changed.before == {"ownerId": None}


async def test_no_key_lives_into_the_last_years_of_the_calendar(installation: Installed) -> None:
    with pytest.raises(InvalidInputError, match=r"expiresAt: .* is after 2200-01-01T00:00:00Z"):
        await make(installation, expires_at="9999-12-31T23:59:59Z")
    made = await make(installation, expires_at="2200-01-01T00:00:00Z")
    installation.clock.forward(DAY_MS)
    assert (await rotate(installation, made)).api_key.expires_at == made.api_key.expires_at
