"""Nobody reaches through a channel what only this server can."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from farthing.notify import webhook as webhook_room
from farthing.notify.connecting import CheckedBackend, RefusedDestinationError
from farthing.notify.message import Letter
from farthing.notify.outcome import Outcome
from farthing.notify.reach import Reach, resolve, url_problem
from farthing.notify.webhook import Webhooks
from farthing.rules.destinations import networks
from farthing.rules.message import kept
from tests.channels.receiver import ENDLESS, Receiver, receiving
from tests.contract.outbox import message
from tests.installations import NOW

LOOPBACK = Reach(networks(["127.0.0.0/8"]), plain_http=True)
NOWHERE = Reach((), plain_http=True)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def letter() -> Letter:
    return Letter("0b1c7a0e-1c1a-4a34-b0a5-5d7a3f5f6c11", kept(message(), 1), "w", "Analytical", None)


async def post(url: str, reach: Reach, *answers: list[str]) -> Outcome:
    """Post to an address whose name leads, look-up by look-up, to each of the answers; else as it does."""
    left = list(answers)

    async def look_up(host: str, port: int) -> list[str]:
        return left.pop(0) if left else await resolve(host, port)

    return await Webhooks(reach, look_up).post(url, letter(), [SECRET], NOW)


LOOPBACK_SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 - it is not listened on
    "0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::]",
]


@pytest.mark.parametrize("host", LOOPBACK_SPELLINGS)
async def test_this_machine_is_not_reached_in_any_spelling(receiver: Receiver, host: str) -> None:
    answers = [["127.0.0.1"]] if host.lower().startswith("localhost") else []
    outcome = await post(receiver.url(host=host), NOWHERE, *answers)
    assert (outcome.is_sent, outcome.is_lasting) == (False, True), outcome
    assert "not a public address" in outcome.reason or "is no address" in outcome.reason
    assert receiver.posted == []


@pytest.mark.parametrize("host", [each.strip("[]") for each in LOOPBACK_SPELLINGS if "local" not in each])
async def test_a_connection_is_not_made_to_this_machine_however_it_is_spelt(host: str) -> None:
    with pytest.raises(RefusedDestinationError, match="not a public address"):
        await CheckedBackend((), resolve).connect_tcp(host, 9)


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f.1", "localhost"])
async def test_where_the_operator_allows_it_the_same_spellings_arrive(receiver: Receiver, host: str) -> None:
    addresses = [["127.0.0.1"]] if host == "localhost" else []
    assert (await post(receiver.url(host=host), LOOPBACK, *addresses)).is_sent
    assert receiver.posted[0].headers["host"] == f"{host}:{receiver.port}"


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[fd00:ec2::254]/latest",
        "http://169.254.170.2/v2/credentials",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://100.100.100.200/",
        "http://168.63.129.16/machine",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://[fe80::1]/",
        "http://224.0.0.1/",
    ],
)
async def test_metadata_and_private_networks_are_not_reached(url: str) -> None:
    outcome = await post(url, LOOPBACK)
    assert (outcome.is_sent, outcome.is_lasting) == (False, True)
    assert "not a public address" in outcome.reason


async def test_a_name_with_one_private_address_is_not_called_at_any(receiver: Receiver) -> None:
    reach = Reach(networks(["127.0.0.1/32"]), plain_http=True)
    outcome = await post(receiver.url(host="two.example"), reach, ["127.0.0.1", "10.0.0.1"])
    assert outcome.reason == "not sent: 10.0.0.1 is not a public address"
    assert receiver.posted == []


async def test_a_name_that_changes_its_answer_is_looked_up_once_and_called_where_it_was_checked(
    receiver: Receiver,
) -> None:
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    reach = Reach(networks(["127.0.0.1/32"]), plain_http=True)
    outcome = await post(receiver.url(host="rebind.example"), reach, *answers)
    assert outcome.is_sent
    assert receiver.posted[0].headers["host"] == f"rebind.example:{receiver.port}"
    # The other way round: what was checked is refused, and the good answer that follows is never asked for.
    outcome = await post(receiver.url(host="rebind.example"), reach, *reversed(answers))
    assert (outcome.is_sent, outcome.reason) == (False, "not sent: 10.0.0.1 is not a public address")
    assert len(receiver.posted) == 1


async def test_the_next_address_is_tried_when_one_does_not_answer(receiver: Receiver) -> None:
    # Nobody listens at the first; the receiver listens at 127.0.0.1 alone.
    assert (await post(receiver.url(host="two.example"), LOOPBACK, ["127.0.0.9", "127.0.0.1"])).is_sent
    nobody = await post(receiver.url(host="two.example"), LOOPBACK, ["127.0.0.9"])
    assert (nobody.is_sent, nobody.is_lasting) == (False, False)


async def test_a_name_that_is_not_found_may_be_found_later() -> None:
    async def fail(host: str, port: int) -> list[str]:  # noqa: ARG001 - as the resolver is called
        raise OSError("Name or service not known")

    outcome = await Webhooks(LOOPBACK, fail).post("http://gone.example/", letter(), [SECRET], NOW)
    assert (outcome.is_sent, outcome.is_lasting) == (False, False)
    assert outcome.reason == "no answer: gone.example is not found"


async def test_a_socket_of_this_machine_is_not_reached() -> None:
    with pytest.raises(RefusedDestinationError):
        await CheckedBackend((), resolve).connect_unix_socket("/run/docker.sock")


async def test_a_body_without_end_is_not_read_to_its_end() -> None:
    async with receiving(ENDLESS) as receiver:
        outcome = await asyncio.wait_for(post(receiver.url(), LOOPBACK), 10)
    assert outcome.is_sent


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://example.com/", "must begin with https://"),
        ("ftp://example.com/", "must be such as"),
        ("file:///etc/passwd", "must be such as"),
        ("gopher://example.com/", "must be such as"),
        ("https://", "must be such as"),
        ("https:///path", "must be such as"),
        ("example.com", "must be such as"),
        ("https://user:password@example.com/", "must not hold a name or password"),
        ("https://example.com@10.0.0.1/", "must not hold a name or password"),
        ("https://example.com\\@10.0.0.1/", "must be ASCII without spaces"),
        ("https://example.com/#x", "after #"),
        ("https://example.com/a b", "without spaces"),
        ("https://example.com/\r\nHost: x", "without spaces"),
        ("https://bücher.example/", "must be ASCII"),
        ("https://example.com:0/", "must be such as"),
        ("https://example.com:99999/", "is no address"),
        ("https://[::1/", "is no address"),
        ("https://10.0.0.1/", "not a public address"),
        ("https://[::1]/", "not a public address"),
        ("https://2130706433/", "is no address"),
        ("https://example.com/" + "x" * 2_000, "is longer than"),
    ],
)
def test_what_is_no_address_of_a_webhook_is_refused_when_it_is_given(url: str, told: str) -> None:
    problem = url_problem(url, Reach())
    assert problem is not None
    assert told in problem


def test_other_addresses_are_taken() -> None:
    for url in ("https://example.com", "https://example.com:8443/a/b?c=d", "https://xn--bcher-kva.example/"):
        assert url_problem(url, Reach()) is None
    assert url_problem("http://127.0.0.1:8080/", LOOPBACK) is None


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS, and the file that a client has to trust for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=365 * 200))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file


async def test_tls_asks_for_and_verifies_the_name_though_the_address_was_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, file = certificate(tmp_path, "hooks.example.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    webhook_room._tls.cache_clear()
    try:
        async with receiving(tls=context) as receiver:
            url = receiver.url(host="hooks.example.com").replace("http://", "https://")
            assert (await post(url, LOOPBACK, ["127.0.0.1"])).is_sent
            assert receiver.names == ["hooks.example.com"]
            other = url.replace("hooks.", "other.")
            outcome = await post(other, LOOPBACK, ["127.0.0.1"])
            assert not outcome.is_sent
            assert "ertificate" in outcome.reason
        monkeypatch.delenv("SSL_CERT_FILE")
        webhook_room._tls.cache_clear()
        async with receiving(tls=context) as receiver:
            url = receiver.url(host="hooks.example.com").replace("http://", "https://")
            outcome = await post(url, LOOPBACK, ["127.0.0.1"])
            assert not outcome.is_sent
            assert receiver.posted == []
    finally:
        webhook_room._tls.cache_clear()
