"""The version, as the package's metadata and the wire tell it."""

from __future__ import annotations

__version__ = "0.1.0"
