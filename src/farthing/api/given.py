"""What the app gives to handlers, by the names of their arguments.

Without the marks Litestar would guess that these are dependencies, and check their types at each request.
"""

from __future__ import annotations

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from farthing.actions.parts import Parts
from farthing.storage.contract import Membership

GivenParts: TypeAlias = NamedDependency[SkipValidation[Parts]]
"""`parts`: everything with state."""

Asker: TypeAlias = NamedDependency[SkipValidation[Membership]]
"""`membership`: the signed-in person who asks, and the workspace they ask about."""
