"""What becomes of a group of documents: weighed, stored here, or sent to a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, Protocol

import msgspec

from farthing.actions.parts import Parts
from farthing.intake.batch import read_calls
from farthing.intake.call import Call, read_object
from farthing.intake.imports.format import Document
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.rules.pricebook import CardCache
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import Recorded

_ENCODER: Final = msgspec.json.Encoder()
Fate = Literal["weighed", "stored", "duplicate", "over_limit", "refused"]


class Taken(NamedTuple):
    """What became of a document, and what its call costs. `problems` are why it was refused."""

    fate: Fate
    provider: str = ""
    model: str = ""
    cost_picousd: int | None = None
    is_priced: bool = False
    problems: tuple[FieldProblem, ...] = ()


class Taker(Protocol):
    """Takes documents; answers in their order."""

    async def take(self, documents: Sequence[Document]) -> list[Taken]: ...


def read_documents(documents: Sequence[Document]) -> Sequence[Call | list[FieldProblem]]:
    """As the API reads a batch with these, so that the same is refused for the same reasons."""
    try:
        read = read_calls(_ENCODER.encode(documents))
    except UnicodeEncodeError:  # what was no UTF-8 in the file can't be written as such
        read = [read_object(document) for document in documents]
    assert not isinstance(read, FieldProblem), read  # noqa: S101 - it is an array, because we made one
    return read


class Weigher:
    """Says what calls would cost; nothing is stored."""

    def __init__(self, sender: Sender, cards: CardCache, now: int) -> None:
        self._sender = sender
        self._cards = cards
        self._now = now

    async def take(self, documents: Sequence[Document]) -> list[Taken]:
        return [_weighed(each) for each in self.understood(documents)]

    def understood(self, documents: Sequence[Document]) -> list[Understood | list[FieldProblem]]:
        """The calls with what they cost, or what is wrong with them."""
        return [
            call if isinstance(call, list) else understand(call, self._sender, self._now, self._cards)
            for call in read_documents(documents)
        ]


class Storer:
    """Stores calls in this installation, through the same writer as those that applications send."""

    def __init__(self, parts: Parts, sender: Sender) -> None:
        self._parts = parts
        self._sender = sender

    async def take(self, documents: Sequence[Document]) -> list[Taken]:
        parts = self._parts
        weigher = Weigher(self._sender, parts.prices.cards(self._sender.workspace_id), parts.clock.now())
        read = weigher.understood(documents)
        events = [each.event for each in read if isinstance(each, Understood)]
        recorded = iter(await parts.recorder.record(events) if events else ())
        return [
            _weighed(each)._replace(fate=_fate(next(recorded)))
            if isinstance(each, Understood)
            else _weighed(each)
            for each in read
        ]


def _fate(recorded: Recorded) -> Fate:
    return "over_limit" if recorded.is_over_limit else "duplicate" if recorded.is_duplicate else "stored"


def _weighed(read: Understood | list[FieldProblem]) -> Taken:
    if isinstance(read, list):
        return Taken("refused", problems=tuple(read))
    event = read.event
    return Taken("weighed", event.provider, event.model, event.cost_picousd, event.pricing_status == "priced")
