"""Spans of agents, workflows and chains, whose usage is the sum of their calls': which of them count.

None does as long as a call of its trace was seen by itself. Where none was, the outermost count, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

ROOT: Final = 0
"""The key of the parent of a span that has none."""


class Leaf(msgspec.Struct, frozen=True, gc=False):
    """A span that is a call. Keys are 63-bit numbers: of (trace, span), of a trace, of the call's own id."""

    key: int
    parent_key: int
    trace_key: int
    call_key: int
    output_tokens: int


class AgentTotal(msgspec.Struct, frozen=True, kw_only=True):
    """A span that repeats what its calls used, held back; times are UTC milliseconds.

    `ancestors` are the keys of spans around it as far as they are known, `is_rooted` says that these are all.
    `event` is the call that it would count as (JSON), empty once it was settled. `look_at` is when it is
    looked at next, `expires_at` when it is forgotten.
    """

    workspace_id: int
    key: int
    parent_key: int
    trace_key: int
    ancestors: tuple[int, ...]
    is_rooted: bool
    start: int
    end: int
    token_count: int
    external_request_id: str
    event: str
    look_at: int
    expires_at: int


class Settled(msgspec.Struct, frozen=True):
    """What is to become of the totals of one trace."""

    counting: tuple[AgentTotal, ...]
    repeating: tuple[AgentTotal, ...]


def settled(totals: Sequence[AgentTotal], *, has_leaf: bool) -> Settled:
    """Which totals of a trace count. More spans of the trace only ever make totals repeat others.

    So the order in which spans come does not matter to what counts in the end.
    """
    if has_leaf:
        return Settled((), tuple(totals))
    inner = {each.key for each in totals if any(is_within(each, other) for other in totals)}
    return Settled(
        tuple(each for each in totals if each.key not in inner),
        tuple(each for each in totals if each.key in inner),
    )


def is_within(inner: AgentTotal, outer: AgentTotal) -> bool:
    """Whether `outer` has what `inner` used in its sum.

    By the spans between them where these are known; else by time, if it can be: `outer` begins before, ends
    after, and used no less.
    """
    if inner.key == outer.key:
        return False
    if outer.key in inner.ancestors:
        return True
    if inner.is_rooted or inner.parent_key == outer.parent_key or inner.key in outer.ancestors:
        return False
    fits = outer.start <= inner.start and inner.end <= outer.end and inner.token_count <= outer.token_count
    is_same = (outer.start, outer.end, outer.token_count) == (inner.start, inner.end, inner.token_count)
    return fits and (not is_same or outer.key < inner.key)
