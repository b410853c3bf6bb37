"""Links that lead to a file of an export for a while: whoever has one may take it, without a credential.

A link names the workspace, the job and when it ends, and carries a MAC of these by a secret of the
installation. It leads to that file alone, and to nothing once the file is gone.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from hashlib import sha256
from secrets import token_bytes
from typing import Final

from farthing.actions.errors import NotFoundError
from farthing.actions.exports.export_jobs import expires_at, find_export, is_offered
from farthing.actions.parts import Parts
from farthing.rules.ids import base36, from_base36
from farthing.rules.job import Job

LINK_HOURS_MAX: Final = 24
_HOUR_MS: Final = 3_600_000
_LINKS: Final = "export-links"
_SECRET_BYTES: Final = 32
_WHOLE: Final = 3


async def link_token(parts: Parts, job: Job, hours: int = LINK_HOURS_MAX) -> str:
    """What leads to the file for so many hours, and not longer than there is one."""
    end = min(parts.clock.now() + hours * _HOUR_MS, expires_at(parts, job))
    said = ".".join(map(base36, (job.workspace_id, job.id, end)))
    return f"{said}.{_encoded(await _mac(parts, said))}"


async def linked_export(parts: Parts, token: str) -> Job:
    """The job whose file a link leads to. Raises NotFoundError; it never says what is wrong with a link."""
    said, _, given = token.rpartition(".")
    if not hmac.compare_digest(_decoded(given), await _mac(parts, said)):
        raise _none()
    numbers = [from_base36(part) for part in said.split(".")]
    if len(numbers) != _WHOLE or None in numbers:
        raise _none()
    workspace_id, job_id, end = (number or 0 for number in numbers)
    if parts.clock.now() >= end or await parts.storage.workspace(workspace_id) is None:
        raise _none()
    job = await find_export(parts, workspace_id, job_id)
    if not is_offered(parts, job):
        raise _none()
    return job


def _none() -> NotFoundError:
    return NotFoundError("this link has ended, or never led anywhere")


async def _mac(parts: Parts, said: str) -> bytes:
    key = await parts.storage.secret(_LINKS, token_bytes(_SECRET_BYTES))
    return hmac.digest(key, said.encode(), sha256)


def _encoded(mac: bytes) -> str:
    return urlsafe_b64encode(mac).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (Base64Error, UnicodeEncodeError):
        return b""
