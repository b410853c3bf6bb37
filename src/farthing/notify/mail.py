"""Mail as the rest of the code knows it, and the addresses of servers that take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

SCHEMES: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
"""How a server is spoken to, and its usual port: encrypted if it offers that, always, from the first byte."""


class MailError(Exception):
    """A mail was not sent; why is in the log.

    `is_lasting`: the server will not take it later either. `told` is what it said, for whoever asked for the
    mail.
    """

    def __init__(self, message: str, told: str = "", *, is_lasting: bool = False) -> None:
        super().__init__(message)
        self.told = told
        self.is_lasting = is_lasting


@dataclass(frozen=True)
class Mail:
    """A mail to one address, or several with commas between, as plain text and as HTML.

    `message_id` is a UUID that the mail is known by, for one that may be sent again.
    """

    to: str
    subject: str
    text: str
    html: str
    message_id: str | None = None


class Mailer(Protocol):
    """Where mail is handed over."""

    async def send(self, mail: Mail) -> None:
        """Hand a mail to the server, within ten seconds. Raises MailError, which has been logged."""
        ...

    async def check(self) -> None:
        """Sign in at the server and leave again, within ten seconds. Raises MailError."""
        ...


def url_problem(url: str) -> str | None:
    """Why an address of a mail server can't be used; None when it can."""
    try:
        at = urlsplit(url)
        is_good = at.scheme in SCHEMES and bool(at.hostname) and (at.port is None or at.port > 0)
    except ValueError:
        is_good = False
    return None if is_good else "must be smtp://, smtp+starttls:// or smtps://, with user:password@ if needed"
