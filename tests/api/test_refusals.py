"""What ingest refuses, in the log."""

from __future__ import annotations

import httpx
from structlog.testing import capture_logs

from tests.installations import Installed

PATH = "/v1/ingest/llm-request"


async def told(stranger: httpx.AsyncClient, times: int, key: str | None, body: str = "{") -> list[object]:
    """The lines of so many refusals, as (key, reason, before)."""
    headers = {} if key is None else {"X-API-Key": key}
    with capture_logs() as lines:
        for _ in range(times):
            await stranger.post(PATH, content=body, headers=headers)
    return [(line["key"], line["reason"], line["before"]) for line in lines if "before" in line]


async def test_a_minute_of_refusals_is_one_line_with_the_readable_part_of_the_key(
    stranger: httpx.AsyncClient, installation: Installed
) -> None:
    prefix = installation.key.rpartition("_")[0]
    assert await told(stranger, 30, installation.key) == [(prefix, "validation_failed", 0)]
    installation.clock.forward(60_000)
    assert await told(stranger, 2, installation.key) == [(prefix, "validation_failed", 29)]


async def test_senders_and_reasons_are_told_apart_and_no_secret_is_told(
    stranger: httpx.AsyncClient, installation: Installed
) -> None:
    other = f"fk_live_abcd2345_{'S' * 43}"
    lines = [
        *await told(stranger, 3, None),
        *await told(stranger, 3, other),
        *await told(stranger, 3, "s3cret"),
        *await told(stranger, 3, installation.key),
    ]
    assert [line[:2] for line in lines] == [  # type: ignore[index]
        ("none", "invalid_api_key"),
        ("fk_live_abcd2345", "invalid_api_key"),
        ("not a key", "invalid_api_key"),
        (installation.key.rpartition("_")[0], "validation_failed"),
    ]


async def test_a_clock_that_was_set_back_does_not_silence_it(
    stranger: httpx.AsyncClient, installation: Installed
) -> None:
    assert len(await told(stranger, 1, None)) == 1
    installation.clock.forward(-3_600_000)
    assert len(await told(stranger, 1, None)) == 1
