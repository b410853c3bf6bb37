"""How often signing in failed lately, by address and account: the brake on guessing (docs/sign-in.md).

Three counts, because one alone is got round: of an address at an account; of an address at any account, which
a spray over many meets; of an account from any address, which many addresses at one meet. The last must not
let strangers lock somebody out: it does not hold for addresses that the person is known at.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from farthing.actions.errors import TooManyAttemptsError
from farthing.clock import Clock

_ENTRIES_MAX: Final = 10_000
_MINUTE_MS: Final = 60_000
_SITE_BITS: Final = 64
_NAME_LENGTH_MAX: Final = 400
"""Longer than an e-mail address and a network address together."""


@dataclass(frozen=True)
class Limits:
    """How many may fail within the window before the next is refused."""

    pair_max: int
    address_max: int
    account_max: int
    window_ms: int


PASSWORDS: Final = Limits(pair_max=5, address_max=50, account_max=20, window_ms=5 * _MINUTE_MS)
CODES: Final = Limits(pair_max=5, address_max=50, account_max=10, window_ms=15 * _MINUTE_MS)
"""A code has six digits, three of a million are right, and whoever gets to guess one knows the password."""

RESETS: Final = Limits(pair_max=5, address_max=5, account_max=5, window_ms=5 * _MINUTE_MS)
"""Every link that is asked for counts: it is a mail to somebody."""


class Failures:
    """Times of failures by a name; of too many names, those that failed longest ago are forgotten."""

    def __init__(self, count_max: int, window_ms: int) -> None:
        self._count_max = count_max
        self._window_ms = window_ms
        self._times: OrderedDict[str, list[int]] = OrderedDict()

    def wait_ms(self, name: str, now: int) -> int:
        """How long until one more may be tried; 0 for now."""
        recent = self._recent(_short(name), now)
        return 0 if len(recent) < self._count_max else recent[0] + self._window_ms - now

    def add(self, name: str, now: int) -> None:
        """Count one."""
        name = _short(name)
        self._times[name] = [*self._recent(name, now), now]
        self._times.move_to_end(name)
        while len(self._times) > _ENTRIES_MAX:
            self._times.popitem(last=False)

    def take_back(self, name: str) -> None:
        """The last one was no failure."""
        times = self._times.get(_short(name))
        if times:
            times.pop()

    def forget(self, name: str) -> None:
        """None of them counts any more."""
        self._times.pop(_short(name), None)

    def _recent(self, name: str, now: int) -> list[int]:
        # A clock that was set back must not keep anybody out for as long as that, hence both bounds.
        return [at for at in self._times.get(name, ()) if 0 <= now - at < self._window_ms]


class Attempts:
    """Failures of the last minutes, in this process's memory.

    An attempt counts as failed from its start until `succeeded` says otherwise, so that many at once cannot
    slip through while the first is still being checked.
    """

    def __init__(self, clock: Clock, limits: Limits = PASSWORDS) -> None:
        self._clock = clock
        self._pairs = Failures(limits.pair_max, limits.window_ms)
        self._addresses = Failures(limits.address_max, limits.window_ms)
        self._accounts = Failures(limits.account_max, limits.window_ms)

    def is_crowded(self, account: str) -> bool:
        """Whether so many have failed at the account that only known addresses may still try."""
        return self._accounts.wait_ms(account, self._clock.now()) > 0

    def begin(self, address: str, account: str, *, is_known: bool = False) -> None:
        """Count an attempt. Raises TooManyAttemptsError, uncounted, when enough have failed lately.

        `is_known` says that the person has been at the address before.
        """
        now, site = self._clock.now(), site_of(address)
        waits = [self._pairs.wait_ms(_pair(site, account), now), self._addresses.wait_ms(site, now)]
        if not is_known:
            waits.append(self._accounts.wait_ms(account, now))
        if max(waits) > 0:
            raise TooManyAttemptsError(max(1, -(-max(waits) // 1_000)))
        self._pairs.add(_pair(site, account), now)
        self._addresses.add(site, now)
        if not is_known:
            self._accounts.add(account, now)

    def succeeded(self, address: str, account: str, *, is_known: bool = False) -> None:
        """Forget the failures of somebody who got in, and that this attempt was begun."""
        site = site_of(address)
        self._pairs.forget(_pair(site, account))
        self._addresses.take_back(site)
        if not is_known:
            self._accounts.take_back(account)


def site_of(address: str) -> str:
    """Who an address belongs to: of IPv6 the whole /64, of which a single machine has every address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    mapped = parsed.ipv4_mapped
    return str(ip_network((parsed, _SITE_BITS), strict=False)) if mapped is None else str(mapped)


def _short(name: str) -> str:
    """The names are what strangers send, and are kept."""
    return name[:_NAME_LENGTH_MAX]


def _pair(site: str, account: str) -> str:
    return f"{site} {account}"
