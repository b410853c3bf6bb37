"""The ways out of here, one for each kind of channel."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from farthing.notify.letters import mail_of
from farthing.notify.library import Library
from farthing.notify.mail import Mailer, MailError
from farthing.notify.message import Letter
from farthing.notify.outcome import Outcome, failed, sent
from farthing.notify.reach import Reach, Resolve, resolve
from farthing.rules.channel import ChannelKind, ChannelSecret

NO_MAIL: Final = "this server sends no mail: smtp_url is not set"
SECONDS_MAX: Final = 20
"""What an attempt takes at most, whatever its kind."""


@dataclass(frozen=True)
class Carriers:
    """Mail goes out where a mail server is set."""

    reach: Reach
    library: Library
    mailer: Mailer | None = None
    look_up: Resolve = resolve

    async def carry(self, kind: ChannelKind, secret: ChannelSecret, letter: Letter, at: int) -> Outcome:
        """Make one attempt, `at` UTC milliseconds."""
        try:
            async with asyncio.timeout(SECONDS_MAX):
                return await self._carry(kind, secret, letter, at)
        except TimeoutError:
            return failed(f"not done within {SECONDS_MAX} s")

    async def _carry(self, kind: ChannelKind, secret: ChannelSecret, letter: Letter, at: int) -> Outcome:
        if kind == "email":
            return await self._mail(secret, letter)
        if kind != "webhook":
            return await self.library.send(kind, secret.url, letter)
        # A server that calls nobody starts sooner without it.
        from farthing.notify.webhook import Webhooks  # noqa: PLC0415

        live = [each.text for each in secret.signing if each.ends_at is None or each.ends_at > at]
        return await Webhooks(self.reach, self.look_up).post(secret.url, letter, live, at)

    async def _mail(self, secret: ChannelSecret, letter: Letter) -> Outcome:
        if self.mailer is None:
            return failed(NO_MAIL)
        try:
            await self.mailer.send(mail_of(letter, secret.addresses))
        except MailError as error:
            return failed(error.told, is_lasting=error.is_lasting)
        return sent("taken by the mail server")
