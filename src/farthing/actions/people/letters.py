"""What mails say: as text, and the same as simple HTML."""

from __future__ import annotations

from html import escape
from typing import Final

from farthing.notify.mail import Mail

_PAGE: Final = '<!doctype html><html lang="en"><body style="font: 16px/1.5 sans-serif">{}</body></html>'


def invitation_letter(to: str, workspace: str, role: str, link: str, days: int) -> Mail:
    """The link that lets somebody join."""
    return _letter(
        to,
        f"Join {workspace} on Farthing",
        [f"You are invited to join {workspace} on Farthing as {role}."],
        link,
        [
            f"The link works once, and for {days} {'day' if days == 1 else 'days'}.",
            "If you did not expect this, ignore it: nothing happens.",
        ],
    )


def reset_letter(to: str, link: str, minutes: int) -> Mail:
    """The link that sets another password."""
    return _letter(
        to,
        "Set a new password for Farthing",
        ["Somebody asked for a new password for your Farthing account."],
        link,
        [
            f"The link works once, and for {minutes} minutes.",
            "If it was not you, ignore this: your password stays as it is.",
        ],
    )


def _letter(to: str, subject: str, opening: list[str], link: str, closing: list[str]) -> Mail:
    text = "\n\n".join([*opening, link, *closing]) + "\n"
    address = escape(link)
    lines = [*map(escape, opening), f'<a href="{address}">{address}</a>', *map(escape, closing)]
    return Mail(to, subject, text, _PAGE.format("".join(f"<p>{line}</p>" for line in lines)))
