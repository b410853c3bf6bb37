"""What the load generator is told to do, and what it found: both travel as JSON between two processes."""

from __future__ import annotations

from typing import Literal

import msgspec

from bench.histogram import LatencySummary

Mode = Literal["closed", "open", "fresh"]


class LoadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One load.

    closed: each connection sends its next request as soon as the last is answered.
    open: requests fall due at `rate_per_s`, whatever the server does, and wait for a free connection.
    fresh: like closed, with a new connection for every request.
    """

    name: str
    host: str
    port: int
    api_key: str
    mode: Mode
    events_per_request: int = 1
    only_refused_results: bool = False
    connections: int = 64
    rate_per_s: float = 0.0
    warmup_s: float = 1.0
    seconds: float = 10.0
    grace_s: float = 15.0
    """How long to wait, after the last request was sent, for answers that are still open."""
    server_pid: int | None = None
    seed: int = 1


class LoadResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a load.

    Rates count what was answered within the window of `seconds` after the warm-up, divided by the whole
    window. Latencies are those of requests sent (open: due) in the window, however late their answer.
    `acknowledged`, `duplicates`, `failures` and `unknown` count events of the whole run, warm-up and late
    answers included.
    """

    name: str
    seconds: float
    events_per_s: float
    requests_per_s: float
    latency: LatencySummary
    send_delay: LatencySummary
    """From due to written on the socket; only open loads have one that is not zero."""
    acknowledged: int
    duplicates: int
    failures: dict[str, int]
    unknown: int
    """Events that may or may not be stored: sent but not answered, or answered 5xx."""
    due_not_sent: int
    reconnects: int
    answer_bytes: float | None
    """Mean length of an answer's body."""
    generator_cores: float
    """CPU seconds of the generator per second of the window: near 1.0 it is itself the limit."""
    server_cores: float | None
    other_cores: float | None
    """What everything else on the machine used: above a few tenths, the figures are about that too."""
    server_us_per_event: float | None
    generator_stretch: float = 1.0
    """How much longer the generator took than it used a core, because others had them."""
