"""What a kind of long work has to say of itself, so that jobs of it can be asked for, done and stopped."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from farthing.actions.parts import Parts
from farthing.rules.job import Job
from farthing.rules.roles import Permission


class Progress(msgspec.Struct, frozen=True):
    """How far a job is: `done` of `total`, in what its kind counts.

    `result` is what it has made so far, for `Job.result`; None leaves that as it is. What is told is stored
    about once a second; with `is_kept`, before the work goes on, so that whoever takes it over knows it.
    """

    done: int
    total: int
    result: dict[str, Any] | None = None
    is_kept: bool = False


Work = Callable[[Parts, Job], AsyncGenerator[Progress, None]]
"""Does a job, telling how far it is after each step; may be called again to go on with it."""


async def no_halt(parts: Parts, job: Job) -> None:
    """What is to be done where nothing but the job itself has to know that it ended early."""


@dataclass(frozen=True)
class Kind:
    """A kind of job. Asking for one takes the permission `needs`, and so does stopping one's own.

    Stopping somebody else's takes `needs_for_others`.

    `halt` is called when a job has ended before it was done, with what it was then; it may be called twice.
    """

    name: str
    work: Work
    needs: Permission
    needs_for_others: Permission
    halt: Callable[[Parts, Job], Awaitable[None]] = no_halt
    can_be_cancelled: bool = True
