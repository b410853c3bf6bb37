"""What the app gives to handlers, by the names of their arguments.

Without the marks Litestar would guess that these are dependencies, and check their types at each request.
"""

from __future__ import annotations

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts

GivenParts: TypeAlias = NamedDependency[SkipValidation[Parts]]
"""`parts`: everything with state."""

GivenAsker: TypeAlias = NamedDependency[SkipValidation[Asker]]
"""`asker`: the signed-in person who asks, and the workspace they ask about."""
