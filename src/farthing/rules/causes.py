"""The cause of a change: the fewest values of dimensions that explain most of it, with exact amounts.

Given are what was usual and what was, in total, by value of each dimension and by pairs of values. Looked for
is not where most of the amount is, but where more of the change is than its size accounts for: if everything
grows by a tenth, the largest endpoint is no cause. What everything does together is told apart, as the level:
a day that is quieter all in all must not hide that one endpoint is not. The lines are parts that do not
overlap; with the level and the rest they add up to the change, to the last pico-dollar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from farthing.rules.change_parts import ENOUGH, PART_MAX, UNNAMED, Part, part_of
from farthing.rules.changes import Amounts, Pair, Where, rank, share_of

LINES_MAX: Final = 3
_LINE_GAIN_MIN: Final = 0.1
_LINE_PRICE: Final = 0.1
"""What a further line must explain beyond a single one to be worth reading."""
_SCORE_MIN: Final = 0.2
_ALIKE: Final = 0.9
"""Of this share of a part's change a single user makes about all of it."""
_LEVEL_DIMENSIONS: Final = ("endpoint_tag", "feature_tag", "tenant_id", "user_id", "model")
_LEVEL_VALUES_MIN: Final = 4
_SHARE_PARTS: Final = 10_000

Values = list[tuple[Pair, Amounts]]
_Places = dict[str, list[Where]]
"""The values of each dimension, in order."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the cause.

    `change` is volume + per_request: what more (or fewer) requests make of it, and what dearer (or cheaper)
    ones do. `share` is of the change without the level, four places; it exceeds 1 where others went the other
    way.
    """

    where: Where
    usual: int
    actual: int
    change: int
    share: Decimal
    volume: int
    per_request: int


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """`change` is the sum of `level`, of the lines' changes, and of `rest`.

    `level` is what the change would be if every part had changed as most did; the usual amounts of the lines
    are at that level. Without lines no part stands out.
    """

    change: int
    level: int
    lines: tuple[Line, ...]
    rest: int


class _Found(NamedTuple):
    """Values that explain a change at some level, and how well."""

    score: float
    level: int
    chosen: Values
    cells: Mapping[Where, Amounts]


def explain(total: Amounts, cells: Mapping[Where, Amounts]) -> Explanation:
    """The cause of `total.change`, from all parts that are known; what explains most comes first.

    The values of a dimension may be incomplete (only the largest): what is missing is in the rest.
    """
    places = _by_dimension(cells)
    shared = _level(total, cells, places)
    most = max(abs(total.change), abs(total.at_level(*shared).change))
    levels = dict.fromkeys(((1, 1), shared))
    best = max((_find(total, cells, places, level, most) for level in levels), key=lambda each: each.score)
    if best.score < _SCORE_MIN:
        return _explanation(total.change, total.at_level(*shared).usual - total.usual, [])
    change = total.change - best.level
    parts = [part_of(pair, amounts, best.cells) for pair, amounts in best.chosen]
    return _explanation(
        total.change, best.level, [line_of(part, change) for part in _of_users(parts, best.cells)]
    )


def explain_part(total: Amounts, pair: Pair, cells: Mapping[Where, Amounts]) -> Explanation | None:
    """The same where one value, `pair`, is all there is: the part of it that explains most of the change.

    None where no part smaller than the whole does.
    """
    if not total.change:
        return None
    line = line_of(part_of(pair, total, cells), total.change)
    return _explanation(total.change, 0, [line]) if len(line.where) > 1 else None


def _explanation(change: int, level: int, lines: list[Line]) -> Explanation:
    sign = 1 if change - level >= 0 else -1
    lines.sort(key=lambda line: (-sign * line.change, line.where))
    rest = change - level - sum(line.change for line in lines)
    return Explanation(change=change, level=level, lines=tuple(lines), rest=rest)


def _find(
    total: Amounts, cells: Mapping[Where, Amounts], places: _Places, level: tuple[int, int], most: int
) -> _Found:
    """The values of the dimension that explains best what is left of the change without the level.

    `most` is the largest change that there is to explain, with or without a level.
    """
    whole = total.at_level(*level)
    if level != (1, 1):
        cells = {where: amounts.at_level(*level) for where, amounts in cells.items()}
    best: tuple[float, int, Values] = (0.0, 0, [])
    for dimension, alone in places.items():
        chosen = fewest([(where[0], cells[where]) for where in alone], whole.change)
        if chosen:
            score = _score(chosen, whole, most)
            best = max(best, (score, -rank(dimension), chosen), key=lambda each: each[:2])
    return _Found(best[0], whole.usual - total.usual, best[2], cells)


