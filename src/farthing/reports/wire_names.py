"""Names of code as the API and exported files write them."""

from __future__ import annotations

from farthing.reports.measures import Measure


def camel(name: str) -> str:
    """A name of code as the API writes it: endpoint_tag is endpointTag."""
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def wire_name(measure: Measure) -> str:
    """The JSON name of a measure: camelCase, the unit last (contract 1): costUsd, latencyMsP50, errorRate."""
    if measure.kind == "milliseconds":
        return camel("latency_ms_" + measure.name.removeprefix("latency_"))
    return camel(measure.name) + ("Usd" if measure.kind == "money" else "")
