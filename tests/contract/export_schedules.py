"""Scheduled exports for tests."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from farthing.rules.export_schedule import BucketSecret, Destination, ExportSchedule
from tests.contract.samples import AT, WORKSPACE_ID

BUCKET: Final = Destination(
    kind="s3", endpoint="https://s3.example.com", region="eu-1", bucket="costs", prefix="a", key_id="AK"
)
SECRET: Final = BucketSecret("sesame")


def export_schedule(name: str = "nightly", **fields: Any) -> ExportSchedule:
    plain = ExportSchedule(
        workspace_id=WORKSPACE_ID,
        name=name,
        what="summary",
        format="csv",
        dimensions=("model", "user_id"),
        filters=(("dataMode", "real"), ("model", "!gpt")),
        every="daily",
        at_minute=180,
        timezone="Europe/Vienna",
        destination=BUCKET,
        next_start=AT,
        next_at=AT,
        created_by=1,
        created_at=AT,
    )
    return replace(plain, **fields)
