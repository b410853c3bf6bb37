"""Builds the snapshot from the two price packages. Needs `farthing[prices]`; nothing at run time does.

What is imported here must not import the packages: `missing_packages` is asked before anything else is.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

_PACKAGES: Final = {"genai-prices": "genai_prices", "model-prices": "model_prices"}


def missing_packages() -> list[str]:
    """The price packages that are not installed."""
    return [name for name, module in _PACKAGES.items() if find_spec(module) is None]
