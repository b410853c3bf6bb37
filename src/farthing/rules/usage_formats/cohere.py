"""Cohere: the `usage` of version 2, the `meta` of version 1 and of embeddings and reranking.

`billed_units` are what is charged; `tokens` count the prompt with all that Cohere puts around it, and only
matter where nothing else is told. Images that are embedded are counted apart from text. `cached_tokens` have
no price of their own: they are billed as input.
"""

from __future__ import annotations

from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Reading, Side


def read(usage: Fields) -> Reading:
    billed = usage.inner("billed_units", "tokens")
    return Reading(
        input=Side(
            "input_uncached",
            billed.count("input_tokens"),
            outside=billed.parts(image_input="image_tokens"),
        ),
        output=Side("output_visible", billed.count("output_tokens")),
        others=billed.parts(search_units="search_units"),
    )


def _is_shape(raw: Raw) -> bool:
    return "billed_units" in keys_of(raw) or "input_tokens" in keys_of(raw, "tokens")


FORMAT = Format(
    name="cohere",
    title="Cohere billed units",
    source_url="https://docs.cohere.com/reference/chat",
    needs=(("billed_units", "tokens"),),
    is_shape=_is_shape,
    read=read,
)
