"""A door on this machine leads whoever has its key to one checked place, and to nothing else."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from urllib.parse import urlsplit

import pytest

from farthing.notify.bucket import Bucket, BucketError
from farthing.notify.doorway import Door, DoorwayError, doorway
from farthing.notify.reach import Reach, resolve
from farthing.rules.destinations import networks
from farthing.rules.export_schedule import BucketSecret, Destination
from tests.channels.receiver import Receiver

LOOPBACK = Reach(networks(["127.0.0.0/8"]), plain_http=True)


async def asked(door: Door, line: str, key: str | None = None, rest: str = "") -> bytes:
    """What the door answers, to the end of the connection or for some bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(door.proxy).port)
    key = b64encode(f"farthing:{door.key if key is None else key}".encode()).decode()
    writer.write(f"{line}\r\nProxy-Authorization: Basic {key}\r\nConnection: close\r\n\r\n{rest}".encode())
    answer = await reader.read(200)
    writer.close()
    return answer


async def test_it_leads_to_its_place_alone_and_only_with_the_key(receiver: Receiver) -> None:
    url, port = receiver.url(), receiver.port
    async with doorway(url, LOOPBACK, resolve) as door:
        assert b"407" in await asked(door, f"GET {url} HTTP/1.1", "other")
        for line in (
            "GET http://169.254.169.254/latest/meta-data HTTP/1.1",
            f"GET http://127.0.0.1:{port + 1}/ HTTP/1.1",
            f"GET http://127.0.0.2:{port}/ HTTP/1.1",
            "CONNECT 127.0.0.1:22 HTTP/1.1",
            "CONNECT example.com:443 HTTP/1.1",
            "GET / HTTP/1.1",
            "GET http://[ HTTP/1.1",
            "nonsense",
        ):
            assert b"403" in await asked(door, line), line
        assert receiver.posted == []
        assert door.visit_count == 0
        through = f"POST /hook HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 2\r\n\r\nhi"
        answer = await asked(door, f"CONNECT 127.0.0.1:{port} HTTP/1.1", rest=through)
        assert b"200 Connection established" in answer
        assert door.visit_count == 1
        where = urlsplit(door.proxy).port
    with pytest.raises(OSError, match="failed"):
        await asyncio.open_connection("127.0.0.1", where)
    assert [each.body for each in receiver.posted] == [b"hi"]


async def test_a_name_that_leads_to_what_is_not_public_is_refused(receiver: Receiver) -> None:
    async def look_up(*_: object) -> list[str]:
        return ["93.184.215.14", "169.254.169.254"]

    for reach, look in ((Reach((), plain_http=True), resolve), (LOOPBACK, look_up)):
        with pytest.raises(DoorwayError, match="not a public address"):
            async with doorway(receiver.url(), reach, look):
                pass
    to = Destination(kind="s3", endpoint="http://costs.internal", region="r", bucket="costs", key_id="AK")
    with pytest.raises(BucketError, match="not a public address"):
        await Bucket(to, BucketSecret("x"), LOOPBACK, look_up).put("name", b"body")
    assert receiver.posted == []
