"""Whatever a sender counts ends up in units once, or is refused: nothing is lost, doubled or clamped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from farthing.rules.problems import FieldProblem
from farthing.rules.tokens import RULE, FlatTokens, read_flat_tokens, reading_of
from farthing.rules.usage import INPUT_UNITS, OUTPUT_UNITS, UNITS, TokenUsage, is_token_unit
from farthing.rules.usage_formats.reading import Accounting, settle

COUNT = st.one_of(st.integers(0, 4), st.integers(0, 2**53))
ANY = st.one_of(st.integers(-2, 6), st.integers(0, 2**53))
ACCOUNTING = st.sampled_from(("inclusive", "exclusive"))
CACHE = {
    "cached_input_tokens": "cache_read",
    "cache_write_tokens": "cache_write",
    "cache_write_1h_tokens": "cache_write_1h",
}
MODALITIES = {"audio_input_tokens": "audio_input", "image_input_tokens": "image_input"}
OUTPUT_PARTS = {
    "reasoning_tokens": "reasoning",
    "audio_output_tokens": "audio_output",
    "image_output_tokens": "image_output",
}
PARTS = {**CACHE, **MODALITIES, **OUTPUT_PARTS, "web_searches": "web_searches"}
UNCHECKED = st.fixed_dictionaries(
    {"input_tokens": ANY, "output_tokens": ANY},
    optional={"total_tokens": ANY, **dict.fromkeys(PARTS, ANY)},
).map(lambda fields: FlatTokens(**fields))


@st.composite
def consistent(draw: st.DrawFn, accounting: Accounting) -> FlatTokens:
    """Fields as a right sender makes them: parts first, totals from them."""
    parts = draw(st.fixed_dictionaries({}, optional=dict.fromkeys(PARTS, COUNT)))
    inside = ({**CACHE, **MODALITIES} if accounting == "inclusive" else MODALITIES).keys()
    incoming = draw(COUNT) + sum(parts.get(name, 0) for name in inside)
    outgoing = draw(COUNT) + sum(parts.get(name, 0) for name in OUTPUT_PARTS)
    return FlatTokens(input_tokens=incoming, output_tokens=outgoing, **parts)


@given(st.data(), ACCOUNTING)
def test_units_are_disjoint_and_add_up_to_what_was_sent(data: st.DataObject, accounting: Accounting) -> None:
    fields = data.draw(consistent(accounting))
    usage = read_flat_tokens(fields, accounting)
    assert isinstance(usage, TokenUsage)
    on_top = sum(getattr(fields, name) for name in CACHE) if accounting == "exclusive" else 0
    assert usage.input_tokens == fields.input_tokens + on_top
    assert usage.output_tokens == fields.output_tokens
    assert {name: usage.units.get(unit, 0) for name, unit in PARTS.items()} == {
        name: getattr(fields, name) for name in PARTS
    }
    assert set(usage.units) <= set(UNITS)
    assert all(count > 0 for count in usage.units.values())


@given(st.data(), ACCOUNTING)
def test_the_short_way_for_counts_that_agree_ends_where_the_long_one_does(
    data: st.DataObject, accounting: Accounting
) -> None:
    fields = data.draw(consistent(accounting))
    short = read_flat_tokens(fields, accounting)
    long = settle(reading_of(fields, accounting), RULE, "refuse", "success")
    assert short == long
    assert isinstance(short, TokenUsage)
    assert isinstance(long, TokenUsage)
    assert list(short.units) == list(long.units)


@given(UNCHECKED, ACCOUNTING)
def test_what_cannot_be_true_is_refused_with_its_numbers(fields: FlatTokens, accounting: Accounting) -> None:
    read = read_flat_tokens(fields, accounting)
    inside = {**CACHE, **MODALITIES} if accounting == "inclusive" else MODALITIES
    is_negative = any((count or 0) < 0 for count in asdict(fields).values())
    is_too_much = (
        sum(getattr(fields, name) for name in inside) > fields.input_tokens
        or sum(getattr(fields, name) for name in OUTPUT_PARTS) > fields.output_tokens
    )
    assert isinstance(read, TokenUsage) != (is_negative or is_too_much)
    if isinstance(read, list):
        assert read
        for item in read:
            assert isinstance(item, FieldProblem)
            assert item.field in item.message
            assert any(f"({count})" in item.message for count in asdict(fields).values())


@given(UNCHECKED, ACCOUNTING)
def test_a_flagged_contradiction_keeps_every_part_as_sent(fields: FlatTokens, accounting: Accounting) -> None:
    read = read_flat_tokens(fields, accounting, "flag")
    if isinstance(read, list):
        assert any((count or 0) < 0 for count in asdict(fields).values())
        return
    for name, unit in PARTS.items():
        sent = getattr(fields, name)
        assert read.units.get(unit, 0) == sent
    assert read.output_tokens >= fields.output_tokens
    assert read.input_tokens >= fields.input_tokens
    refused = not isinstance(read_flat_tokens(fields, accounting), TokenUsage)
    assert ("usage_inconsistent" in read.flags) == refused


@given(UNCHECKED, ACCOUNTING, st.sampled_from(("success", "error", "cache_hit")))
def test_usage_is_missing_only_from_a_success_without_any_unit(
    fields: FlatTokens, accounting: Accounting, status: str
) -> None:
    read = read_flat_tokens(fields, accounting, "flag", status)
    if isinstance(read, TokenUsage):
        assert ("usage_missing" in read.flags) == (status == "success" and not read.units)
        if "unsplit" in read.flags:  # searches are no tokens: they stand beside the unsplit total
            tokens = {unit: count for unit, count in read.units.items() if is_token_unit(unit)}
            assert tokens == {"input_uncached": fields.total_tokens}


def test_every_token_unit_is_on_one_side() -> None:
    assert not set(INPUT_UNITS) & set(OUTPUT_UNITS)
