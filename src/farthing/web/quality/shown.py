"""The hygiene report in words: checks, what to mend first, keys and endpoints from the worst on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup, escape

from farthing.actions.reads.read_hygiene import HygieneReport
from farthing.reports.dimensions import UNKNOWN
from farthing.reports.hygiene import Tally
from farthing.reports.hygiene_fixes import Fix
from farthing.reports.written_filters import NO_KEY, filter_value
from farthing.rules.hygiene import ISSUES, score_number
from farthing.rules.periods import HOUR_MS, MINUTE_MS
from farthing.web.address import Address
from farthing.web.figures import NONE, milliseconds
from farthing.web.rows_address import rows_address
from farthing.web.view import View

SHOWN_MAX: Final = 20
_REASONS_MAX: Final = 3
_CURES: Final = ("defaultDataMode", "defaultEnvironment", "allowedEnvironments")
_SKEWS: Final = (
    ("half", "skew_median_ms", "is_median_beyond"),
    ("95 of 100", "skew_p95_ms", "is_p95_beyond"),
)


@dataclass(frozen=True)
class Check:
    """One check: `meaning` follows "calls that …"; `lost` is what it costs of the hundred."""

    meaning: str
    requests: int
    share: Decimal
    weight: int
    lost: Decimal


@dataclass(frozen=True)
class Mending:
    """One thing to do; `cure` are the fields of the form whose button does it; `rows` are its calls."""

    what: Markup
    requests: int
    is_refusal: bool
    key_name: str | None
    key_wire: str | None
    endpoint: str | None
    rows: str | None = None
    cure: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Part:
    """The calls of a key or an endpoint; `reasons` lower its score most, `href` is the page of it alone."""

    name: str
    is_named: bool
    requests: int
    score: float | None
    reasons: str
    href: str


def checks(report: HygieneReport) -> list[Check]:
    """All of them, those first that cost most."""
    total = report.hygiene.total
    told = [
        Check(
            issue.meaning,
            total.issues[issue.name],
            _share(total.issues[issue.name], total.requests),
            issue.weight,
            issue.weight * _share(total.issues[issue.name], total.requests),
        )
        for issue in ISSUES
    ]
    return sorted(told, key=lambda each: (-each.lost, -each.weight))


def mendings(report: HygieneReport, view: View) -> list[Mending]:
    """What to do first, in the report's order."""
    return [_mending(report, fix, view) for fix in report.fixes]


def _mending(report: HygieneReport, fix: Fix, view: View) -> Mending:
    facts = None if fix.api_key_id is None else report.keys.get(fix.api_key_id)
    body = {} if fix.call is None or fix.call.body is None or facts is None else fix.call.body
    cure = (
        [("key", facts.wire), *((name, _field(body[name])) for name in _CURES if name in body)]
        if facts
        else []
    )
    return Mending(
        what=ticked(fix.what),
        requests=fix.requests,
        is_refusal=fix.issue.startswith("refused:"),
        key_name=None if facts is None else facts.name,
        key_wire=None if facts is None else facts.wire,
        endpoint=fix.endpoint_tag,
        rows=str(_unpriced(view)) if fix.issue == "unpriced" else None,
        cure=tuple(cure) if body else (),
    )


def _unpriced(view: View) -> Address:
    """The calls that have no price, or not for all they used."""
    return rows_address(view.address).put(pricingStatus="!priced")


def _field(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


def ticked(text: str) -> Markup:
    """A sentence of the API as HTML: what stands between backticks is code."""
    parts = (
        f"<code>{escape(part)}</code>" if place % 2 else escape(part)
        for place, part in enumerate(text.split("`"))
    )
    return Markup("").join(Markup(part) for part in parts)  # noqa: S704 - each part was escaped


def by_key(report: HygieneReport, view: View) -> list[Part]:
    """The calls of each API key, the worst first."""

    def part(key_id: int, tally: Tally) -> Part:
        facts = report.keys.get(key_id)
        wire = UNKNOWN if facts is None else facts.wire
        name = "without a key" if facts is None else view.key_name(facts.wire)
        written = filter_value("api_key", NO_KEY) if facts is None else wire
        return _part(name, facts is not None, tally, str(view.address.put(apiKey=written)))

    return [part(key_id, tally) for key_id, tally in _worst(report.hygiene.by_key.items())]


def by_endpoint(report: HygieneReport, view: View) -> list[Part]:
    """The calls of each endpoint tag, the worst first."""

    def part(tag: str | None, tally: Tally) -> Part:
        written = filter_value("endpoint_tag", tag or UNKNOWN)
        return _part(
            tag or "without an endpoint tag",
            tag is not None,
            tally,
            str(view.address.put(endpointTag=written)),
        )

    return [part(tag, tally) for tag, tally in _worst(report.hygiene.by_endpoint.items())]


def _part(name: str, is_named: bool, tally: Tally, href: str) -> Part:  # noqa: FBT001 - told apart by one word
    return Part(name, is_named, tally.requests, score_number(tally.score), _reasons(tally), href)


def _worst(items: Iterable[tuple[Any, Tally]]) -> list[tuple[Any, Tally]]:
    return sorted(items, key=lambda item: (-item[1].loss, str(item[0])))


def _reasons(tally: Tally) -> str:
    """What lowers the score of some calls most, with the share that has it."""
    found = sorted(ISSUES, key=lambda issue: -issue.weight * tally.issues[issue.name])
    told = [
        f"{issue.name.replace('_', ' ')} {_percent(tally.issues[issue.name], tally.requests)}"
        for issue in found[:_REASONS_MAX]
        if tally.issues[issue.name]
    ]
    return ", ".join(told)


def _share(count: int, of: int) -> Decimal:
    return Decimal(count) / of if of else Decimal(0)


def _percent(count: int, of: int) -> str:
    """Never 0 % of some, never 100 % of fewer than all."""
    whole = round(100 * count / of) if of else 0
    return f"{min(max(whole, 1), 100 if count == of else 99)}\u202f%"


def skew(tally: Tally) -> list[tuple[str, str]]:
    """(of how many, how long after their own time they were received), of calls that came with one."""
    if not tally.skew.total():
        return [(words, NONE) for words, _, _ in _SKEWS]
    return [
        (words, _late(getattr(tally, name), is_more=getattr(tally, beyond))) for words, name, beyond in _SKEWS
    ]


def _late(skew_ms: int | None, *, is_more: bool) -> str:
    if skew_ms is None:
        return NONE
    if skew_ms < 0:
        return f"{_span(-skew_ms)} early"
    return f"{'>' if is_more else '≤'}\u202f{_span(skew_ms)}"


def _span(ms: int) -> str:
    """Edges of bins are round: hours, minutes or what `milliseconds` makes of less."""
    for unit_ms, unit in ((HOUR_MS, "h"), (MINUTE_MS, "min")):
        if ms >= unit_ms:
            return f"{ms // unit_ms}\u202f{unit}"
    return milliseconds(ms)
