"""The framework's document, finished.

Three things are added that handlers can't say: the ingest operations, the refusals of every operation, and
alternatives as they are meant. The framework writes `oneOf` for a union, which a whole number that may be an
integer or a number does not keep.
"""

from __future__ import annotations

from typing import Any, Final

from farthing.actions.exports import writing
from farthing.actions.reads.export_audit import MEDIA_TYPES
from farthing.api.description.ingest import ingest_paths, ingest_schemas
from farthing.api.description.otlp import otlp_paths
from farthing.api.description.refusals import Asked, refusal_answers, refusals_of

_FILES: Final = tuple(dict.fromkeys(each.partition(";")[0] for each in writing.MEDIA_TYPES.values()))
_EXPORTS: Final = {
    "/v1/export/audit": tuple(MEDIA_TYPES.values()),
    "/v1/export/report": _FILES,
    "/v1/export/requests": _FILES,
    "/v1/export/summary": _FILES,
    "/v1/exports/{export_id}/file": _FILES,
    "/v1/export-files/{token}": _FILES,
    "/metrics": ("text/plain", "application/openmetrics-text"),
}
"""What does not come as JSON alone: in which forms."""
_JSON: Final = "application/json"
_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch"})
_FRAMEWORKS_OWN: Final = "400"
"""The one refusal that the framework describes by itself, in a shape that we don't send."""


def finished(made: dict[str, Any]) -> dict[str, Any]:
    """The whole document, from the one that the framework has made, which is left as it was."""
    document: dict[str, Any] = _with_alternatives(made)
    document["paths"] = ingest_paths() | otlp_paths() | document["paths"]
    components = document.setdefault("components", {})
    components["schemas"] = components.get("schemas", {}) | ingest_schemas()
    components["responses"] = refusal_answers()
    for path, media_types in _EXPORTS.items():
        document["paths"][path]["get"]["responses"]["200"]["content"] = _files(media_types)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in _METHODS:
                _name(operation)
                _add_refusals(Asked(path, method, operation))
    return document


def _name(operation: dict[str, Any]) -> None:
    """The first line of the handler's docstring says more than the handler's name."""
    if operation.get("description"):
        operation["summary"] = operation["description"].split("\n", 1)[0]


def _add_refusals(asked: Asked) -> None:
    answers = asked.operation["responses"]
    answers.pop(_FRAMEWORKS_OWN, None)
    for status, answer in refusals_of(asked).items():
        answers.setdefault(status, answer)


def _files(media_types: tuple[str, ...]) -> dict[str, Any]:
    """What is JSON is one object; of other forms nothing more can be said."""
    names = [each.partition(";")[0] for each in media_types]
    return {name: {"schema": {"type": "object" if name == _JSON else "string"}} for name in names}


def _with_alternatives(part: Any) -> Any:
    """A copy in which every `oneOf` is an `anyOf`."""
    if isinstance(part, dict):
        return {
            "anyOf" if name == "oneOf" else name: _with_alternatives(inner) for name, inner in part.items()
        }
    return [_with_alternatives(each) for each in part] if isinstance(part, list) else part
