"""Requests that no description allows for, byte for byte, to the API and to the pages: none fails.

NUL characters, halves of surrogates, bytes that are no UTF-8, numbers beyond every column, JSON without
end, names that come twice, methods that nobody has heard of. The sender is signed in, so that they get far.
"""

from __future__ import annotations

import os
from time import monotonic, time_ns
from typing import Final
from urllib.parse import quote, quote_from_bytes, urlencode

import httpx
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from farthing.web.forms import FIELD
from tests.fuzz.oddities import BODIES, METHODS, NAMES, PARAMETERS, PLACES, TEXTS, TYPES
from tests.fuzz.tenants import EMAIL, MARK, PASSWORD, Served
from tests.processes import SECONDS_MAX
from tests.wire import raw

SECONDS: Final = int(os.environ.get("FARTHING_FUZZ_SECONDS", "0"))
"""For how long to go on with others, for a night or an hour (CONTRIBUTING.md)."""
EXAMPLES_A_ROUND: Final = 1_000
EXAMPLES: Final = 5_000 if os.environ.get("FARTHING_EXAMPLES") == "explore" else 200
MACHINES: Final = ("/v1/", "/healthz", "/readyz", "/schema/")


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, bytes]:
    """A path and a whole request but for the sender's credentials, which take the place of CREDENTIALS."""
    place = draw(st.sampled_from(PLACES))
    piece = draw(TEXTS)
    path = place.format(quote_from_bytes(piece, safe="" if draw(st.booleans()) else "/%.&=#+'"))
    pairs = draw(st.lists(st.tuples(st.sampled_from(PARAMETERS), TEXTS), max_size=4))
    query = f"?{urlencode(pairs)}" if pairs else ""
    body = draw(BODIES)
    head = [
        f"{draw(st.sampled_from(METHODS))} {quote(path, safe='/%.&=#+?')}{query} HTTP/1.1".encode(),
        b"Host: h\r\nConnection: close\r\nContent-Length: %d" % len(body),
        b"Content-Type: " + draw(TYPES),
        b"CREDENTIALS",
    ]
    others = draw(st.lists(st.tuples(NAMES, TEXTS), max_size=3))
    head += [name + b": " + text.replace(b"\r\n", b" ") for name, text in others]
    return path, b"\r\n".join(head) + b"\r\n\r\n" + body


def credentials(served: Served) -> bytes:
    """Those of a person, of their browser, and of an application, all at once; new ones, as they expire."""
    with httpx.Client(base_url=served.url, timeout=SECONDS_MAX) as client:
        client.get("/signin")
        token = client.cookies["farthing-form"]
        client.post("/signin", data={FIELD: token, "email": EMAIL, "password": PASSWORD})
        assert "farthing-session" in client.cookies
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        answer = client.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {answer.json()['accessToken']}"}
    named = bearer | served.ours.api_key | {"Cookie": cookies}
    return "\r\n".join(f"{name}: {value}" for name, value in named.items()).encode()


def send_odd_requests(served: Served, example_count: int, again: int | None = None) -> None:
    """Requests drawn at random, the same ones each time, or others for each number `again`."""
    port = int(served.url.rpartition(":")[2])
    ours = credentials(served)

    def send(sending: tuple[str, bytes]) -> None:
        path, sent = sending
        answer = raw.exchange(port, sent.replace(b"CREDENTIALS", ours, 1), SECONDS_MAX)
        assert 200 <= answer.status < 500, answer
        assert MARK.encode() not in answer.body
        is_file = "content-disposition" in answer.headers
        if path.startswith(MACHINES) and answer.body and not is_file:
            assert answer.headers["content-type"] == "application/json", answer

    drawn = settings(max_examples=example_count, suppress_health_check=list(HealthCheck), database=None)
    if again is None:
        drawn(given(sending=requests())(send))()
    else:  # without a seed of its own each round would draw what the first one drew
        seed(again)(settings(drawn, derandomize=False)(given(sending=requests())(send)))()


def test_no_odd_request_is_answered_by_a_failure(served: Served) -> None:
    send_odd_requests(served, EXAMPLES)
    end = monotonic() + SECONDS
    while monotonic() < end:
        send_odd_requests(served, EXAMPLES_A_ROUND, time_ns())
