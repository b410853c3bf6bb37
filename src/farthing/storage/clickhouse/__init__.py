"""The analytics copy in ClickHouse: a server, a cluster, or chDB, which is ClickHouse in this process.

Needs the extra `farthing[clickhouse]`, and nothing of it is loaded before a copy is asked for.
"""

from farthing.storage.clickhouse.copy import ClickhouseCopy
from farthing.storage.clickhouse.engine import Engine

__all__ = ["ClickhouseCopy", "Engine"]
