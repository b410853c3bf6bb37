"""Codes of the ledger in words that people read. A test holds them to the codes there are."""

from __future__ import annotations

from typing import Final

MATCHED_BY: Final[dict[str, str]] = {
    "exact": "the name is in the price book as sent",
    "alias": "the price book knows the name as another name of the model",
    "dated_suffix": "the name is in the price book without its date",
    "prefix": "the name with its provider before it, or another provider's list price; please check it",
    "fine_tune": "the price of a fine-tuned model, never that of its base; please check it",
    "unknown": "no name in the price book fits",
}
REASONS: Final[dict[str, str]] = {
    "unknown_model": "the model is not in the price book",
    "unknown_provider": "the provider is not in the price book",
    "tier_not_priced": "the price book has no price for this service tier",
    "region_not_priced": "the price book has no price for this region",
    "unit_not_priced": "the price book has no rate for this unit",
    "no_price_at_time": "the price book has no price for the time of the call",
    "unsplit_total": "only a total was sent: priced by its cheaper side, the least it can have cost",
}
_UNITS: Final[dict[str, str]] = {
    "input_uncached": "Input",
    "cache_read": "Cached input, read",
    "cache_write_5m": "Cache write, 5 minutes",
    "cache_write_1h": "Cache write, 1 hour",
    "cache_write": "Cache write",
    "audio_input": "Audio input",
    "image_input": "Image input",
    "video_input": "Video input",
    "audio_cache_read": "Cached audio input, read",
    "output_visible": "Output",
    "reasoning": "Reasoning",
    "audio_output": "Audio output",
    "image_output": "Image output",
    "web_searches": "Web searches",
    "tool_calls": "Tool calls",
    "search_units": "Search units",
    "pages": "Pages",
    "audio_seconds": "Seconds of audio",
    "requests": "Fee per request",
    "unsplit": "Total, not split",
}
_OPEN: Final = (
    "is ",
    "are ",
    "must ",
    "may ",
    "can\u2019t ",
    "can't ",
    "has ",
    "lies ",
    "excludes ",
    "names ",
)


def unit_label(unit: str) -> str:
    """The unit's name on pages."""
    return _UNITS.get(unit, unit.replace("_", " ").capitalize())


def sentence(refusal: str) -> str:
    """What an action says of a refusal, as people write it: with a capital and a full stop."""
    return f"{refusal[:1].upper()}{refusal[1:]}."


def problem_text(message: str) -> str:
    """What is wrong with a field, as a sentence beside it: many a message leaves out what it is about."""
    if message.startswith(_OPEN):
        return sentence(f"this {message}")
    told, is_value, rest = message.removeprefix("(").partition(") ")
    is_about_value = message.startswith("(") and is_value and rest.startswith(_OPEN)
    # What somebody typed stays as it is: `gpt-4` is no model, and neither is `Gpt-4`.
    return f"{told} {rest}." if is_about_value else sentence(message)
