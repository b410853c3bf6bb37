"""The cause of a change: exact to the last unit, stable, and the planted one first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.causes import LINES_MAX, Explanation, explain
from farthing.rules.changes import Amounts, Where, scaled, share_of

Names = dict[str, str]
Row = tuple[Names, Amounts]


def cells(rows: Sequence[Row]) -> tuple[Amounts, dict[Where, Amounts]]:
    """The whole, and the parts by value and pair, of rows that each have a name in every dimension."""
    found: dict[Where, list[int]] = {}
    for names, amounts in rows:
        pairs = sorted(names.items())
        for where in [(), *((pair,) for pair in pairs), *combinations(pairs, 2)]:
            sums = found.setdefault(where, [0, 0, 0, 0])
            fields = (amounts.usual, amounts.actual, amounts.usual_requests, amounts.actual_requests)
            sums[:] = [a + b for a, b in zip(sums, fields, strict=True)]
    parts = {where: Amounts(*sums) for where, sums in found.items()}
    return parts.pop((), Amounts()), parts


def explained(rows: Sequence[Row]) -> Explanation:
    return explain(*cells(rows))


def first(found: Explanation) -> dict[str, str]:
    return dict(found.lines[0].where)


def row(endpoint: str, usual: int, actual: int, requests: tuple[int, int] = (10, 10), **more: str) -> Row:
    names = {"endpoint_tag": endpoint, "prompt_version": "v1", "model": "mini", "environment": "prod"} | more
    return names, Amounts(usual, actual, *requests)


CALM = [row("search", 400, 400), row("mail", 300, 300), row("docs", 200, 200), row("chat", 250, 250)]

_amounts = st.builds(Amounts, st.integers(0, 60), st.integers(0, 60), st.integers(0, 4), st.integers(0, 4))
_names = st.fixed_dictionaries(
    {
        "endpoint_tag": st.sampled_from(["a", "b", "c", "d", "e"]),
        "model": st.sampled_from(["x", "y"]),
        "user_id": st.sampled_from(["u", "unknown"]),
    }
)
rows_of_anything = st.lists(st.tuples(_names, _amounts), max_size=12)


@given(rows_of_anything)
def test_level_lines_and_rest_are_the_change_to_the_last_unit(rows: list[Row]) -> None:
    total, parts = cells(rows)
    found = explain(total, parts)
    assert found.change == total.actual - total.usual
    assert found.level + sum(line.change for line in found.lines) + found.rest == found.change
    assert all(line.volume + line.per_request == line.change for line in found.lines)
    assert len(found.lines) <= LINES_MAX


@given(rows_of_anything)
def test_lines_do_not_overlap(rows: list[Row]) -> None:
    wheres = [dict(line.where) for line in explained(rows).lines]
    for one, other in combinations(wheres, 2):
        assert any(one[dimension] != other[dimension] for dimension in one.keys() & other.keys())


@given(rows_of_anything, st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_is_nothing_to_the_explanation(rows: list[Row], rng: Random) -> None:
    total, parts = cells(rows)
    shuffled = list(parts.items())
    rng.shuffle(shuffled)
    assert explain(total, dict(shuffled)) == explain(total, parts)


@given(st.sampled_from(["search", "mail", "docs", "chat"]), st.integers(300, 5_000), st.booleans())
def test_a_planted_endpoint_comes_first_whether_it_rises_or_falls(
    endpoint: str,
    more: int,
    is_rise: bool,  # noqa: FBT001
) -> None:
    calm = [(names, amounts) for names, amounts in CALM if names["endpoint_tag"] != endpoint]
    there = 100 + more, 100
    found = explained([*calm, row(endpoint, *(there[::-1] if is_rise else there))])
    assert first(found) == {"endpoint_tag": endpoint}
    assert found.lines[0].change == (more if is_rise else -more)


def test_a_user_who_was_not_there_before_is_named() -> None:
    user = row("search", 0, 3_000, (0, 100), user_id="u_81")
    others = [(names | {"user_id": f"u_{n}"}, amounts) for n, (names, amounts) in enumerate(CALM)]
    found = explained([*others, user])
    assert first(found) == {"user_id": "u_81"}
    assert (found.lines[0].change, str(found.lines[0].share)) == (3_000, "1")


def test_of_a_user_and_their_tenant_the_user_is_named() -> None:
    # Two tenants explain all of it, and each of them is one user at one endpoint.
    others = [
        (names | {"user_id": f"u_{n}", "tenant_id": ("finch", "copper")[n % 2]}, amounts)
        for n, (names, amounts) in enumerate(CALM)
    ]
    ran_away = row("sql", 20, 720, (5, 5), user_id="u_81", tenant_id="finch")
    beside = row("sql", 20, 40, (5, 5), user_id="u_7", tenant_id="finch")
    spike = [row("docs", 10, 210, (1, 20), user_id=f"u_{n}", tenant_id="copper") for n in (90, 91, 92)]
    total, parts = cells([*others, ran_away, beside, *spike])
    of_both = {where for where in parts if {name for name, _ in where} == {"tenant_id", "user_id"}}
    found = explain(total, {where: parts[where] for where in parts.keys() - of_both})  # nobody reads those
    assert [dict(line.where) for line in found.lines] == [
        {"endpoint_tag": "sql", "user_id": "u_81"},
        {"endpoint_tag": "docs", "tenant_id": "copper"},
    ]
    assert [line.change for line in found.lines] == [700, 600]


def test_a_new_prompt_is_named_with_its_endpoint_and_what_it_costs_more() -> None:
    # All ten calls went over to v7, which costs three times as much: 600 more, and not 900 more and 300 less.
    took_over = [row("mail", 300, 0, (10, 0)), row("mail", 0, 900, (0, 10), prompt_version="v7")]
    found = explained([CALM[0], CALM[2], CALM[3], *took_over])
    (line,) = found.lines
    assert dict(line.where) == {"endpoint_tag": "mail", "prompt_version": "v7"}
    assert (line.change, line.volume, line.per_request, found.rest) == (600, 0, 600, 0)


def test_traffic_that_moves_to_a_dear_model_is_that_model() -> None:
    # Neither model costs more per call than before: the mix does.
    moved = [row("chat", 250, 50, (10, 2)), row("chat", 0, 2_000, (0, 8), model="ultra")]
    found = explained([*CALM[:3], *moved])
    assert ("model", "ultra") in found.lines[0].where


def test_more_calls_are_volume_and_dearer_ones_are_per_request() -> None:
    volume = explained([*CALM[1:], row("search", 400, 1_600, (10, 40))]).lines[0]
    dearer = explained([*CALM[1:], row("search", 400, 1_600, (10, 10))]).lines[0]
    assert [(line.volume, line.per_request) for line in (volume, dearer)] == [(1_200, 0), (0, 1_200)]


def test_what_grows_evenly_has_no_cause() -> None:
    found = explained([(names, Amounts(a.usual, a.usual * 2, 10, 20)) for names, a in CALM])
    assert (found.lines, found.level, found.rest) == ((), found.change, 0)


def test_silence_is_everything() -> None:
    found = explained([(names, Amounts(a.usual, 0, 10, 0)) for names, a in CALM])
    assert (found.change, found.level, found.lines, found.rest) == (-1_150, -1_150, (), 0)


def test_a_quiet_day_does_not_hide_what_is_not_quiet() -> None:
    # Everything is a third down, one endpoint is up by as much as the others are down together.
    quiet = [(names, Amounts(a.usual, a.usual * 2 // 3, 30, 20)) for names, a in CALM]
    more = row("review", 200, 600, (30, 20))
    found = explained([*quiet, more])
    assert first(found) == {"endpoint_tag": "review"}
    assert found.level < 0 < found.lines[0].change


def test_what_is_even_all_in_all_is_explained_by_what_is_not() -> None:
    # A rise and a quiet day leave nothing of one another; what remains is another endpoint's two.
    quiet = [(names, Amounts(a.usual, a.usual * 4 // 5, 10, 8)) for names, a in CALM]
    rises = row("review", 200, 430, (10, 8))
    found = explained([*quiet, rises, row("tiny", 0, 0), row("odd", 2, 4)])
    assert found.change == 2
    assert first(found) == {"endpoint_tag": "review"}


def test_of_dimensions_that_explain_the_same_the_first_is_named() -> None:
    alike = row("new", 0, 900, (0, 10), prompt_version="v9", model="only", environment="dev")
    assert first(explained([*CALM, alike])) == {"endpoint_tag": "new"}
    for order in permutations([*CALM, alike]):
        assert explained(order) == explained([*CALM, alike])


def test_two_that_rise_are_both_named_the_larger_first() -> None:
    found = explained([*CALM, row("a", 100, 900), row("b", 100, 700), row("c", 100, 100)])
    assert [dict(line.where)["endpoint_tag"] for line in found.lines] == ["a", "b"]
    assert [str(line.share) for line in found.lines] == ["0.5714", "0.4286"]


def test_nothing_is_explained_by_nothing() -> None:
    assert explain(Amounts(), {}) == Explanation(change=0, level=0, lines=(), rest=0)
    assert explained(CALM).lines == ()
    unexplained = explain(Amounts(0, 100, 0, 1), {})
    assert (unexplained.lines, unexplained.rest) == ((), 100)


@given(st.integers(-(10**30), 10**30), st.integers(-1_000, 1_000), st.integers(1, 10**9))
def test_shares_are_rounded_half_to_even(amount: int, above: int, below: int) -> None:
    found, doubled = share_of(amount, above, below), 2 * amount * above
    assert abs(2 * found * below - doubled) <= below
    if abs(2 * found * below - doubled) == below:
        assert found % 2 == 0
    assert share_of(amount, above, -below) == share_of(-amount, above, below)


@pytest.mark.parametrize(("to", "expected"), [(300, 100), (0, 0), (600, 200)])
def test_another_week_is_brought_to_what_is_usual(to: int, expected: int) -> None:
    sums: Any = {(): 900, (("model", "mini"),): 300}
    assert scaled(sums, 900, to) == {(): to, (("model", "mini"),): expected}


def test_calls_that_say_not_what_they_are_for_are_named_by_their_api_key() -> None:
    stray = row("unknown", 0, 900, (0, 90), prompt_version="unknown", api_key="key_batch")
    own = [
        ({**names, "api_key": ("key_web", "key_batch")[n % 2]}, amounts)
        for n, (names, amounts) in enumerate(CALM)
    ]
    assert first(explained([*own, stray])) == {"endpoint_tag": "unknown", "api_key": "key_batch"}
