"""Passwords as commands take them: from the first line of standard input, or typed twice."""

from __future__ import annotations

import getpass
import sys

from farthing.actions.errors import InvalidInputError
from farthing.rules.problems import FieldProblem


def password_line() -> str:
    """The first line of standard input."""
    return sys.stdin.readline().rstrip("\r\n")


def secret_line(asking: str) -> str:
    """The first line of standard input, or what is typed, unseen, where somebody can type."""
    return getpass.getpass(asking) if sys.stdin.isatty() else password_line()


def password_asked() -> str:
    """A new password, typed twice. Raises InvalidInputError where nobody can type."""
    if not sys.stdin.isatty():
        raise InvalidInputError([FieldProblem("password", "pipe it in and say --password-stdin")])
    password = getpass.getpass("Password (at least 10 characters): ")
    if getpass.getpass("The same again: ") != password:
        raise InvalidInputError([FieldProblem("password", "the two differ")])
    return password
