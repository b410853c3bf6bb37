"""The audit log of a workspace: who did what, when, from where, and what it was before and after.

Entries of a workspace are numbered without gaps, and each carries a digest over itself and the one before: an
entry that was changed, removed or put in between later no longer fits. Entries cut off at the end leave no
gap; whoever has noted the last digest elsewhere finds that too. Secrets never stand in an entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec

INSTALLATION: Final = 0
"""The workspace number under which stands what concerns the installation as a whole."""
BEGINNING: Final = bytes(32)
"""The digest before the first entry."""
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be entered.

    `actor` is the person's id on the wire, empty when nobody signed in did it. `via` is "page", "api",
    "command" or "job", `address` the network address where there is one. `action` is a noun and a past
    participle ("api_key.created"), `target` the thing's id on the wire. `before` and `after` hold the fields
    that changed, by their wire names: text, whole numbers, booleans, None, and lists and objects of these.
    """

    workspace_id: int
    occurred_at: int
    actor: str
    via: str
    address: str
    action: str
    target: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class Entry(NewEntry, frozen=True, kw_only=True):
    """What was entered: the workspace's `seq`-th entry, counted from 1."""

    seq: int
    digest: bytes


class Fault(msgspec.Struct, frozen=True):
    """Where a log does not hold together."""

    seq: int
    message: str


def entered(new: NewEntry, previous: Entry | None) -> Entry:
    """The entry that follows `previous` (None at the beginning)."""
    seq = 1 if previous is None else previous.seq + 1
    before = BEGINNING if previous is None else previous.digest
    return Entry(seq=seq, digest=digest(new, seq, before), **msgspec.structs.asdict(new))


def digest(entry: NewEntry, seq: int, previous: bytes) -> bytes:
    """SHA-256 over the previous digest and all of the entry, as JSON with sorted names."""
    told = [seq, *(getattr(entry, name) for name in NewEntry.__struct_fields__)]
    return sha256(previous + _ENCODER.encode(told)).digest()


def first_fault(entries: Iterable[Entry], after: Entry | None = None) -> Fault | None:
    """The first place where entries that follow `after`, in order, do not hold together; None if they do.

    Without `after` they are the workspace's log from its beginning.
    """
    first, previous = (1, BEGINNING) if after is None else (after.seq + 1, after.digest)
    for seq, entry in enumerate(entries, first):
        if entry.seq != seq:
            return Fault(seq, f"entry {seq} is missing; the next one there is {entry.seq}")
        if entry.digest != digest(entry, seq, previous):
            return Fault(seq, f"entry {seq} is not what was written, or what comes before it is not")
        previous = entry.digest
    return None


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of two descriptions of a thing, the fields that differ."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
