"""What watching asks of the stored calls: sums of places by time, and the parts of a change.

All but the parts of a change come from rollups, and cost what the window holds, however long history is.
Parts are of pairs that no rollup keeps: they are read from rows, of the hours in question only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from farthing.reports.dimensions import UNKNOWN
from farthing.reports.facts import FactQuery
from farthing.reports.written_filters import NO_KEY
from farthing.rules.anomalies import Recent
from farthing.rules.baseline import HISTORY_HOURS_MAX
from farthing.rules.changes import Where
from farthing.rules.filters import Filters
from farthing.rules.incidents import WORKSPACE
from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS, Window
from farthing.rules.retention import latest
from farthing.rules.signals import SUMS
from farthing.rules.usage import INPUT_UNITS, TOKEN_UNITS
from farthing.rules.watching import WATCHED, History
from farthing.rules.week import hours_of_week
from farthing.storage.contract import FactReader, Workspace

_CACHED: Final = ("cache_read", "audio_cache_read")
_PLAIN: Final = ("cost_picousd", "request_count", "error_count", "unpriced_request_count", "retry_count")
_STORED: Final = (*_PLAIN, *TOKEN_UNITS)
_BIGGEST_DAYS: Final = 7
_WINDOWS_MAX: Final = 7
_WINDOWS_OF_LONG: Final = 3
_LONG_MS: Final = 6 * HOUR_MS
_DAYS_BACK: Final = 14
_PARTS_MAX: Final = 1_000
PARTS: Final = (
    (
        "endpoint_tag",
        "prompt_version",
        "model",
        "provider",
        "feature_tag",
        "api_key",
        "error_code",
        "status",
        "environment",
    ),
    ("user_id", "endpoint_tag"),
    ("tenant_id", "endpoint_tag"),
)
"""Dimensions that are read together, so that pairs of them are known; users and tenants come by thousands."""
_NO_CAUSE: Final = frozenset({("error_code", UNKNOWN), ("status", "success")})
Sums = dict[Where, int]


@dataclass(frozen=True)
class Parts:
    """Sums of a measure and of requests, by part: in a window, and in the windows before that are like it."""

    actual: Sums
    requests: Sums
    usual: Sums
    usual_requests: Sums
    window_count: int


class Evidence(Protocol):
    """What `evaluate` asks. Instants are ends of quarter hours."""

    zone: ZoneInfo

    async def biggest(self, at: int) -> list[Where]:
        """The places that are worth watching, the workspace first; empty when it has had no call lately."""
        ...

    async def histories(self, places: Sequence[Where], at: int) -> tuple[list[History], list[int]]:
        """Sums by the hour until the last full hour, and the hour of the week of each."""
        ...

    async def recents(self, places: Sequence[Where], at: int) -> dict[Where, Recent]:
        """The last 24 hours of each place."""
        ...

    async def series(self, place: Where, window: Window) -> dict[str, Sequence[int]]:
        """Sums of one place by the quarter hour."""
        ...

    async def parts(self, place: Where, window: Window, measure: str) -> Parts:
        """The parts of a place in a window and before."""
        ...


class StoredEvidence:
    """Keeps `Evidence` from what a storage holds of one workspace."""

    def __init__(
        self, reader: FactReader, workspace: Workspace, data_modes: tuple[str, ...] = ("real",)
    ) -> None:
        self._reader = reader
        self._workspace_id = workspace.id
        self._data_modes = data_modes
        self.zone = ZoneInfo(workspace.timezone)

    async def biggest(self, at: int) -> list[Where]:
        window = await self._kept(Window(at - _BIGGEST_DAYS * DAY_MS, at))
        asked = self._query(window, (), ("request_count",))
        if not (await self._reader.facts(asked)).sums:
            return []
        places: list[Where] = [WORKSPACE]
        for dimension, limit in WATCHED.items():
            known = await self._known(window, (dimension,))
            query = self._query(known, (dimension,), ("cost_picousd", "request_count"), limit=limit + 1)
            found = await self._reader.facts(query)
            names = [name for _, (name,) in found.sums if name not in (UNKNOWN, NO_KEY)]
            places += [((dimension, name),) for name in names[:limit]]
        return places

    async def histories(self, places: Sequence[Where], at: int) -> tuple[list[History], list[int]]:
        end = at // HOUR_MS * HOUR_MS
        window = await self._kept(Window(end - HISTORY_HOURS_MAX * HOUR_MS, end))
        sums = await self._sums(places, window, HOUR_MS)
        return (
            [History(place, sums[place]) for place in places],
            hours_of_week(window, HOUR_MS, self.zone),
        )

    async def recents(self, places: Sequence[Where], at: int) -> dict[Where, Recent]:
        window = Window(at - DAY_MS, at)
        slots = hours_of_week(window, QUARTER_MS, self.zone)
        sums = await self._sums(places, window, QUARTER_MS)
        return {place: Recent(sums[place], slots) for place in places}

    async def series(self, place: Where, window: Window) -> dict[str, Sequence[int]]:
        return (await self._sums([place], window, QUARTER_MS))[place]

    async def parts(self, place: Where, window: Window, measure: str) -> Parts:
        actual, requests = await self._parts_in(place, [window], measure)
        before = await self._before(window, measure)
        usual, usual_requests = await self._parts_in(place, before, measure)
        return Parts(actual, requests, usual, usual_requests, len(before))

    async def _before(self, window: Window, measure: str) -> list[Window]:
        """Windows before it that are like it, as far as the measure is known."""
        kept = latest(await self._reader.retention(self._workspace_id), self._data_modes)
        return windows_before(window, max(kept.raw_from, kept.keys_from if measure == "retry_count" else 0))

    async def _parts_in(self, place: Where, windows: Iterable[Window], fact: str) -> tuple[Sums, Sums]:
        amounts: Sums = {}
        requests: Sums = {}
        sums = tuple(dict.fromkeys((fact, "request_count")))
        filters = self._filters(place)
        for window in windows:
            for dimensions in PARTS:
                limit = None if dimensions is PARTS[0] else _PARTS_MAX
                query = self._query(window, dimensions, sums, limit=limit, filters=filters, order_by=fact)
                add_parts((await self._reader.facts(query)).sums, dimensions, (amounts, requests))
        return amounts, requests

    async def _sums(
        self, places: Sequence[Where], window: Window, step_ms: int
    ) -> dict[Where, dict[str, Sequence[int]]]:
        """By place, by name of SUMS, by step."""
        count = (window.end - window.start) // step_ms
        found: dict[Where, dict[str, list[int]]] = {
            place: {name: [0] * count for name in SUMS} for place in places
        }
        by_dimension: dict[tuple[str, ...], list[Where]] = {}
        for place in places:
            by_dimension.setdefault(tuple(dimension for dimension, _ in place), []).append(place)
        for dimensions, some in by_dimension.items() if count else ():
            only = tuple(tuple(value for _, value in place) for place in some) if dimensions else ()
            known = await self._known(window, dimensions)
            before = (known.start - window.start) // step_ms
            edges = tuple(range(known.start, known.end + 1, step_ms))
            query = self._query(known, dimensions, _STORED, edges=edges, only=only)
            for (step, values), row in (await self._reader.facts(query)).sums.items():
                place = tuple(zip(dimensions, values, strict=True))
                for name, amount in _signal_sums(dict(zip(_STORED, row, strict=True))).items():
                    found[place][name][before + step] = amount
        unknown = min(count, max(0, -(-(await self._since() - window.start) // step_ms)))
        for sums in found.values():
            sums["attempt_count"][unknown:] = sums["request_count"][unknown:]
        return {place: dict(sums) for place, sums in found.items()}

    async def _known(self, window: Window, dimensions: tuple[str, ...]) -> Window:
        """The part of a window in which sums know the dimensions; before, rows would have to be read."""
        if dimensions != ("api_key",):
            return window
        return Window(min(max(window.start, await self._since()), window.end), window.end)

    async def _since(self) -> int:
        """Since when sums know retries and keys, on a full hour."""
        return latest(await self._reader.retention(self._workspace_id), self._data_modes).keys_from

    async def _kept(self, window: Window) -> Window:
        """The window as far as its sums are there, from a full hour on."""
        retention = await self._reader.retention(self._workspace_id)
        start = latest(retention, self._data_modes).summary_from
        return Window(min(max(window.start, -(-start // HOUR_MS) * HOUR_MS), window.end), window.end)

    def _filters(self, place: Where) -> Filters:
        equals = tuple((dimension, (value,)) for dimension, value in place)
        return Filters(data_modes=self._data_modes, equals=equals)

    def _query(
        self, window: Window, dimensions: tuple[str, ...], sums: tuple[str, ...], **more: object
    ) -> FactQuery:
        asked = {"filters": self._filters(WORKSPACE), "order_by": "cost_picousd", **more}
        order_by = asked["order_by"] if asked["order_by"] in sums else sums[0]
        return FactQuery(
            workspace_id=self._workspace_id,
            window=window,
            dimensions=dimensions,
            sums=sums,
            **(asked | {"order_by": order_by}),  # type: ignore[arg-type]
        )


def _signal_sums(stored: Mapping[str, int]) -> dict[str, int]:
    """What is watched, from what is stored."""
    return {
        **{name: stored[name] for name in _PLAIN},
        "input_tokens": sum([stored[unit] for unit in INPUT_UNITS]),
        "cached_tokens": sum([stored[unit] for unit in _CACHED]),
        "tokens": sum([stored[unit] for unit in TOKEN_UNITS]),
    }


def windows_before(window: Window, first: int) -> list[Window]:
    """The same hours of the days before that a window does not reach into, none of them before `first`."""
    days = range(1, _DAYS_BACK + 1)
    moved = [Window(window.start - day * DAY_MS, window.end - day * DAY_MS) for day in days]
    fitting = [each for each in moved if each.end <= window.start and each.start >= first]
    length = window.end - window.start
    return fitting[: _WINDOWS_MAX if length <= _LONG_MS else _WINDOWS_OF_LONG]


def add_parts(
    groups: Mapping[tuple[int, tuple[str, ...]], Sequence[int]],
    dimensions: tuple[str, ...],
    to: tuple[Sums, Sums],
) -> None:
    """Add groups up by their values and pairs; the whole is counted of the first dimensions.

    Groups are by (step, values of `dimensions`), the measure first and requests last.
    """
    amounts, requests = to
    for (_, values), row in groups.items():
        pairs = [pair for pair in zip(dimensions, values, strict=True) if pair not in _NO_CAUSE]
        places: list[Where] = [(pair,) for pair in pairs] + list(combinations(pairs, 2))
        if dimensions is PARTS[0]:
            places.append(WORKSPACE)
        else:  # the endpoint alone is known already
            places = [each for each in places if dimensions[0] in dict(each)]
        for place in places:
            key = tuple(sorted(place))
            amounts[key] = amounts.get(key, 0) + row[0]
            requests[key] = requests.get(key, 0) + row[-1]
