"""Sending mail over SMTP: text with simple HTML beside it, no tracking, nothing loaded from elsewhere."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from farthing.notify.mail import SCHEMES, Mail, MailError

_TIMEOUT_S: Final = 10.0
_log = structlog.get_logger("farthing.mail")


class SmtpMailer:
    """A Mailer over the server that an address such as smtps://user:password@host:port names."""

    def __init__(self, url: str, sender: str) -> None:
        self._at = urlsplit(url)
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        at = self._at
        try:
            await aiosmtplib.send(
                _message(mail, self._sender),
                hostname=at.hostname,
                port=at.port or SCHEMES[at.scheme],
                username=None if at.username is None else unquote(at.username),
                password=None if at.password is None else unquote(at.password),
                use_tls=at.scheme == "smtps",
                start_tls={"smtps": False, "smtp+starttls": True}.get(at.scheme),
                timeout=_TIMEOUT_S,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            # Neither the mail nor its address: the one holds a secret, the other is a person's.
            _log.warning("mail.failed", host=at.hostname, reason=type(error).__name__)
            raise MailError("the mail could not be sent; the server's log says why") from error


def _message(mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="farthing.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message
