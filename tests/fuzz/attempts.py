"""What is sent to an operation of the description, and what is asked of each answer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import one_of
from schemathesis import Case, GenerationMode, SerializationContext
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.fuzz.tenants import MARK, Served

Operation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[Any]

EXPLORES: Final = os.environ.get("FARTHING_EXAMPLES") == "explore"
EXAMPLES: Final = 500 if EXPLORES else 8
_DRAWN: Final = settings(suppress_health_check=list(HealthCheck), database=None)
_MODES: Final = list(GenerationMode)
_SECONDS_MAX: Final = 20
_TAKEN: Final = ("parameters", "requestBody")
_CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    unsupported_method,
]


@schemathesis.serializer("application/x-ndjson")
def _lines(_: SerializationContext, value: Any) -> bytes:
    """Text as it is, anything else as one line of JSON."""
    return value.encode(errors="surrogatepass") if isinstance(value, str) else json.dumps(value).encode()


@dataclass
class Attempts:
    """Sends cases with the same credentials, and keeps what was wrong with the answers."""

    served: Served
    credentials: dict[str, str]
    session: requests.Session
    answered: dict[str, set[int]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    enumerated: set[str] = field(default_factory=set)

    def draw(self, operation: Operation, share: int) -> None:
        """Random cases, right and wrong ones, one in `share` of all; the first that fails is made smaller."""
        cases = one_of([operation.as_strategy(generation_mode=mode) for mode in _MODES])
        count = EXAMPLES // share if takes_anything(operation) else 1
        drawn = settings(_DRAWN, max_examples=count)
        try:
            drawn(given(case=cases)(self._checked))()
        except (Failure, FailureGroup, AssertionError) as error:
            self._note(operation, error)

    def enumerate(self, operation: Operation) -> None:
        """Each parameter at and beyond its bounds, each field missing or of another kind; each method.

        Of operations that take the same, the first stands for all, unless there is time.
        """
        raw = operation.definition.raw
        taken = json.dumps([raw.get(each) for each in _TAKEN], sort_keys=True)
        if not EXPLORES and taken in self.enumerated:
            return
        self.enumerated.add(taken)
        for case in _deliberate(operation):
            try:
                self._checked(case)
            except (Failure, FailureGroup, AssertionError) as error:
                self._note(operation, error)

    def _checked(self, case: AnyCase) -> None:
        response = case.call(headers=self.credentials, session=self.session, timeout=_SECONDS_MAX)
        self.answered.setdefault(case.operation.label, set()).add(response.status_code)
        case.validate_response(response, checks=_CHECKS)
        assert MARK not in response.text, f"{case.as_curl_command()} tells of the neighbour"
        if any(value in self.served.theirs.ids[name] for name, value in case.path_parameters.items()):
            assert response.status_code not in (200, 201, 202), f"{case.as_curl_command()} reaches over"

    def _note(self, operation: Operation, error: BaseException) -> None:
        told = error.exceptions if isinstance(error, BaseExceptionGroup) else (error,)
        self.wrong += [f"{operation.label}: {each}" for each in told]


def only_asks(operation: Operation) -> bool:
    """Whether all it takes is a query, which is read before any database is asked."""
    raw = operation.definition.raw
    return "requestBody" not in raw and all(each["in"] == "query" for each in raw.get("parameters", ()))


def takes_anything(operation: Operation) -> bool:
    """Whether requests to it can differ."""
    raw = operation.definition.raw
    return any(raw.get(each) for each in _TAKEN)


def _deliberate(operation: Operation) -> Iterator[AnyCase]:
    """The cases that schemathesis derives from the schema one by one."""
    config = operation.schema.config.generation_for(operation=operation, phase="coverage")
    make: Callable[..., Iterator[AnyCase]] = operation.schema.iter_coverage_cases
    return make(operation, generation_modes=_MODES, generation_config=config)
