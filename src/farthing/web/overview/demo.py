"""Demo data from the page of an empty workspace."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, post

from farthing.actions.events.load_demo import load_demo, read_demo_size
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import redirect

_LONG_DAYS: Final = "90"
DEMO_SIZES: Final = (
    ("5000/14", "Two weeks, 5,000 calls"),
    (f"50000/{_LONG_DAYS}", "Three months, 50,000 calls: some seconds"),
    (f"1000000/{_LONG_DAYS}", "Three months, a million calls: some minutes, in the background"),
)
"""What the page offers: size and days as they are sent, and in words."""


@post("/demo", needs="load_demo")
async def fill_with_demo(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Load the demo data in place of the person's earlier one, and show it.

    Of a large one that is what the job has made so far: the page waits for its first events by itself.
    """
    chosen = (await form_texts(request)).get("size") or DEMO_SIZES[0][0]
    size, _, days = chosen.partition("/")
    await load_demo(parts, asker, read_demo_size((("size", size), ("days", days))))
    return redirect(request, f"/?dataMode=demo{'&range=90d' if days == _LONG_DAYS else ''}")
