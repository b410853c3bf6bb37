"""Scheduled exports as pages: added, tried, run, changed and removed, without a secret ever being shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from farthing.storage.memory import MemoryStorage
from tests.channels.conftest import LOOPBACK
from tests.exports.service import turn
from tests.installations import Installed, installed, price_book
from tests.web.browsing import Browser

LIST = "/settings/exports"
PATH = "/settings/export-schedules"
FILLED = {
    "name": "nightly",
    "what": "summary",
    "format": "csv",
    "by1": "model",
    "by2": "userId",
    "filters": "dataMode=all\nuserId=!bob",
    "every": "daily",
    "at": "03:00",
    "timezone": "UTC",
}


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installed]:
    root = tmp_path / "out"
    root.mkdir()
    async with installed(MemoryStorage(), price_book(), data=tmp_path, export_root=root, **LOOPBACK) as made:
        yield made


@pytest.fixture
async def visitor(installation: Installed) -> AsyncIterator[Browser]:
    browser = Browser(installation.parts)
    await browser.sign_in()
    yield browser
    await browser.client.aclose()


async def seen(visitor: Browser, path: str) -> str:
    await visitor.open(path)
    return visitor.answer.text


async def sent(visitor: Browser, path: str, fields: dict[str, str]) -> None:
    """Send a form of the schedule's page."""
    await visitor.open(f"{PATH}/exs_1")
    await visitor.send(path, fields)


async def test_one_into_a_folder_from_the_first_look_to_its_end(
    visitor: Browser, installation: Installed
) -> None:
    await visitor.open(LIST)
    assert "Nothing is exported by itself" in visitor.answer.text
    await visitor.open(f"{PATH}/new?kind=folder")
    await visitor.send(f"{PATH}/new?kind=folder", FILLED | {"folder": "../up", "at": "x", "filters": "no=1"})
    assert visitor.status == 400
    await visitor.send(f"{PATH}/new?kind=folder", FILLED | {"folder": "../up"})
    assert (visitor.status, "must be names with / between" in visitor.answer.text) == (400, True)
    await visitor.send(f"{PATH}/new?kind=folder", FILLED | {"folder": "finance"})
    assert "nightly" in await seen(visitor, LIST)
    await sent(visitor, f"{PATH}/exs_1/test", {})
    assert "It works" in visitor.answer.text
    await sent(visitor, f"{PATH}/exs_1/run", {})
    assert "waiting" in await seen(visitor, f"{PATH}/exs_1")
    await turn(installation)
    assert "delivered" in await seen(visitor, f"{PATH}/exs_1")
    await sent(visitor, f"{PATH}/exs_1", FILLED | {"folder": "finance", "every": "weekly"})
    (kept,) = await installation.parts.storage.export_schedules(1)
    assert (kept.every, kept.is_enabled, kept.dimensions) == ("weekly", False, ("model", "user_id"))
    assert ("userId", "!bob") in kept.filters
    assert "Remove" in await seen(visitor, f"{PATH}/exs_1/remove")
    await sent(visitor, f"{PATH}/exs_1/remove", {})
    assert await installation.parts.storage.export_schedules(1) == []


async def test_a_secret_goes_in_and_never_comes_out(visitor: Browser, installation: Installed) -> None:
    bucket = {"endpoint": "https://s3.invalid", "region": "r", "bucket": "costs", "prefix": "", "keyId": "AK"}
    await visitor.open(f"{PATH}/new?kind=s3")
    await visitor.send(f"{PATH}/new?kind=s3", FILLED | bucket | {"secret": "open sesame"})
    assert (visitor.status, "sesame" in visitor.answer.text) == (400, False)
    await visitor.send(f"{PATH}/new?kind=s3", FILLED | bucket | {"secret": "sesame"})
    assert "sesame" not in await seen(visitor, f"{PATH}/exs_1")
    await sent(
        visitor, f"{PATH}/exs_1", FILLED | bucket | {"secret": "", "is_enabled": "on", "name": "other"}
    )
    storage = installation.parts.storage
    secret = await storage.export_secret(1, 1)
    assert secret is not None
    assert secret.text == "sesame"
    await sent(visitor, f"{PATH}/exs_1", FILLED | bucket | {"secret": "", "bucket": "another"})
    assert (visitor.status, "1 to 200 ASCII characters" in visitor.answer.text) == (400, True)
    (kept,) = await storage.export_schedules(1)
    assert (kept.name, kept.destination.bucket) == ("other", "costs")
