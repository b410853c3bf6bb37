"""`farthing send`: send calls from a terminal, and see what they cost."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from cyclopts import Parameter

from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.cli.api_line import NO_SERVER, Remote, Said, to_parts, to_server
from farthing.cli.failures import REFUSED
from farthing.cli.filter_options import Several
from farthing.cli.given import Count
from farthing.cli.place import HERE, Place, record_with
from farthing.cli.send_batches import post, with_ids
from farthing.cli.send_told import tell_answer, tell_refusal
from farthing.cli.tables import AsJson
from farthing.rules.problems import FieldProblem

_STDIN: Final = "-"
_SHOWN: Final = 60


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Fields:
    """What a call says of itself; beside a file these stand for what each of its calls says.

    Parameters
    ----------
    provider
        Who answered, such as openai.
    model
        Which model, as the provider calls it.
    input_tokens
        All input, cached tokens among them.
    output_tokens
        All output, reasoning among it.
    cached_input_tokens
        The part of the input that came from a cache.
    endpoint_tag
        Where in your application.
    prompt_version
        Which version of the prompt.
    feature_tag
        Which feature.
    user_id
        Which user.
    tenant_id
        Which customer.
    status
        success, error or cache_hit; without a file it is success.
    latency_ms
        How long it took.
    data_mode
        real, test or demo [default: as the key says].
    environment
        prod, staging or dev [default: as the key says].
    external_request_id
        Your id of the call: what comes with the same one again is a duplicate.
    created_at
        When it was, in ISO 8601 [default: now].
    field
        NAME=VALUE for any other field of the API; a value that is JSON is taken as such. May be repeated.
    """

    provider: str | None = None
    model: str | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cached_input_tokens: Count | None = None
    endpoint_tag: str | None = None
    prompt_version: str | None = None
    feature_tag: str | None = None
    user_id: str | None = None
    tenant_id: str | None = None
    status: str | None = None
    latency_ms: Count | None = None
    data_mode: str | None = None
    environment: str | None = None
    external_request_id: str | None = None
    created_at: str | None = None
    field: Several = ()

    def given(self) -> dict[str, Any]:
        """The fields that were given, by their names on the wire. Raises InvalidInputError."""
        named = {
            "provider": self.provider,
            "model": self.model,
            "inputTokens": self.input_tokens,
            "outputTokens": self.output_tokens,
            "cachedInputTokens": self.cached_input_tokens,
            "endpointTag": self.endpoint_tag,
            "promptVersion": self.prompt_version,
            "featureTag": self.feature_tag,
            "userId": self.user_id,
            "tenantId": self.tenant_id,
            "status": self.status,
            "latencyMs": self.latency_ms,
            "dataMode": self.data_mode,
            "environment": self.environment,
            "externalRequestId": self.external_request_id,
            "createdAt": self.created_at,
        }
        told = {name: value for name, value in named.items() if value is not None}
        return told | dict(_named(each) for each in self.field)


def _named(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise InvalidInputError([FieldProblem("--field", f"must be NAME=VALUE, not {text[:_SHOWN]!r}")])
    try:
        return name, msgspec.json.decode(value.encode())
    except msgspec.DecodeError:
        return name, value


NOTHING: Final = Fields()


def send(
    file: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    *,
    fields: Fields = NOTHING,
    remote: Remote = NO_SERVER,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Send a call, or those of a file, and print what they cost, with the receipt or the reasons.

    They go to --server, else into the database of --data; either way as an application would send
    them with the key. The exit code is 1 if any was refused.

    A file goes in batches, each answered as it comes; when one fails, how many calls are stored by then is
    said. Calls of a file that have no externalRequestId get one from what they hold, so that the file can be
    sent again: what is there already is a duplicate. Of standard input this holds for calls that say when
    they were.

    Parameters
    ----------
    file
        A file of calls as the API takes them: one object, a list, or one object a line; - is standard input.
        Without it the flags are the call.
    as_json
        Print the answers of the API as they are, one a line.
    """
    calls = _calls(file, fields.given())
    if remote.api_key is None:
        told = "is needed, or FARTHING_API_KEY; `farthing key create` makes one"
        raise InvalidInputError([FieldProblem("--api-key", told)])
    tell_one = _tell_json if as_json else _tell
    if not _sent(remote.url, remote.api_key, place, calls, tell_one):
        sys.exit(REFUSED)


def _tell_json(answer: Said, before_count: int) -> None:  # noqa: ARG001 - as the API says it
    print(msgspec.json.encode(answer.body).decode(), flush=True)


def _tell(answer: Said, before_count: int) -> None:
    if answer.is_good:
        tell_answer(answer.body, before_count)
    else:
        tell_refusal(answer)


def _calls(file: str | None, given: dict[str, Any]) -> list[Any]:
    """What to send. Raises InvalidInputError."""
    if file is None:
        if not given:
            told = "is needed, or flags such as --provider, --model, --input-tokens and --output-tokens"
            raise InvalidInputError([FieldProblem("FILE", told)])
        return [{"status": "success"} | given]
    found = _read(file)
    if not found:
        raise InvalidInputError([FieldProblem("FILE", f"{file} holds no call")])
    merged = [each | given if isinstance(each, dict) else each for each in found]
    return with_ids(merged, is_dated=file == _STDIN)


def _read(file: str) -> list[Any]:
    try:
        body = sys.stdin.read().encode() if file == _STDIN else Path(file).read_bytes()
    except OSError as error:
        raise InvalidInputError([FieldProblem("FILE", f"{file} can't be read: {error.strerror}")]) from error
    try:
        whole = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        lines = [line for line in body.splitlines() if line.strip()]
        if len(lines) > 1:
            return [_line(line, file, number) for number, line in enumerate(lines, 1)]
        if not lines:
            return []
        raise InvalidInputError([FieldProblem("FILE", f"{file} is no JSON: {error}")]) from error
    return whole if isinstance(whole, list) else [whole]


def _line(line: bytes, file: str, number: int) -> Any:
    try:
        return msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        raise InvalidInputError([FieldProblem("FILE", f"{file}, line {number}: {error}")]) from error


def _sent(
    url: str | None, api_key: str, place: Place, calls: list[Any], told: Callable[[Said, int], None]
) -> bool:
    """Whether all were taken; `told` is each answer: one for a single call, else one for each batch."""
    if url is not None:

        async def over_network() -> bool:
            async with to_server(url, api_key) as line:
                return await post(line, calls, told)

        return asyncio.run(over_network())

    async def into_database(parts: Parts) -> bool:
        async with to_parts(parts, api_key) as line:
            return await post(line, calls, told)

    return record_with(place, into_database)
