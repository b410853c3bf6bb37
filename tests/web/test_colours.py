"""Colours: the same for a name everywhere, different beside each other, and readable in both themes."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.web.colours import PALETTE_SIZE, assign
from tools.files import ROOT

TOKENS: Final = (ROOT / "frontend" / "styles" / "tokens.css").read_text(encoding="utf-8")
NAMES: Final = st.lists(st.text(max_size=4), unique=True, max_size=PALETTE_SIZE)


@given(NAMES)
def test_names_of_one_chart_have_different_colours(names: list[str]) -> None:
    assert len(set(assign(names).values())) == len(names)


@given(NAMES, st.randoms())
def test_the_order_of_the_names_does_not_matter(names: list[str], random: object) -> None:
    shuffled = sorted(names, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert assign(shuffled) == assign(names)


@given(NAMES, st.data())
def test_a_familiar_name_keeps_its_colour_whatever_stands_beside_it(
    names: list[str], data: st.DataObject
) -> None:
    shown = data.draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    everything = assign(names, names)
    assert assign(shown, names) == {name: everything[name] for name in shown}


@given(NAMES, st.text(max_size=4))
def test_a_name_that_is_new_moves_no_older_one(names: list[str], new: str) -> None:
    before = assign(names, names)
    after = assign([*names, new], [*names, new])
    assert {name: after[name] for name in names} == before


def test_more_names_than_colours_are_not_refused() -> None:
    assert len(assign(str(number) for number in range(40))) == 40


def tokens(theme: int) -> dict[str, str]:
    """The colours by name; theme 0 is light, 1 is dark."""
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", TOKENS)
    return {name: pair[theme] for name, *pair in found}


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


TEXT_ON: Final = {
    "ink": ("paper", "surface", "sunken", "warn-wash", "warn-stripe"),
    "ink-soft": ("paper", "surface", "sunken", "accent-wash"),
    "ink-faint": ("paper", "surface"),
    "accent": ("paper", "surface"),
    "accent-strong": ("paper", "accent-wash", "sunken"),
    "on-accent": ("accent", "accent-strong"),
    "bad": ("paper", "surface", "bad-wash", "sunken"),
    "warn": ("paper", "surface"),
}
MARKS_ON: Final = {
    **{f"series-{n}": ("paper",) for n in (*range(PALETTE_SIZE), "rest")},
    "control": ("surface", "paper"),
    "bar": ("paper",),
}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("least", "pairs"), [(4.5, TEXT_ON), (3.0, MARKS_ON)], ids=["text", "marks"])
def test_every_colour_stands_out_from_what_it_lies_on(
    theme: int, least: float, pairs: dict[str, tuple[str, ...]]
) -> None:
    colours = tokens(theme)
    faint = {
        f"{name} on {ground}": round(contrast(colours[name], colours[ground]), 2)
        for name, grounds in pairs.items()
        for ground in grounds
        if contrast(colours[name], colours[ground]) < least
    }
    assert not faint


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_no_two_colours_of_the_palette_look_alike(theme: int) -> None:
    colours = tokens(theme)
    for one, other in combinations(range(PALETTE_SIZE), 2):
        a, b = colours[f"series-{one}"], colours[f"series-{other}"]
        distance = sum((int(a[i : i + 2], 16) - int(b[i : i + 2], 16)) ** 2 for i in (1, 3, 5)) ** 0.5
        assert distance > 30, (one, other)
