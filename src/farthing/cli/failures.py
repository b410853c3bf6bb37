"""Which failures are told in one line, with which exit code. Others are defects and show their trace."""

from __future__ import annotations

from typing import Final

from farthing.actions.errors import ActionError
from farthing.cli.api_line import ServerUnreachableError
from farthing.prices.snapshot import SnapshotError
from farthing.serving import PortUnusableError
from farthing.settings import SettingsError
from farthing.storage.contract import StorageError

REFUSED: Final = 1
"""What was asked can't be done; nothing was changed."""
CANNOT_RUN: Final = 2
"""Settings, database or port don't allow to run at all; and what the command line does not understand."""
INTERRUPTED: Final = 130
"""What a shell sees of a program that Ctrl-C has ended."""
PIPE_CLOSED: Final = 141
"""What a shell sees of a program that a closed pipe has ended."""
MEANINGS: Final = {
    0: "Done.",
    REFUSED: "What was asked can't be done, and the message says why; or something is amiss: a call that "
    "was sent or a row that was imported is refused, a check of the doctor has failed.",
    CANNOT_RUN: "A command, flag or value that the command line does not know; or settings, database or "
    "port don't allow to run at all.",
    INTERRUPTED: "Interrupted with Ctrl-C. `serve` and `top --watch`, which end in no other way, end with 0.",
    PIPE_CLOSED: "Whoever read the output had enough of it, as `head` does.",
}
"""What each exit code says, for docs/cli.md."""

_TABLE: Final[dict[type[Exception], int]] = {
    ActionError: REFUSED,
    SnapshotError: REFUSED,
    SettingsError: CANNOT_RUN,
    StorageError: CANNOT_RUN,
    PortUnusableError: CANNOT_RUN,
    ServerUnreachableError: REFUSED,
}


def exit_code(error: Exception) -> int | None:
    """The exit code of a failure that its message explains; None for a defect."""
    return next((code for kind, code in _TABLE.items() if isinstance(error, kind)), None)
