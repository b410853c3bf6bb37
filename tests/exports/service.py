"""A real S3 service on loopback, and scheduled exports that go there or into a folder."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
from moto.server import ThreadedMotoServer

from farthing.actions.export_schedules.manage_schedules import add_schedule
from farthing.actions.export_schedules.schedule_fields import DestinationFields, NewSchedule
from farthing.actions.export_schedules.take_turns import take_turns
from farthing.jobs.runner import next_job, run_job
from farthing.rules.export_schedule import ExportSchedule
from farthing.rules.job import Job
from tests.installations import Installed

BUCKET: Final = "costs"
SECRET: Final = "wJalrXUtnFEMIsesame"
FOLDER: Final = DestinationFields(kind="folder", folder="finance/daily")
LOOPBACK: Final[dict[str, Any]] = {"webhook_private_networks": "127.0.0.0/8", "webhook_plain_http": True}


@contextmanager
def s3_service() -> Iterator[str]:
    """The address of a service with one bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    try:
        httpx.post(f"{url}/moto-api/reset", trust_env=False)
        httpx.put(f"{url}/{BUCKET}", trust_env=False).raise_for_status()
        yield url
    finally:
        server.stop()


def objects(url: str) -> dict[str, bytes]:
    """Everything in the bucket, read by somebody who may."""
    reader = {"Authorization": "AWS4-HMAC-SHA256 Credential=R/20260301/us-east-1/s3/aws4_request"}
    with httpx.Client(base_url=url, trust_env=False, headers=reader) as client:
        listed = client.get(f"/{BUCKET}").raise_for_status().text
        names = [each.partition("</Key>")[0] for each in listed.split("<Key>")[1:]]
        return {name: client.get(f"/{BUCKET}/{name}").raise_for_status().content for name in names}


def to_bucket(url: str, **fields: Any) -> DestinationFields:
    given = {"endpoint": url, "region": "us-east-1", "bucket": BUCKET, "prefix": "farthing"}
    return DestinationFields(kind="s3", **(given | {"key_id": "AKID", "secret": SECRET} | fields))


async def scheduled(
    installation: Installed, destination: DestinationFields = FOLDER, **fields: Any
) -> ExportSchedule:
    given: dict[str, Any] = {"name": "nightly", "what": "requests", "timezone": "UTC"} | fields
    return await add_schedule(
        installation.parts, installation.asker, NewSchedule(destination=destination, **given)
    )


async def turn(installation: Installed) -> Job | None:
    """What a server does by itself: a look at what is due, the job that was asked for, and another look."""
    await take_turns(installation.parts)
    job = await next_job(installation.parts)
    ended = None if job is None else await run_job(installation.parts, job)
    await take_turns(installation.parts)
    return ended


async def seen(installation: Installed, schedule: ExportSchedule) -> ExportSchedule:
    """As it is now."""
    found = await installation.parts.storage.export_schedule(schedule.workspace_id, schedule.id)
    assert found is not None
    return found
