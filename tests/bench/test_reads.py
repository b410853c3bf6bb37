from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from bench.client import Client
from bench.reads import DAY_MS, PANELS, QUARTER_MS, READINGS, nearest_rank, targets
from bench.wire import response_bytes
from tests.bench.servers import Scripted, listening

END = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def test_no_two_tries_ask_for_the_same_range() -> None:
    ranges = [
        tuple(
            parse_qs(urlsplit(targets(reading, END, attempt, END)[0]).query)[name][0]
            for name in ("from", "to")
        )
        for reading in READINGS
        for attempt in range(31)
    ]

    assert len(set(ranges)) == len(ranges) == 31 * len(READINGS)


def test_the_page_asks_for_its_five_panels_over_one_range_that_ends_on_a_quarter_hour() -> None:
    asked = [urlsplit(target) for target in targets(READINGS[0], END, 1, END + 1)]

    assert [one.path for one in asked] == [path for path, _ in PANELS.values()]
    assert {parse_qs(one.query)["to"][0] for one in asked} == {"2026-01-01T00:15:00Z"}
    assert {parse_qs(one.query)["from"][0] for one in asked} == {"2025-12-01T22:30:00Z"}


def test_the_times_are_multiples_of_their_units() -> None:
    assert DAY_MS % QUARTER_MS == 0


@pytest.mark.parametrize(("share", "expected"), [(0.5, 15), (0.95, 29), (1.0, 30), (0.0, 1)])
def test_the_nearest_rank_of_thirty_values(share: float, expected: float) -> None:
    assert nearest_rank([float(value) for value in range(30, 0, -1)], share) == expected


async def test_a_client_asks_again_on_the_same_connection_and_opens_one_when_it_was_closed() -> None:
    answers = iter([response_bytes(200, b"1"), response_bytes(200, b"2"), None, response_bytes(200, b"3")])
    connections = []

    def behaviour() -> Scripted:
        connections.append(1)
        return Scripted(answers)

    async with listening(behaviour) as port:
        client = Client("127.0.0.1", port, {"Accept": "application/json"})
        bodies = [(await client.get("/a")).body for _ in range(2)]
        with pytest.raises(ConnectionError, match="without an answer"):
            await client.get("/a")
        bodies.append((await client.get("/a")).body)
        client.close()

    assert bodies == [b"1", b"2", b"3"]
    assert len(connections) == 2
