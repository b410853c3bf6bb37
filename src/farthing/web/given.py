"""What the application gives to the handlers of pages, by the names of their arguments."""

from __future__ import annotations

from typing import Any, TypeAlias

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts

PageRequest: TypeAlias = Request[Any, Any, Any]
"""A browser's request; who sent it is told by the session cookie, not by the framework."""

GivenParts: TypeAlias = NamedDependency[SkipValidation[Parts]]
"""`parts`: everything with state."""

GivenAsker: TypeAlias = NamedDependency[SkipValidation[Asker]]
"""`asker`: who is signed in, and the workspace they look at."""
