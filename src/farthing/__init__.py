"""Farthing: see, explain and control what LLM calls cost, without putting anything in their way."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

__all__ = ["__version__"]

try:
    __version__ = version("farthing")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
