"""The token buckets that all servers of a PostgreSQL share: one row a key, settled by one statement."""

from __future__ import annotations

from typing import Final

SETTLE: Final = """
WITH moment AS MATERIALIZED (
    SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000000 AS bigint) AS now_ns
), settled AS (
    INSERT INTO rate_bucket AS bucket (api_key_id, full_at_ns)
    SELECT taken.api_key_id, now_ns + taken.ns
    FROM unnest($1::bigint[], $2::bigint[]) AS taken (api_key_id, ns), moment
    ORDER BY taken.api_key_id
    ON CONFLICT (api_key_id) DO UPDATE SET full_at_ns =
        greatest(bucket.full_at_ns, (SELECT now_ns FROM moment))
        + excluded.full_at_ns - (SELECT now_ns FROM moment)
    RETURNING api_key_id, full_at_ns
)
SELECT api_key_id, full_at_ns - now_ns FROM settled, moment
"""
"""Keys and nanoseconds taken, as arrays; gives back how far ahead each bucket is full.

In the order of the keys, so that servers which settle the same ones wait for each other in one direction.
The database's clock is the one that all share.
"""
