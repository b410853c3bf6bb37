"""What the application gives to the handlers of pages, by the names of their arguments."""

from __future__ import annotations

from typing import Any, TypeAlias

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from farthing.actions.parts import Parts
from farthing.storage.contract import Membership

PageRequest: TypeAlias = Request[Any, Any, Any]
"""A browser's request; who sent it is told by the session cookie, not by the framework."""

GivenParts: TypeAlias = NamedDependency[SkipValidation[Parts]]
"""`parts`: everything with state."""

Viewer: TypeAlias = NamedDependency[SkipValidation[Membership]]
"""`membership`: who is signed in; a handler that takes it shows nothing to anybody else."""
