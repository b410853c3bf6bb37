"""Which calls a command is about: one group of flags, the parameters of the API's reads by the same names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

Several = Annotated[tuple[str, ...], Parameter(negative=(), consume_multiple=False, show_default=False)]
"""A flag that may be repeated, for any of its values; `!` before a value excludes it."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Time:
    """When, and of which data mode.

    Parameters
    ----------
    range_name
        today, 24h, 7d, 14d, 30d, 90d, mtd or last_month [default: 7d].
    from_
        From this date or instant on, instead of a range.
    to
        Before this date or instant.
    timezone
        IANA time zone of dates, days and hours [default: the workspace's].
    data_mode
        real, test, demo or all [default: real].
    """

    range_name: Annotated[str | None, Parameter(name="--range")] = None
    from_: Annotated[str | None, Parameter(name="--from")] = None
    to: str | None = None
    timezone: str | None = None
    data_mode: Several = ()


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Part:
    """Which part of the calls. Flags may be repeated, for any of several; '!name' excludes one.

    Parameters
    ----------
    environment
        prod, staging, dev or all [default: all].
    provider
        This provider.
    model
        This model, by the price book's name.
    endpoint_tag
        This endpoint tag; unknown is for calls without one, here and below.
    prompt_version
        This prompt version.
    user_id
        This user.
    tenant_id
        This tenant.
    feature_tag
        This feature tag.
    api_key
        The API key of this id, such as key_1.
    status
        success, error or cache_hit.
    pricing_status
        priced, partly_priced or unpriced.
    error_code
        This error code.
    tags
        This tag, as name:value. Different names must all hold.
    """

    environment: Several = ()
    provider: Several = ()
    model: Several = ()
    endpoint_tag: Several = ()
    prompt_version: Several = ()
    user_id: Several = ()
    tenant_id: Several = ()
    feature_tag: Several = ()
    api_key: Several = ()
    status: Several = ()
    pricing_status: Several = ()
    error_code: Several = ()
    tags: Annotated[Several, Parameter(name="--tag")] = ()

    def filters(self) -> dict[str, str | list[str]]:
        """The filters that were given, by the names of the API."""
        named = {
            "environment": self.environment,
            "provider": self.provider,
            "model": self.model,
            "endpointTag": self.endpoint_tag,
            "promptVersion": self.prompt_version,
            "userId": self.user_id,
            "tenantId": self.tenant_id,
            "featureTag": self.feature_tag,
            "apiKey": self.api_key,
            "status": self.status,
            "pricingStatus": self.pricing_status,
            "errorCode": self.error_code,
            "tags": self.tags,
        }
        return {name: list(values) for name, values in named.items() if values}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Calls(Part, Time):
    """Which calls. Flags of names may be repeated, for any of several; '!name' excludes one."""

    def pairs(self, range_default: str | None = None) -> list[tuple[str, str]]:
        """As a URL would say it: for `actions.reads.asked_query`, beside what the command adds.

        `range_default` is for commands that look further back than the API does when no window is given.
        """
        window = {"range": self.range_name, "from": self.from_, "to": self.to, "timezone": self.timezone}
        if not (self.range_name or self.from_ or self.to):
            window["range"] = range_default
        pairs = [(name, value) for name, value in window.items() if value is not None]
        pairs += [("dataMode", value) for value in self.data_mode]
        return pairs + [(name, value) for name, values in self.filters().items() for value in values]


ALL = Part()
"""All of them."""
ALL_CALLS = Calls()
"""Nothing but the defaults: real calls of the last seven days."""
