"""Mail over a real SMTP server."""

from __future__ import annotations

import socket

import pytest
from structlog.testing import capture_logs

from farthing.actions.people.letters import invitation_letter, reset_letter
from farthing.notify.mail import MailError
from farthing.notify.smtp import SmtpMailer
from farthing.settings import SettingsError, load_settings
from tests.people.post_office import link_in, post_office

LINK = "https://costs.example.com/join/abc"
SENDER = "Farthing <costs@example.com>"


async def test_a_mail_arrives_as_text_and_as_html_that_loads_nothing() -> None:
    async with post_office() as office:
        letter = invitation_letter("bob@example.com", "Ada & <Sons>", "viewer", LINK, 7)
        await SmtpMailer(office.url, SENDER).send(letter)
    (mail,) = office.mails
    assert (mail["to"], mail["from"], mail["subject"]) == (
        "bob@example.com",
        SENDER,
        "Join Ada & <Sons> on Farthing",
    )
    assert link_in(mail) == LINK
    html_part = mail.get_body(("html",))
    assert html_part is not None
    html = html_part.get_content()
    assert f'<a href="{LINK}">{LINK}</a>' in html
    assert "Ada &amp; &lt;Sons&gt;" in html
    assert not any(word in html for word in ("<img", "src=", "url(", "<link", "<script"))


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # the server would rather have TLS; this is loopback
async def test_name_and_password_of_the_address_are_sent() -> None:
    async with post_office(needs_login=True) as office:
        url = f"smtp://ada:p%40ss%2Fword@127.0.0.1:{office.port}"
        await SmtpMailer(url, SENDER).send(reset_letter("ada@example.com", LINK, 60))
    assert office.logins == ["ada:p@ss/word"]
    assert len(office.mails) == 1


async def test_a_mail_that_is_refused_or_finds_nobody_is_logged_without_its_secret() -> None:
    letter = reset_letter("ada@example.com", LINK, 60)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"smtp://ada:secret@127.0.0.1:{taken.getsockname()[1]}"
        async with post_office() as office:
            office.refuses = True
            for url in (office.url, nobody, f"smtp+starttls://127.0.0.1:{office.port}"):
                with capture_logs() as lines, pytest.raises(MailError) as failure:
                    await SmtpMailer(url, SENDER).send(letter)
                assert [line["event"] for line in lines] == ["mail.failed"]
                told = f"{lines} {failure.value}"
                assert not any(word in told for word in (LINK, "ada", "secret"))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"SMTP_URL": "http://host"}, "must be smtp://"),
        ({"SMTP_URL": "smtp://host:x"}, "must be smtp://"),
        ({"SMTP_URL": "smtp://"}, "must be smtp://"),
        ({"SMTP_URL": "smtp://host"}, "needs mail_from and public_url to be set as well"),
        ({"SMTP_URL": "smtp://host", "MAIL_FROM": "a@b"}, "needs public_url to be set as well"),
    ],
)
def test_a_mail_server_is_set_up_whole_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], told: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"FARTHING_{name}", value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert told in str(refused.value)
