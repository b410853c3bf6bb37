"""Learning what is usual, in a process of its own: a second of plain arithmetic must not hold up senders.

It is given an order on its standard input and answers on its standard output, both MessagePack.
"""

from __future__ import annotations

import sys

import msgspec

from farthing.rules.watching import History, Learnt, learn


class Order(msgspec.Struct, frozen=True):
    """Histories of the same hours, and when they are learnt from."""

    histories: list[History]
    hours_of_week: list[int]
    now: int


def learn_all(order: Order) -> list[Learnt]:
    """What is usual of each."""
    return [learn(each, order.hours_of_week, order.now) for each in order.histories]


def main() -> int:
    order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Order)
    sys.stdout.buffer.write(msgspec.msgpack.encode(learn_all(order)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
