"""What watching asks of the stored calls: retries, and places by API key, as far as sums know them."""

from __future__ import annotations

from contextlib import closing

from farthing.actions.incidents.evidence import StoredEvidence
from farthing.rules.incident_words import place_text
from farthing.rules.incidents import WORKSPACE
from farthing.rules.periods import HOUR_MS, Window
from farthing.storage.sqlite import SqliteStorage
from farthing.storage.sqlite.connection import open_writer
from tests.contract.samples import event
from tests.installations import NOW, installed, price_book
from tests.storages import Places

AT = NOW // HOUR_MS * HOUR_MS
KEY = (("api_key", "7"),)


async def test_retries_and_keys_are_watched_since_sums_know_them(sqlite_places: Places) -> None:
    async with sqlite_places.empty() as place, installed(place.storage(), price_book()) as made:
        workspace, storage = made.membership.workspace, made.parts.storage
        for number in range(8):
            at = AT - (number + 1) * HOUR_MS + number
            extra = {"attempt": 1 + number % 2}
            own = {"api_key_id": 7 * (number % 4 > 0), "occurred_at": at, "extra": extra}
            await storage.record([event(str(number), workspace_id=workspace.id, **own)])
        while await storage.fold(100):
            pass
        evidence = StoredEvidence(storage, workspace)
        assert KEY in await evidence.biggest(AT)
        assert (("api_key", "0"),) not in await evidence.biggest(AT)
        recents = await evidence.recents([WORKSPACE, KEY], AT)
        assert sum(recents[WORKSPACE].sums["retry_count"]) == 4
        assert sum(recents[KEY].sums["retry_count"]) == 4
        assert recents[WORKSPACE].sums["attempt_count"] == recents[WORKSPACE].sums["request_count"]

        assert isinstance(storage, SqliteStorage)
        since = AT - 3 * HOUR_MS
        with closing(open_writer(storage._path)) as connection:
            connection.execute(f"UPDATE workspace SET keys_from = {since}")
        recents = await evidence.recents([WORKSPACE, KEY], AT)
        assert (sum(recents[WORKSPACE].sums["request_count"]), sum(recents[KEY].sums["request_count"])) == (
            8,
            2,
        )
        assert sum(recents[WORKSPACE].sums["attempt_count"]) == 3
        histories, _ = await evidence.histories([KEY], AT)
        assert sum(histories[0].sums["attempt_count"]) == 2

        with closing(open_writer(storage._path)) as connection:
            connection.execute(f"UPDATE workspace SET keys_from = {AT - 30 * HOUR_MS}")
        hour = Window(AT - HOUR_MS, AT)
        days = [
            (await evidence.parts(WORKSPACE, hour, name)).window_count
            for name in ("request_count", "retry_count")
        ]
        assert days == [7, 1]


def test_a_key_is_named_as_everywhere_else() -> None:
    assert place_text(KEY) == "API key key_7"
    assert place_text((("api_key", "0"), ("model", "mini"))) == "API key unknown, model mini"
