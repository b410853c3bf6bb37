"""Who works at the terminal, for the audit log."""

from __future__ import annotations

import getpass
import os


def who() -> str:
    """The name of the operating system's user; a container's may have a number only."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
