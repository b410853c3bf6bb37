"""Files put into a bucket of an S3-compatible service, whole or not at all.

The library signs, splits what is large into parts and puts them together at the end: before that, nothing has
the object's name. It goes through a doorway, so it reaches the service and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from farthing.notify.doorway import DoorwayError, doorway
from farthing.notify.reach import Reach, Resolve, url_problem
from farthing.rules.export_schedule import BucketSecret, Destination

MISSING: Final = "what writes to buckets is not installed; `pip install 'farthing[s3]'` does that"
_PART_BYTES: Final = 8 * 1024 * 1024
_AT_ONCE: Final = 2
_CODE: Final = re.compile(r"<Code>([A-Za-z]{1,60})</Code>")
_STATUS: Final = re.compile(r"status code: (\d{3})|\b([45]\d\d) [A-Z][a-z]+")


class BucketError(Exception):
    """It was not put there; the message says why and holds no secret, nor what the service answered."""


def is_installed() -> bool:
    """Whether there is a library to write to buckets with."""
    return find_spec("obstore") is not None


def endpoint_problem(url: str, reach: Reach) -> str | None:
    """Why a service can't have this address; None when it can."""
    problem = url_problem(url, reach)
    if problem is not None:
        return problem.replace("a webhook", "a service").replace("https://example.com/hook", _EXAMPLE)
    parts = urlsplit(url)
    if parts.path not in ("", "/") or parts.query:
        return f"must end after the host, such as {_EXAMPLE}"
    return None


_EXAMPLE: Final = "https://s3.eu-central-1.amazonaws.com"


@dataclass(frozen=True)
class Bucket:
    """A bucket that files are put into."""

    destination: Destination
    secret: BucketSecret
    reach: Reach
    look_up: Resolve

    async def put(self, name: str, body: Path | bytes) -> None:
        """Put an object there, instead of one of that name. Raises BucketError."""
        import obstore  # noqa: PLC0415 - a server that writes to no bucket goes without

        async with self._store() as store:
            await obstore.put_async(store, name, body, chunk_size=_PART_BYTES, max_concurrency=_AT_ONCE)

    async def try_out(self, name: str) -> None:
        """Put a small object there, and take it away if that is allowed. Raises BucketError."""
        import obstore  # noqa: PLC0415 - the same
        from obstore.exceptions import BaseError  # noqa: PLC0415 - the same

        async with self._store() as store:
            await obstore.put_async(store, name, b"Farthing was here; this may be deleted.\n")
            try:
                await obstore.delete_async(store, name)
            except (BaseError, OSError):
                return  # a key that may only write is a good one

    @asynccontextmanager
    async def _store(self) -> AsyncIterator[Any]:
        """The library's way there. Raises BucketError for whatever goes wrong in the block."""
        from obstore.exceptions import BaseError  # noqa: PLC0415 - the same

        try:
            async with doorway(self.destination.endpoint, self.reach, self.look_up) as door:
                try:
                    yield self._made(door.proxy)
                except (BaseError, OSError) as error:  # what is not found is one of Python's own
                    told = _told(str(error)) if door.visit_count else "the service could not be reached"
                    raise BucketError(told) from None  # its own words hold addresses and answers
        except DoorwayError as error:
            raise BucketError(str(error)) from error

    def _made(self, door: str) -> Any:
        from obstore.store import S3Store  # noqa: PLC0415 - the same

        to = self.destination
        keys: Any = {
            "access_key_id": to.key_id,
            "secret_access_key": self.secret.text,
            "expires_at": None,
        }
        return S3Store(
            to.bucket,
            endpoint=to.endpoint.rstrip("/"),
            region=to.region,
            virtual_hosted_style_request=False,
            credential_provider=lambda: keys,  # so that none of the environment's are used
            client_options={
                "allow_http": self.reach.plain_http,
                "proxy_url": door,
                "connect_timeout": "10s",
                "timeout": "300s",
            },
            retry_config={"max_retries": 2},
        )


def _told(text: str) -> str:
    """What the service said, as far as it is a code of the protocol or a status."""
    code, status = _CODE.search(text), _STATUS.search(text)
    if code is not None:
        return f"the service answered {code[1]}"
    if status is not None:
        return f"the service answered {status[1] or status[2]}"
    return "the service gave no answer that is understood"
