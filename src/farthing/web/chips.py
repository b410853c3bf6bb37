"""The filters that are on, as chips: each can be turned round, to what is left out and back, or removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from farthing.actions.reads.read_filters import FILTER_PARAMETERS
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.written_filters import TAGS
from farthing.rules.filter_text import EXCLUDED, read_tag, read_value, signed
from farthing.web.address import Address, Pair
from farthing.web.view import CHIPPED, View


@dataclass(frozen=True)
class Chip:
    """A filter that is on: the address with its opposite in its place, and the one without it."""

    dimension: str
    value: str
    is_excluded: bool
    turned: Address
    without: Address

    @property
    def says(self) -> str:
        """The filter in words."""
        return f"{self.dimension} {'is not' if self.is_excluded else 'is'} {self.value}"


def chips(view: View) -> tuple[Chip, ...]:
    """In the order of the address, and from it: the filters hold values as they are stored."""
    return tuple(_chip(view, pair) for pair in view.address.pairs if pair[0] in CHIPPED)


def chip_label(parameter: str) -> str:
    """What a parameter filters on, in a word or two."""
    return "Tag" if parameter == TAGS else DIMENSIONS[FILTER_PARAMETERS[parameter]].label


def _chip(view: View, pair: Pair) -> Chip:
    name, text = pair
    is_excluded, _ = signed(text)
    label, value = chip_words(view.key_name, pair)
    return Chip(
        dimension=label,
        value=value,
        is_excluded=is_excluded,
        turned=view.address.swap(name, text, turned_value(pair)),
        without=view.address.drop(name, text),
    )


def turned_value(pair: Pair) -> str:
    """The opposite of a filter, as it is written in the filter's place."""
    name, text = pair
    is_excluded, rest = signed(text)
    return _included(name, rest) if is_excluded else EXCLUDED + text


def _included(name: str, text: str) -> str:
    """What stood behind a sign, on its own: a sign behind the sign was a letter."""
    bare = text if name == TAGS else text.strip()
    return f"\\{bare}" if bare.startswith(EXCLUDED) else bare


def chip_words(key_name: Callable[[str], str], pair: Pair) -> tuple[str, str]:
    """What is filtered on, and for what. The name of a tag is that of a dimension of the sender's own.

    `key_name` gives the name of an API key by its id.
    """
    name, text = pair
    _, rest = signed(text)
    if name == TAGS:
        tag, value = read_tag(rest) or ("", rest)
        return f"Tag {tag}", value or "(empty)"
    value = read_value(rest.strip())
    return chip_label(name), key_name(value) if name == "apiKey" else value
