"""A real SMTP server on loopback, and what came to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class PostOffice:
    """Takes mail for everybody but those it `refuses`; keeps it in order. `url` leads to it."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refuses: bool = False

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """What makes an installation send its mail here."""
        return {
            "smtp_url": self.url,
            "mail_from": "Farthing <costs@example.com>",
            "public_url": "https://costs.example.com",
        }

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - as the server calls it
        if self.refuses:
            return "554 no"
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        return "250 taken"

    def log_in(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any
    ) -> AuthResult:
        self.logins.append(f"{data.login.decode()}:{data.password.decode()}")
        return AuthResult(success=True)


@asynccontextmanager
async def post_office(*, needs_login: bool = False) -> AsyncIterator[PostOffice]:
    """One that is open for as long as the block runs."""
    office = PostOffice()

    def connection() -> SMTP:
        return SMTP(
            office,
            authenticator=office.log_in,
            auth_required=needs_login,
            auth_require_tls=False,
            hostname="localhost",
        )

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    async with server:
        yield office


def link_in(mail: EmailMessage) -> str:
    """The one address in the text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    (link,) = [word for word in body.get_content().split() if word.startswith("http")]
    return str(link)
