"""Which addresses messages may be sent to."""

from __future__ import annotations

import pytest

from farthing.rules.destinations import address_problem, first_problem, networks

# fmt: off
REFUSED = [
    "0.0.0.0",  # noqa: S104 - it is not listened on
    "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
    "127.255.255.254", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "168.63.129.16", "::", "::1", "::127.0.0.1", "::8.8.8.8",
    "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe", "0:0:0:0:0:ffff:7f00:0001", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2001:10::1",
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "ff0e::1",
]
TAKEN = [
    "1.1.1.1", "8.8.8.8", "11.0.0.1", "93.184.216.34", "100.63.255.255", "100.128.0.1",
    "126.255.255.255", "128.0.0.1", "169.253.1.1", "172.15.0.1", "172.32.0.1", "192.167.1.1",
    "192.169.1.1", "223.255.255.254", "2606:4700:4700::1111", "2a00:1450:4001::200e",
    "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
]
# fmt: on


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert address_problem(address, ()) is not None


@pytest.mark.parametrize("address", TAKEN)
def test_what_is_public_is_taken(address: str) -> None:
    assert address_problem(address, ()) is None


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "1.1.1.1.", " "]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert address_problem(text, networks(["0.0.0.0/0", "::/0"])) is not None


def test_what_the_operator_allows_is_taken_in_every_way_it_is_written_and_nothing_beside() -> None:
    allowed = networks(["10.1.0.0/16", "fd00:1::/32"])
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "fd00:1::5"):
        assert address_problem(address, allowed) is None
    for address in ("10.2.0.1", "127.0.0.1", "::ffff:10.2.0.1", "fd00:2::5", "169.254.169.254"):
        assert address_problem(address, allowed) is not None


def test_one_bad_address_among_good_ones_is_enough() -> None:
    assert first_problem(["8.8.8.8", "10.0.0.1", "1.1.1.1"], ()) == "10.0.0.1 is not a public address"
    assert first_problem(["8.8.8.8"], ()) is None
