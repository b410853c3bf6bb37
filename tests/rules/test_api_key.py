"""Whether a key works, and whether it is needed."""

from __future__ import annotations

import pytest

from farthing.rules.api_key import UNUSED_MS, is_unused, key_state


@pytest.mark.parametrize(
    ("revoked_at", "expires_at", "state"),
    [
        (None, None, "live"),
        (None, 101, "live"),
        (None, 100, "expired"),
        (None, 1, "expired"),
        (7, 101, "revoked"),
    ],
)
def test_a_key_works_until_its_end(revoked_at: int | None, expires_at: int | None, state: str) -> None:
    assert key_state(revoked_at, expires_at, 100) == state


@pytest.mark.parametrize(
    ("created_at", "last_used_at", "is_idle"),
    [(0, None, True), (1, None, False), (0, 1, False), (0, 0, True)],
)
def test_a_key_is_unused_after_ninety_days_without_a_call(
    created_at: int, last_used_at: int | None, *, is_idle: bool
) -> None:
    assert is_unused(created_at, last_used_at, UNUSED_MS) == is_idle