def _level(total: Amounts, cells: Mapping[Where, Amounts], places: _Places) -> tuple[int, int]:
    """What everything was multiplied by, as a fraction: half of the usual amount was by more, half by less.

    (1, 1) where no dimension has so many values that none of them can be taken for all.
    """
    for dimension in _LEVEL_DIMENSIONS:
        values = [cells[where] for where in places.get(dimension, ()) if cells[where].usual > 0]
        whole = sum(amounts.usual for amounts in values)
        if len(values) >= _LEVEL_VALUES_MIN and whole * 2 > total.usual:
            largest = max(amounts.usual for amounts in values)
            if largest <= PART_MAX * whole:
                return _middle(values, whole)
    return 1, 1


def _middle(values: Sequence[Amounts], whole: int) -> tuple[int, int]:
    """The factor of the value at which half of the usual amount is reached, the smallest factors first."""
    reached = 0
    for amounts in sorted(values, key=lambda each: (each.actual / each.usual, each.usual)):
        reached += amounts.usual
        if reached * 2 >= whole:
            return max(amounts.actual, 0), amounts.usual
    raise ValueError("no values add up to half of their sum")


def _by_dimension(cells: Mapping[Where, Amounts]) -> _Places:
    found: _Places = {}
    for where in sorted(where for where in cells if len(where) == 1):
        found.setdefault(where[0][0], []).append(where)
    return found


def fewest(values: Values, change: int) -> Values:
    """The values that bring what is unexplained below a fifth, each the one that brings it down most."""
    left, rest = list(values), change
    chosen: Values = []
    while left and len(chosen) < LINES_MAX and abs(rest) > (1 - ENOUGH) * abs(change):
        best = min(left, key=lambda each: abs(rest - each[1].change))
        if abs(rest) - abs(rest - best[1].change) < _LINE_GAIN_MIN * abs(change):
            break
        left.remove(best)
        chosen.append(best)
        rest -= best[1].change
    return chosen


def _score(chosen: Values, whole: Amounts, most: int) -> float:
    """How much is explained beyond what the size of the values accounts for, less the lines that it takes.

    It counts for as much as it is of the largest change: to explain the little that is left beside the level,
    or that a rise and a quiet day leave of one another, is no feat.
    """
    rest = whole.change - sum(amounts.change for _, amounts in chosen)
    explained = 1 - abs(rest / whole.change)
    size = sum(amounts.size_in(whole) for _, amounts in chosen)
    weight = abs(whole.change / most)
    return round(weight * (explained - size - _LINE_PRICE * (len(chosen) - 1)), 6)


def _of_users(parts: list[Part], cells: Mapping[Where, Amounts]) -> list[Part]:
    """The parts, each named by the one user who makes about all of its change, where there is one.

    A single user is what somebody can talk to; their tenant changed because they did.
    """
    told = list(parts)
    for place, part in enumerate(parts):
        others = told[:place] + told[place + 1 :]
        of_users = (_of(where, cells[where]) for where in sorted(filter(_is_user, cells)))
        found = [user for user in of_users if _stands_for(user, part, others)]
        told[place] = max(found, key=lambda user: abs(user[1].change), default=part)
    return told


def _of(where: Where, amounts: Amounts) -> Part:
    return where, amounts, *amounts.effects


def _is_user(where: Where) -> bool:
    return any(dimension == "user_id" and key != UNNAMED for dimension, key in where)


def _stands_for(user: Part, part: Part, others: Sequence[Part]) -> bool:
    """Whether the user's calls can be those that changed, at the same endpoint, and are in no other part."""
    where, amounts, *_ = part
    named = dict(where)
    if "user_id" in named or "prompt_version" in named or not amounts.change:
        return False
    return (
        dict(user[0]).get("endpoint_tag") == named.get("endpoint_tag")
        and _ALIKE <= user[1].change / amounts.change <= 1 / _ALIKE
        and user[1].usual <= amounts.usual
        and user[1].actual <= amounts.actual
        and all(_is_apart(user[0], other[0]) for other in others)
    )


def _is_apart(one: Where, other: Where) -> bool:
    """Whether no call can be in both."""
    values = dict(one)
    return any(values.get(dimension, key) != key for dimension, key in other)


def line_of(part: Part, change: int) -> Line:
    """A part as a line of the explanation of `change`, which is not 0."""
    where, amounts, volume, per_request = part
    return Line(
        where=tuple(sorted(where, key=lambda each: rank(each[0]))),
        usual=amounts.usual,
        actual=amounts.actual,
        change=volume + per_request,
        share=Decimal(share_of(volume + per_request, _SHARE_PARTS, change)) / _SHARE_PARTS,
        volume=volume,
        per_request=per_request,
    )
