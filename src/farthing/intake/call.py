"""The body of the ingest call (contract 3.1 and 17.4): its fields, their limits, and what is wrong with them.

Decoding is one msgspec call for a good body. A bad one is looked at again field by field, so that its sender
learns everything that is wrong at once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from farthing.rules.problems import FieldProblem
from farthing.rules.usage import TOKEN_COUNT_MAX

TEXT_MAX: Final = 200
METADATA_BYTES_MAX: Final = 4_096
TAGS_MAX: Final = 16

Text = Annotated[str, Meta(max_length=TEXT_MAX)]
Count = Annotated[int, Meta(ge=0, le=TOKEN_COUNT_MAX)]
Attempt = Annotated[int, Meta(ge=1, le=1_000_000)]


class Call(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """One reported call as sent. null equals absent; unknown fields are ignored."""

    external_request_id: Text | None = None
    provider: Text | None = None
    model: Text | None = None
    requested_model: Text | None = None
    prompt_version: Text | None = None
    endpoint_tag: Text | None = None
    feature_tag: Text | None = None
    user_id: Text | None = None
    tenant_id: Text | None = None
    data_mode: Text | None = None
    environment: Text | None = None
    status: Text | None = None
    error_code: Text | None = None
    created_at: Text | None = None
    occurred_at: Text | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    total_tokens: Count | None = None
    cached_input_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    cache_write_1h_tokens: Count | None = msgspec.field(default=None, name="cacheWrite1hTokens")
    reasoning_tokens: Count | None = None
    audio_input_tokens: Count | None = None
    audio_output_tokens: Count | None = None
    image_input_tokens: Count | None = None
    image_output_tokens: Count | None = None
    web_searches: Count | None = None
    latency_ms: Count | None = None
    time_to_first_token_ms: Count | None = None
    usage_format: Text | None = None
    token_accounting: Text | None = None
    on_inconsistent: Text | None = None
    service_tier: Text | None = None
    region: Text | None = None
    is_batch: bool | None = None
    streamed: bool | None = None
    reported_cost_usd: Decimal | None = None
    cost_usd: Decimal | None = None
    operation_id: Text | None = None
    attempt: Attempt | None = None
    trace_id: Text | None = None
    span_id: Text | None = None
    run_id: Text | None = None
    session_id: Text | None = None
    metadata: dict[str, Any] | None = None
    tags: dict[str, Any] | None = None
    usage: Any = None


_DECODER: Final = msgspec.json.Decoder(Call)
_UNTYPED: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder()
WIRE_NAMES: Final = {field.name: field.encode_name for field in msgspec.structs.fields(Call)}
"""How the API spells a field of Call."""
_FIELDS: Final = {field.encode_name: field.type for field in msgspec.structs.fields(Call)}

_WANTED: Final = {
    Text | None: f"a text of at most {TEXT_MAX} characters",
    Count | None: f"a whole number from 0 to {TOKEN_COUNT_MAX}",
    Attempt | None: "a whole number from 1 to 1000000",
    bool | None: "true or false",
    Decimal | None: "a number, or a text that holds one",
    dict[str, Any] | None: "an object",
}


def read_call(body: bytes | memoryview) -> Call | list[FieldProblem]:
    """The call a body holds, or everything that is wrong with its fields one by one."""
    try:
        call = _DECODER.decode(body)
        if is_clean(body):
            return call
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    return _problems(bytes(body))


def is_clean(body: bytes | memoryview, decode: Callable[[bytes], Any] = _UNTYPED.decode) -> bool:
    """Whether no object of the JSON names a field twice and no text holds a NUL; `decode` reads it untyped.

    The decoder keeps the last of two equal names in silence. Written again, the body would then have fewer
    quotation marks: counting them is cheap. An escaped mark would upset the count, so such bodies take the
    slow way.
    """
    whole = bytes(body)
    if b"\\u00" in whole and (b"\\u0000" in whole or b"\\u0022" in whole):
        return False
    return _ENCODER.encode(decode(whole)).count(b'"') == whole.count(b'"')


class _Repeated(dict[str, Any]):
    """An object of JSON whose names were not unique; `names` are the ones that came again."""

    names: tuple[str, ...] = ()


def parse(body: bytes) -> Any:
    """JSON with repeated names kept visible. Raises ValueError with a message for people."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"the body is not UTF-8: byte {error.start} is {body[error.start]:#04x}") from error
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"the body is not JSON: {error.msg} at character {error.pos}") from error
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = _Repeated(pairs)
    if len(value) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        value.names = tuple(name for name, count in counts.items() if count > 1)
    return value


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"the body is not JSON: {word} is no number")


def _problems(body: bytes) -> Call | list[FieldProblem]:
    try:
        return read_object(parse(body))
    except ValueError as error:
        return [FieldProblem("body", str(error))]
    except RecursionError:
        return [FieldProblem("body", "is nested too deeply")]


def read_object(value: Any) -> Call | list[FieldProblem]:
    """The call that a parsed JSON value holds, or what is wrong with each of its fields."""
    if not isinstance(value, dict):
        return [FieldProblem("body", f"must be a JSON object, not {_kind(value)}")]
    problems = list(_odd_texts(value, ""))
    for name, type_ in _FIELDS.items():
        problem = _problem(value.get(name), type_)
        if problem:
            problems.append(FieldProblem(name, problem))
    if problems:
        return problems
    try:
        return msgspec.convert(value, Call)
    except msgspec.ValidationError as error:
        return [FieldProblem("body", str(error))]


def _odd_texts(value: Any, path: str) -> list[FieldProblem]:
    """Names that came twice, and texts that no database can keep, anywhere in the value."""
    if isinstance(value, str):
        if "\0" in value:
            return [FieldProblem(path, "must not contain a NUL character")]
        if any("\ud800" <= char <= "\udfff" for char in value):
            return [FieldProblem(path, "holds half of a surrogate pair, which is no character")]
        return []
    if isinstance(value, list):
        return [
            problem for place, item in enumerate(value) for problem in _odd_texts(item, f"{path}[{place}]")
        ]
    if not isinstance(value, dict):
        return []
    lead = f"{path}." if path else ""
    problems = [FieldProblem(lead + name, "is given more than once") for name in getattr(value, "names", ())]
    for name, item in value.items():
        problems += _odd_texts(name, lead + name.replace("\0", "").encode(errors="replace").decode())
        problems += _odd_texts(item, lead + name)
    return problems


def _problem(value: Any, type_: Any) -> str | None:
    if value is None or type_ not in _WANTED:
        return None
    if type_ == Text | None and isinstance(value, str) and len(value) > TEXT_MAX:
        return f"has {len(value)} characters; at most {TEXT_MAX} are allowed"
    try:
        msgspec.convert(value, type_)
    except (msgspec.ValidationError, ArithmeticError):
        return f"must be {_WANTED[type_]}, not {_shown(value)}"
    return None


def _shown(value: Any) -> str:
    if isinstance(value, bool | int | float):
        text = json.dumps(value)
        return text if len(text) < 40 else f"a number of {len(text)} digits"  # noqa: PLR2004
    return f'the text "{value[:40]}"' if isinstance(value, str) else _kind(value)


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "an array", str: "a text", bool: "true or false", type(None): "null"}
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), "a number")
