"""What browsers and programs are called for the person who used them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.agents import UNKNOWN, program_name

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:151.0) Gecko/20100101 Firefox/151.0", "Firefox on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "Chrome on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/148.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 16) {CHROME} Mobile Safari/537.36", "Chrome on Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) AppleWebKit/605.1.15 Version/19.0 Safari/604",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.0 Safari/605",
            "Safari on macOS",
        ),
        ("Mozilla/5.0 (Toaster)", "Browser"),
        ("curl/8.19.0", "curl 8.19"),
        ("python-httpx/0.28.1", "python-httpx 0.28"),
        ("Go-http-client/2.0", "Go-http-client 2.0"),
        ("Wget", "Wget"),
        ("PostmanRuntime/v7", "PostmanRuntime 7"),
        ("", UNKNOWN),
        ("/1.0", UNKNOWN),
        ("<script>", UNKNOWN),
    ],
)
def test_it_is_a_few_words(agent: str, name: str) -> None:
    assert program_name(agent) == name


@given(st.text())
def test_whatever_is_sent_it_is_short_and_plain(agent: str) -> None:
    name = program_name(agent)
    assert 0 < len(name) <= 45
    assert name.isascii()
    assert name.isprintable()
