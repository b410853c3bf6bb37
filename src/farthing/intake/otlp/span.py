"""A span as far as it matters here, whatever form it came in."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

import msgspec

from farthing.intake.otlp.attributes import Values
from farthing.intake.otlp.names import Names
from farthing.intake.otlp.texts import clean, texts_of
from farthing.rules.agent_totals import ROOT

_KEY_MASK: Final = (1 << 63) - 1
TRACE_ID_DIGITS: Final = 32
SPAN_ID_DIGITS: Final = 16


class Source(msgspec.Struct, frozen=True):
    """What sent spans: the instrumentation and the resource, of which there are few.

    `texts` is what the resource says of fields that are texts, `owned` what it says of any field by a name of
    the key's own, and `metadata` what is kept of the instrumentation.
    """

    scope: str = ""
    version: str = ""
    texts: dict[str, str] = {}
    owned: tuple[tuple[str, Any], ...] = ()
    metadata: dict[str, Any] | None = None


def source_of(scope: str, version: str, attributes: dict[str, Any], names: Names) -> Source:
    """The source of spans by what is looked at of its resource."""
    owned = names.owned(attributes)
    texts = texts_of(names.values(attributes.copy()))
    told = clean(f"{scope} {version}".strip()) if scope else None
    return Source(scope, version, texts, owned, None if told is None else {"otelScope": told})


def values_of(attributes: dict[str, Any], source: Source, names: Names) -> Values:
    """What a span's attributes say of fields, and its resource by names of the key's own before the table."""
    if not source.owned:
        return names.values(attributes)
    said = {field for field, _ in names.owned(attributes)}
    values = names.values(attributes)
    for field, value in source.owned:
        if field not in said:
            values[field] = (value, *values.get(field, ()))
    return values


class Span(msgspec.Struct, frozen=True, gc=False):
    """Ids are lower case hex, `parent_id` is empty for a root; times are nanoseconds since 1970, 0 for none.

    `first_token_ns` is the time of the event that tells of a first token, `error` what an exception event
    names. `values` are what its attributes say, `unclear` is one that came twice, with two values.
    """

    source: Source
    trace_id: str
    span_id: str
    parent_id: str
    name: str
    start_ns: int
    end_ns: int
    is_error: bool
    values: Values
    first_token_ns: int = 0
    error: str | None = None
    unclear: str | None = None

    @property
    def key(self) -> int:
        """A number for the span."""
        return key_of(self.trace_id + self.span_id)

    @property
    def parent_key(self) -> int:
        """A number for the span around it, ROOT for none."""
        return key_of(self.trace_id + self.parent_id) if self.parent_id else ROOT

    @property
    def trace_key(self) -> int:
        """A number for its trace."""
        return key_of(self.trace_id)


class Unreadable(msgspec.Struct, frozen=True):
    """A span that can't be read, and why."""

    why: str


class UnreadableError(ValueError):
    """The body is no export of spans; the message is for whoever sends it."""


@lru_cache(maxsize=8_192)
def key_of(ids: str) -> int:
    """63 bits for a text of ids, never ROOT: two that meet are once in centuries, and then one call less."""
    digest = blake2b(ids.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") & _KEY_MASK or 1
