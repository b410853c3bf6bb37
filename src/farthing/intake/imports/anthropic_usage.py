"""Anthropic's usage of an organization: sums of tokens, which don't say of how many requests.

So no row can be told to be one call, and none is stored; what is summed is shown. The Admin API and the CSV
of the console hold the same under other names.
"""

from __future__ import annotations

from typing import Final

from farthing.intake.imports.cells import Row, count, inner, text
from farthing.intake.imports.format import Defaults, Format, Outcome, Skipped, Summed
from farthing.intake.imports.sums import EMPTY

_INPUTS: Final = (
    *("uncached_input_tokens", "cache_read_input_tokens", "usage_input_tokens_no_cache"),
    *("usage_input_tokens_cache_write_5m", "usage_input_tokens_cache_write_1h"),
    *("usage_input_tokens_cache_write", "usage_input_tokens_cache_read"),
)
_LIFETIMES: Final = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
_SHOWN: Final = "shown as a sum"
_COLUMNS: Final = {
    **dict.fromkeys((*_INPUTS, "cache_creation", "output_tokens", "usage_output_tokens"), _SHOWN),
    "model": _SHOWN,
    "model_version": _SHOWN,
    "starting_at": "the time",
    "ending_at": "the time",
    "usage_date_utc": "the time",
}
_IGNORED: Final = dict.fromkeys(
    (
        *("account_id", "api_key", "api_key_id", "context_window", "inference_geo", "server_tool_use"),
        *("service_account_id", "service_tier", "speed", "usage_type", "web_search_count", "workspace"),
        *("workspace_id", "api_key_status", "list_price_usd"),
    ),
    "nothing of it is stored",
)


def read(row: Row, defaults: Defaults) -> Outcome:  # noqa: ARG001 - every format is called alike
    written = inner(row, "cache_creation")
    input_tokens = sum(count(row, name) or 0 for name in _INPUTS)
    input_tokens += sum(count(written, name) or 0 for name in _LIFETIMES)
    output_tokens = count(row, "output_tokens", "usage_output_tokens") or 0
    if not input_tokens and not output_tokens:
        return Skipped(EMPTY)
    return Summed(text(row, "model_version", "model") or "unknown", None, input_tokens, output_tokens)


FORMAT: Final = Format(
    name="anthropic-usage",
    title="Anthropic usage of an organization",
    seen=(
        "the published description of `/v1/organizations/usage_report/messages`; of the console's CSV, "
        "headers of 2025 and 2026 in public repositories"
    ),
    identity="nothing is stored",
    marks=(
        frozenset({"uncached_input_tokens", "output_tokens", "starting_at"}),
        frozenset({"usage_date_utc", "usage_input_tokens_no_cache", "usage_output_tokens"}),
    ),
    columns=_COLUMNS,
    ignored=_IGNORED,
    read=read,
    is_summed=True,
    has_calls=False,
)
