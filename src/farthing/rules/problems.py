"""What is wrong with one field of what somebody sent: a value, because such refusals are expected."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """`field` is the name on the wire, nested ones with dots and [index]; "body" is the whole."""

    field: str
    message: str
