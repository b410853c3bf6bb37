"""Put measured figures into a page of docs/, between its two marks."""

from __future__ import annotations

from typing import Final

from tools.files import ROOT

BEGIN: Final = "<!-- figures: written by the tool that measures them -->"
END: Final = "<!-- end of figures -->"


def replaced(page: str, figures: str) -> str:
    """The page with these figures. Raises ValueError where it has no place for them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"


def written(name: str, figures: str) -> None:
    """Write them into docs/`name`."""
    path = ROOT / "docs" / name
    path.write_text(replaced(path.read_text(encoding="utf-8"), figures), encoding="utf-8")
