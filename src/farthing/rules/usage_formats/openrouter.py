"""OpenRouter: chat completions and responses, whichever provider answered, with what the call cost.

Counts lie inside their totals, as OpenAI's do. `cost` is what OpenRouter charged, in USD, and holds the
provider's `upstream_inference_cost`. With the caller's own key (`is_byok`) it is a small fee or nothing, and
the provider charges besides: then the upstream cost is more than `cost`. What OpenRouter answers in the shape
of Anthropic's messages is read as such.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from farthing.rules.money import PICO_PER_USD
from farthing.rules.usage_formats.fields import Fields
from farthing.rules.usage_formats.format import Format, Raw, keys_of
from farthing.rules.usage_formats.reading import Reading, Side

_PICOUSD_MAX: Final = 2**63 - 1
_ANTHROPIC: Final = frozenset({"cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation"})


def read(usage: Fields) -> Reading:
    input_ = usage.inner("prompt_tokens_details", "input_tokens_details")
    output = usage.inner("completion_tokens_details", "output_tokens_details")
    return Reading(
        input=Side(
            "input_uncached",
            usage.count("prompt_tokens", "input_tokens"),
            inside=input_.parts(
                cache_read="cached_tokens",
                cache_write="cache_write_tokens",
                audio_input="audio_tokens",
                image_input="image_tokens",
                video_input="video_tokens",
            ),
        ),
        output=Side(
            "output_visible",
            usage.count("completion_tokens", "output_tokens"),
            inside=output.parts(
                reasoning="reasoning_tokens", audio_output="audio_tokens", image_output="image_tokens"
            ),
        ),
        total=usage.count("total_tokens"),
        others=usage.inner("server_tool_use").parts(web_searches="web_search_requests"),
        service_tier=usage.text("service_tier"),
        reported_cost_picousd=_cost_picousd(usage),
    )


def _cost_picousd(usage: Fields) -> int | None:
    """All that was charged, to the nearest pico-dollar; None where it is not told or no amount."""
    charged = _amount(usage.number("cost"))
    upstream = _amount(usage.inner("cost_details").number("upstream_inference_cost"))
    if charged is None:
        return None
    cost = charged + upstream if upstream is not None and upstream > charged else charged
    picousd = int((cost * PICO_PER_USD).to_integral_value())
    return picousd if 0 <= picousd <= _PICOUSD_MAX else None


def _amount(number: float | None) -> Decimal | None:
    """The decimal that was written; through its text, as the float itself is only near to it."""
    amount = None if number is None else Decimal(str(number))
    return amount if amount is not None and amount.is_finite() else None


def _is_shape(raw: Raw) -> bool:
    keys = keys_of(raw)
    names = (("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"))
    has_counts = any(keys.issuperset(pair) for pair in names)
    has_cost = isinstance(raw.get("cost"), int | float) or bool({"is_byok", "cost_details"} & set(raw))
    return has_counts and has_cost and not _ANTHROPIC & set(raw)


FORMAT = Format(
    name="openrouter",
    title="OpenRouter chat completions and responses",
    source_url="https://openrouter.ai/docs/use-cases/usage-accounting",
    needs=(("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens")),
    is_shape=_is_shape,
    read=read,
)
