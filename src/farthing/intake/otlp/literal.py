"""The counts of a usage object that was written down as Python shows it: `{'prompt_tokens': 1000, …}`.

Looked through rather than evaluated: of what is sent nothing runs, and any text takes one pass.
"""

from __future__ import annotations

import re
from typing import Final

_CHARS_MAX: Final = 16_384
_DEPTH_MAX: Final = 8
_TOKEN: Final = re.compile(r"""(?:["'](\w{1,64})["']\s?:\s?)?([{}]|(?<![\w.'"-])\d{1,18}(?![\w.'"]))""")
"""A brace or a whole number, with its name if it has one."""


def counts_of(text: str) -> dict[str, int]:
    """The whole numbers by their dotted names; nothing of a text that is too long or too deep."""
    counts: dict[str, int] = {}
    around: list[str] = []
    if len(text) > _CHARS_MAX:
        return counts
    for match in _TOKEN.finditer(text):
        name, value = match[1] or "", match[2]
        if value == "{":
            around.append(name)
            if len(around) > _DEPTH_MAX:
                return {}
        elif value == "}":
            del around[-1:]
        elif name:
            counts[".".join((*around[1:], name))] = int(value)
    return counts
