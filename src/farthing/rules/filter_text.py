r"""How a filter's value is written in an address: `!` before it excludes it, a tag is `name:value`.

A backslash takes away what a sign means: a value that begins with `!` is written `\!…`, one that begins with
`\!` or two backslashes has one more before it. In a tag's name every colon and backslash has one before it.
"""

from __future__ import annotations

import re
from typing import Final

EXCLUDED: Final = "!"
"""What stands before a value that is excluded."""
_ESCAPE: Final = "\\"
_MARKS: Final = (EXCLUDED, _ESCAPE)
_OF_A_NAME: Final = re.compile(r"((?:[^\\:]|\\.|\\$)*):(.*)", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\([\\:!])")


def signed(text: str) -> tuple[bool, str]:
    """Whether what is written is excluded, and the rest of the text."""
    return (True, text[1:]) if text.startswith(EXCLUDED) else (False, text)


def read_value(text: str) -> str:
    """The value that is written so, its sign taken off."""
    return text[1:] if text.startswith(_ESCAPE) and text[1:].startswith(_MARKS) else text


def written_value(value: str, *, is_excluded: bool = False) -> str:
    """The text that is read as this value."""
    sign = EXCLUDED if is_excluded else ""
    is_marked = value.startswith(EXCLUDED) or (value.startswith(_ESCAPE) and value[1:].startswith(_MARKS))
    return sign + (_ESCAPE + value if is_marked else value)


def read_tag(text: str) -> tuple[str, str] | None:
    """Name and value of a tag, its sign taken off; None for a text without a colon that ends the name."""
    found = _OF_A_NAME.fullmatch(text)
    return None if found is None else (_ESCAPED.sub(r"\1", found[1]), found[2])


def written_tag(name: str, value: str, *, is_excluded: bool = False) -> str:
    """The text that is read as this tag."""
    escaped = name.replace(_ESCAPE, _ESCAPE * 2).replace(":", _ESCAPE + ":")
    lead = _ESCAPE if escaped.startswith(EXCLUDED) else ""
    return f"{EXCLUDED if is_excluded else ''}{lead}{escaped}:{value}"
