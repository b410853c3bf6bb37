"""Which price key of genai-prices is which unit of ours."""

from __future__ import annotations

from typing import Final

from farthing.rules.pricebook import REQUEST

UNITS: Final = {
    "input_mtok": "input_uncached",
    "output_mtok": "output_visible",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_5m_mtok": "cache_write_5m",
    "cache_write_1h_mtok": "cache_write_1h",
    "input_audio_mtok": "audio_input",
    "output_audio_mtok": "audio_output",
    "cache_audio_read_mtok": "audio_cache_read",
    "input_image_mtok": "image_input",
    "output_image_mtok": "image_output",
    "input_video_mtok": "video_input",
    "output_reasoning_mtok": "reasoning",
    "web_searches_kcount": "web_searches",
    "requests_kcount": REQUEST,
}

FIVE_MINUTE_WRITE: Final = "cache_write_5m"
"""What a plain cache write is where two lifetimes have a price, as for Claude."""


def rule_of(unit: str, *, is_rounded: bool, is_below: bool) -> str | None:
    """What a receipt says of a listed rate, where there is more to say."""
    if unit == REQUEST:
        return "listed, the highest of the published fees"
    if is_below:
        return "listed, no rate of its own above the context threshold"
    return "listed, rounded half to even" if is_rounded else None
