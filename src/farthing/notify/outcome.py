"""What became of one attempt to send a message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """Whether it arrived, and in words that hold no secret, what the receiver said or what went wrong.

    A failure `is_lasting` when the same attempt can't succeed later. `retry_after_s` is how long the receiver
    asked to be left alone.
    """

    is_sent: bool
    reason: str
    is_lasting: bool = False
    retry_after_s: float | None = None


def sent(reason: str) -> Outcome:
    """It was taken."""
    return Outcome(is_sent=True, reason=reason)


def failed(reason: str, *, is_lasting: bool = False, retry_after_s: float | None = None) -> Outcome:
    """It was not."""
    return Outcome(is_sent=False, reason=reason, is_lasting=is_lasting, retry_after_s=retry_after_s)


_PASSING: frozenset[int] = frozenset({408, 425, 429})
_OK, _REDIRECTS, _REFUSALS, _FAULTS = 200, 300, 400, 500


def of_status(status: int, retry_after: str | None) -> Outcome:
    """What an HTTP status means: 2xx is taken, 4xx lasts unless it says to come again, redirects last."""
    if _OK <= status < _REDIRECTS:
        return sent(f"answered {status}")
    if _REDIRECTS <= status < _REFUSALS:
        return failed(f"answered {status}; redirects are not followed", is_lasting=True)
    is_lasting = _REFUSALS <= status < _FAULTS and status not in _PASSING
    return failed(f"answered {status}", is_lasting=is_lasting, retry_after_s=seconds(retry_after))


def seconds(retry_after: str | None) -> float | None:
    """The seconds of a Retry-After; None for a date, which depends on whose clock is right, and nonsense."""
    digits = (retry_after or "").strip()
    return float(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None  # noqa: PLR2004 - 30 years
