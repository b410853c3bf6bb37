"""The server's description, aimed: path parameters that are nearly always ids which exist, ours and theirs.

Random text never meets the id of anything, and what can't be found can't be leaked.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.fuzz.tenants import Served


def aimed(document: dict[str, Any], served: Served) -> dict[str, Any]:
    """A copy whose path parameters prefer the ids of both tenants."""
    whole = deepcopy(document)
    for methods in whole["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    _aim(parameter, served)
    return whole


def _aim(parameter: dict[str, Any], served: Served) -> None:
    name = parameter["name"]
    known = [*served.ours.ids[name], *served.theirs.ids[name]]
    parameter["schema"] = {"anyOf": [{"enum": served.theirs.ids[name]}, {"enum": known}, parameter["schema"]]}
