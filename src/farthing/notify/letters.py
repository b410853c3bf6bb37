"""A message in words: as plain text, and as the mail that says the same in simple HTML too."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from farthing.notify.mail import Mail
from farthing.notify.message import Letter

_PAGE: Final = '<!doctype html><html lang="en"><body style="font: 16px/1.5 sans-serif">{}</body></html>'
_ROW: Final = '<tr><td style="padding-right: 1.5em">{}</td><td>{}</td></tr>'
_SUBJECT_LENGTH_MAX: Final = 200


def text_of(letter: Letter) -> str:
    """What is told below the title: text, facts a line each, link, and whose it is."""
    facts = "\n".join(f"{fact.label}: {fact.value}" for fact in letter.message.facts)
    parts = [letter.message.text, facts, letter.url or "", _source(letter)]
    return "\n\n".join(part for part in parts if part)


def mail_of(letter: Letter, to: Sequence[str]) -> Mail:
    """The mail to all of these at once. Nothing in it is loaded from elsewhere."""
    subject = " ".join(letter.message.title.split())[:_SUBJECT_LENGTH_MAX]
    return Mail(
        ", ".join(to), subject, text_of(letter) + "\n", _PAGE.format(_body(letter)), message_id=letter.key
    )


def _body(letter: Letter) -> str:
    message = letter.message
    parts = [f'<h1 style="font-size: 1.2em">{escape(message.title)}</h1>']
    parts += [f"<p>{escape(line)}</p>" for line in message.text.splitlines() if line.strip()]
    if message.facts:
        rows = (_ROW.format(escape(fact.label), escape(fact.value)) for fact in message.facts)
        parts.append(f"<table>{''.join(rows)}</table>")
    if letter.url is not None:
        address = escape(letter.url)
        parts.append(f'<p><a href="{address}">{address}</a></p>')
    return "".join([*parts, f'<p style="color: #666">{escape(_source(letter))}</p>'])


def _source(letter: Letter) -> str:
    return f"Farthing, workspace {letter.workspace_name}"
