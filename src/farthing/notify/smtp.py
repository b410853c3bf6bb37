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
_DOMAIN: Final = "farthing.invalid"
_LASTING: Final = 500
_FAILURES: Final = (aiosmtplib.SMTPException, OSError, ValueError)
_log = structlog.get_logger("farthing.mail")


class SmtpMailer:
    """A Mailer over the server that an address such as smtps://user:password@host:port names."""

    def __init__(self, url: str, sender: str) -> None:
        self._at = urlsplit(url)
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        try:
            async with self._client() as client:
                await client.send_message(_message(mail, self._sender))
        except _FAILURES as error:
            raise self._failed(error, "the mail could not be sent; the server's log says why") from error

    async def check(self) -> None:
        try:
            async with self._client() as client:
                await client.noop()
        except _FAILURES as error:
            raise self._failed(error, "the mail server can't be used; the server's log says why") from error

    def _client(self) -> aiosmtplib.SMTP:
        """A connection that is made, encrypted and signed in to where a block begins."""
        at = self._at
        return aiosmtplib.SMTP(
            hostname=at.hostname,
            port=at.port or SCHEMES[at.scheme],
            username=None if at.username is None else unquote(at.username),
            password=None if at.password is None else unquote(at.password),
            use_tls=at.scheme == "smtps",
            start_tls={"smtps": False, "smtp+starttls": True}.get(at.scheme),
            timeout=_TIMEOUT_S,
        )

    def _failed(self, error: Exception, message: str) -> MailError:
        """Neither the mail nor its address is logged: the one holds a secret, the other is a person's."""
        _log.warning("mail.failed", host=self._at.hostname, reason=type(error).__name__)
        return MailError(message, _told(error), is_lasting=_is_lasting(error))


def _is_lasting(error: Exception) -> bool:
    """Whether the server refuses this mail for good, and not us, or for now."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return False
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(each.code >= _LASTING for each in error.recipients)
    return isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= _LASTING


def _told(error: Exception) -> str:
    """The kind of failure and the server's code: its words may hold addresses, and names of its own."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = sorted({each.code for each in error.recipients})
        return f"the mail server refuses the address ({', '.join(map(str, codes))})"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"the mail server answered {error.code}"
    if isinstance(error, aiosmtplib.SMTPTimeoutError | TimeoutError):
        return "the mail server does not answer in time"
    return f"the mail server can't be used ({type(error).__name__})"


def _message(mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = formatdate()
    known_by = mail.message_id
    message["Message-ID"] = make_msgid(domain=_DOMAIN) if known_by is None else f"<{known_by}@{_DOMAIN}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message
