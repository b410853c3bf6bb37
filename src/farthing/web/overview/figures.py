"""The figures at the top of the overview, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from markupsafe import Markup

from farthing.reports.question import Answer, Value
from farthing.web.address import Address
from farthing.web.amounts import money
from farthing.web.figures import Change, count, milliseconds, percent, relative_change, share_change
from farthing.web.prices.places import unknown_address


@dataclass(frozen=True)
class Figure:
    """One figure. `name` is its measure, `value` ready to print, `beside` a second fact about it.

    `link` leads to what is missing of it.
    """

    name: str
    label: str
    value: Markup | str
    change: Change | None
    before: Markup | str | None = None
    beside: str = ""
    tone: str = ""
    link: Address | None = None


def figures(now: Answer, before: Answer | None, address: Address) -> list[Figure]:
    """All figures of the view at an address, the spend first.

    A period before that had no call at all is compared with in no other.
    """
    spend = _spend(now, before)
    if now.unpriced_requests:  # it is a lower bound: the way to what is missing of it
        spend = replace(spend, link=unknown_address(address))
    if before is not None and not before.total["requests"]:
        before = None
    return [
        spend,
        _plain("requests", "Requests", count(now.total["requests"]), _relative("requests", now, before)),
        _cost_per_request(now, before),
        _errors(now, before),
        _plain(
            "latency_p95",
            "Latency p95",
            milliseconds(now.total["latency_p95"]),
            _relative("latency_p95", now, before),
        ),
        _plain(
            "cached_share",
            "Cached input",
            percent(now.total["cached_share"]),
            _share("cached_share", now, before),
        ),
        _unpriced(now, address),
    ]


def _plain(name: str, label: str, value: str, change: Change | None) -> Figure:
    return Figure(name, label, value, change)


def _spend(now: Answer, before: Answer | None) -> Figure:
    value = money(dollars(now.total["cost"]), now.unpriced_requests > 0)
    change = _relative("cost", now, before)
    if before is None or not before.total["requests"]:
        beside = "" if before is None else "no calls in the period before"
        return Figure("cost", "Spend", value, None, beside=beside)
    spent_before = money(dollars(before.total["cost"]), before.unpriced_requests > 0)
    return Figure("cost", "Spend", value, change, before=spent_before)


def _cost_per_request(now: Answer, before: Answer | None) -> Figure:
    value = money(dollars(now.total["cost_per_request"]), now.unpriced_requests > 0)
    return Figure("cost_per_request", "Per request", value, _relative("cost_per_request", now, before))


def _errors(now: Answer, before: Answer | None) -> Figure:
    return Figure(
        "errors",
        "Errors",
        percent(now.total["error_rate"]),
        _share("error_rate", now, before),
        beside=f"{count(now.total['errors'])} of {count(now.total['requests'])}",
    )


def _unpriced(now: Answer, address: Address) -> Figure:
    """Money in trouble: these calls cost something that no total holds."""
    beside = f"{count(now.unpriced_tokens)} tokens" if now.unpriced_requests else "every call has a price"
    tone = "warn" if now.unpriced_requests else ""
    return Figure(
        "unpriced_requests",
        "Unpriced",
        count(now.unpriced_requests),
        None,
        beside=beside,
        tone=tone,
        link=unknown_address(address) if now.unpriced_requests else None,
    )


def _relative(name: str, now: Answer, before: Answer | None) -> Change | None:
    return None if before is None else relative_change(now.total[name], before.total[name])


def _share(name: str, now: Answer, before: Answer | None) -> Change | None:
    return None if before is None else share_change(now.total[name], before.total[name])


def dollars(value: Value) -> Decimal | None:
    """A value of a money measure, which is always a Decimal or missing."""
    return value if isinstance(value, Decimal) or value is None else Decimal(value)
