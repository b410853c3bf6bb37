"""What browsers and programs call themselves (User-Agent), in a few words for the person who used them."""

from __future__ import annotations

import re
from typing import Final

UNKNOWN: Final = "unknown program"
# In this order: most browsers also claim to be those further down.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("HeadlessChrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
_PROGRAM: Final = re.compile(r"([A-Za-z][A-Za-z0-9._-]{0,29})(?:/v?([0-9]{1,5}(?:\.[0-9]{1,5})?))?")


def program_name(agent: str) -> str:
    """E.g. "Firefox on Linux" or "curl 8.19"; `UNKNOWN` for what is neither."""
    if agent.startswith("Mozilla/"):
        browser = next((name for sign, name in _BROWSERS if sign in agent), "Browser")
        system = next((name for sign, name in _SYSTEMS if sign in agent), None)
        return browser if system is None else f"{browser} on {system}"
    program = _PROGRAM.match(agent)
    if program is None:
        return UNKNOWN
    name, version = program.groups()
    return name if version is None else f"{name} {version}"
