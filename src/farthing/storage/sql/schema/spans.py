"""The tables of spans that are known for a while, and of what metrics say."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Table, Text

from farthing.storage.sql.schema.columns import big, metadata, text

span_leaf: Final = Table(
    "span_leaf",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("workspace_id", "key")),
    *big("parent_key", "trace_key", "call_key", "output_tokens", "expires_at"),
)
"""Spans that were calls, by 63-bit numbers of their ids."""

span_total: Final = Table(
    "span_total",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("workspace_id", "key")),
    *big("parent_key", "trace_key"),
    *text("ancestors"),
    *big("is_rooted", "start_at", "end_at", "token_count"),
    *text("external_request_id", "event"),
    *big("look_at", "expires_at"),
)
"""Sums of calls that are held back; `ancestors` is a list and `event` a call as JSON."""

token_metric: Final = Table(
    "token_metric",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("workspace_id", "day", "api_key_id")),
    *(Column(name, Text, primary_key=True) for name in ("provider", "model", "token_type")),
    *big("token_count"),
)
"""Tokens as senders' metrics count them (rules.token_metrics.TokenCell)."""

metric_series: Final = Table(
    "metric_series",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("workspace_id", "series")),
    *big("token_sum", "seen_ns", "expires_at"),
)
"""How far series of metrics were counted, by 63-bit numbers of them."""
