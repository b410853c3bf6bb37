"""How Amazon Bedrock writes the names of its models: an inference profile puts an area before the id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

PROVIDER: Final = "aws"
"""Bedrock's id in genai-prices."""

_REGIONAL: Final = "regional."
"""What genai-prices writes before ids that cost the same in every area, but not in the global profile."""
_AREAS: Final = ("us.", "eu.", "apac.", "au.", "jp.", "in.", "ca.", "us-gov.")


def names(model_id: str) -> Iterator[str]:
    """The ids that senders use for a model of genai-prices.

    A model without a mark is priced as in us-east-1, so only the profile of that area is taken for it: other
    areas may cost more.
    """
    if model_id.startswith(_REGIONAL):
        bare = model_id.removeprefix(_REGIONAL)
        yield bare
        yield from (area + bare for area in _AREAS)
    elif not model_id.startswith("global."):
        yield _AREAS[0] + model_id
