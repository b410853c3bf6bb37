"""What the hygiene report needs from a storage: counts of doubtful calls by key, endpoint, mode and flags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from farthing.rules.filters import Filters
from farthing.rules.periods import Window

NAMED: Final = ("user_id", "tenant_id", "prompt_version", "feature_tag")
"""The names that make a call look like a test, beside its endpoint, environment and key."""


@dataclass(frozen=True, kw_only=True)
class HygieneQuery:
    """The calls of a workspace in a window that pass the filters."""

    workspace_id: int
    window: Window
    filters: Filters


class HygieneGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that share the first six fields, and how many of them there are.

    `skew_bin` is rules.hygiene.skew_bin of received_at - occurred_at. `test_named` are those of which one of
    NAMED looks like a test (rules.hygiene.looks_like_test).
    """

    api_key_id: int
    endpoint_tag: str | None
    data_mode: str
    environment: str
    flags: tuple[str, ...]
    skew_bin: int | None
    requests: int
    unpriced: int
    without_prompt_version: int
    without_user: int
    without_tenant: int
    test_named: int


class IntakeKey(msgspec.Struct, frozen=True, order=True):
    """What of the posts that made no call is counted.

    `day` numbers the UTC days since 1970. `kind` is DUPLICATE, or the reason of a refusal. `data_mode` is
    empty where it is not known, as of whatever was refused.
    """

    workspace_id: int
    api_key_id: int
    day: int
    kind: str
    data_mode: str = ""


DUPLICATE: Final = "duplicate"
