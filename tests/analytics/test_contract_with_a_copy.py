"""What every storage promises of what is read from rows, promised once more by one with a copy."""

from __future__ import annotations

import pytest

from tests.contract import test_big_sums, test_exports, test_hygiene, test_priced_calls, test_requests

pytestmark = pytest.mark.usefixtures("installed")

_SUITES = (test_big_sums, test_exports, test_hygiene, test_priced_calls, test_requests)
_OF_ITS_OWN = "test_a_page_says_what_was_recorded"
"""A hundred examples are too many here; test_copying has some."""

globals().update(
    {
        f"{name}_in_{suite.__name__.rsplit('.', 1)[-1]}": test
        for suite in _SUITES
        for name, test in vars(suite).items()
        if name.startswith("test_") and name != _OF_ITS_OWN
    }
)
