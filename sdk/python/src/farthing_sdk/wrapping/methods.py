"""Methods of a client, replaced on that one object by ones that measure."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Callable

from farthing_sdk.active import reporter
from farthing_sdk.notes import note_failure
from farthing_sdk.wrapping.measure import Measure, Operation, begin
from farthing_sdk.wrapping.streams import watched

if TYPE_CHECKING:
    from collections.abc import Iterator

_DONE = "__farthing_measured__"
_OPTIONS = "stream_options"
_ASK = "include_usage"
_REFUSED = frozenset({400, 404, 422})


def measure(owner: Any, name: str, operation: Operation) -> None:
    """Replace the method `name` of the object, if it has one and it was not done before."""
    original = getattr(owner, name, None)
    if original is None or getattr(original, _DONE, False):
        return
    calls = _AsyncCalls if inspect.iscoroutinefunction(inspect.unwrap(original)) else _Calls
    measured = calls(original, operation).call
    replacement = functools.wraps(original)(_function(measured, is_async=calls is _AsyncCalls))
    setattr(replacement, _DONE, True)
    setattr(owner, name, replacement)


def walk(client: Any, path: str) -> Any:
    """The object at a dotted path below the client, or None."""
    found = client
    for name in path.split("."):
        found = getattr(found, name, None)
        if found is None:
            return None
    return found


def _function(call: Callable[..., Any], *, is_async: bool) -> Callable[..., Any]:
    """A plain function, as clients ask whether what they are given is a coroutine function."""
    if is_async:

        async def measured_async(*arguments: Any, **named: Any) -> Any:
            return await call(*arguments, **named)

        return measured_async

    def measured(*arguments: Any, **named: Any) -> Any:
        return call(*arguments, **named)

    return measured


class _Asking:
    """Whether a stream is asked for its usage on the application's behalf.

    Servers that do not know the question refuse it. They are asked again without it, which costs nothing as
    nothing was answered, and never again with it.
    """

    def __init__(self, operation: Operation) -> None:
        self._is_useful = operation.asks_stream_usage

    def asked(self, named: dict[str, Any]) -> dict[str, Any]:
        """The arguments with the question; the same ones when it is not for us to ask it."""
        if (
            not self._is_useful
            or named.get("stream") is not True
            or not reporter().settings.adds_stream_usage
        ):
            return named
        options = named.get(_OPTIONS)
        if options is not None and not isinstance(options, dict) and _is_given(options):
            return named
        told = options if isinstance(options, dict) else {}
        return named if _ASK in told else {**named, _OPTIONS: {**told, _ASK: True}}

    def is_to_blame(self, error: Exception) -> bool:
        """Whether the provider refused the call for the question alone; then it is not asked any more."""
        status = getattr(error, "status_code", None)
        if status not in _REFUSED or not any(word in str(error) for word in (_OPTIONS, _ASK)):
            return False
        self._is_useful = False
        return True


def _is_given(value: Any) -> bool:
    """Clients have a value for what was not given."""
    return type(value).__name__ not in {"NotGiven", "Omit"}


class _Calls:
    def __init__(self, original: Callable[..., Any], operation: Operation) -> None:
        self._original, self._operation = original, operation
        self._asking = _Asking(operation)

    def call(self, *arguments: Any, **named: Any) -> Any:
        run = begin(self._operation, named)
        if run is None:
            return self._original(*arguments, **named)
        sent = self._asking.asked(named)
        try:
            answer = self._answer(arguments, named, sent)
        except BaseException as error:
            run.failed(error)
            raise
        return finished(answer, run, named, is_asked=sent is not named)

    def _answer(self, arguments: tuple[Any, ...], named: dict[str, Any], sent: dict[str, Any]) -> Any:
        try:
            return self._original(*arguments, **sent)
        except Exception as error:
            if sent is named or not self._asking.is_to_blame(error):
                raise
        return self._original(*arguments, **named)


class _AsyncCalls(_Calls):
    async def call(self, *arguments: Any, **named: Any) -> Any:
        run = begin(self._operation, named)
        if run is None:
            return await self._original(*arguments, **named)
        sent = self._asking.asked(named)
        try:
            answer = await self._answer(arguments, named, sent)
        except BaseException as error:
            run.failed(error)
            raise
        return finished(answer, run, named, is_asked=sent is not named)

    async def _answer(self, arguments: tuple[Any, ...], named: dict[str, Any], sent: dict[str, Any]) -> Any:
        try:
            return await self._original(*arguments, **sent)
        except Exception as error:
            if sent is named or not self._asking.is_to_blame(error):
                raise
        return await self._original(*arguments, **named)


def finished(answer: Any, run: Measure, named: dict[str, Any], *, is_asked: bool) -> Any:
    """The answer, told of now or when it has been read."""
    operation = run.operation
    is_stream = operation.is_always_stream or named.get("stream") is True
    try:
        if _is_raw(answer):
            return _raw(answer, run, is_stream=is_stream, is_asked=is_asked)
        if is_stream and operation.reader is not None:
            return watched(answer, run, _reader(run, is_asked=is_asked))
        run.succeeded(operation.read(answer))
    except Exception as error:  # noqa: BLE001 - the application has its answer
        note_failure(operation.name, error)
    return answer


def _reader(run: Measure, *, is_asked: bool) -> Any:
    made = run.operation.reader() if run.operation.reader is not None else None
    if is_asked:
        made.is_asked = True  # type: ignore[union-attr]  # only readers of such streams are asked
    return made


def _is_raw(answer: Any) -> bool:
    """Whether it is the HTTP response, which the application asked for instead of what it says."""
    return type(answer).__name__ in {"LegacyAPIResponse", "APIResponse", "AsyncAPIResponse"}


def _raw(answer: Any, run: Measure, *, is_stream: bool, is_asked: bool) -> Any:
    """Read when the application reads it: whoever asks for bytes has no usage of which we could know."""
    parse = answer.parse

    def told(parsed: Any) -> Any:
        if run.is_told:
            return parsed
        if is_stream:
            return watched(parsed, run, _reader(run, is_asked=is_asked))
        _tell(parsed, run)
        return parsed

    if inspect.iscoroutinefunction(parse):

        async def parse_async(*arguments: Any, **more: Any) -> Any:
            return told(await parse(*arguments, **more))

        answer.parse = parse_async
    else:
        answer.parse = lambda *arguments, **more: told(parse(*arguments, **more))
        if not is_stream and type(answer).__name__ == "LegacyAPIResponse":
            answer.parse()  # its body has been read, and what was parsed is kept
    return answer


def _tell(parsed: Any, run: Measure) -> None:
    try:
        run.succeeded(run.operation.read(parsed))
    except Exception as error:  # noqa: BLE001 - the application has its answer
        note_failure(run.operation.name, error)


def paths(client: Any, table: dict[str, dict[str, Operation]]) -> Iterator[tuple[Any, str, Operation]]:
    """Owner, method and operation for what the client has of a table of dotted paths."""
    for path, methods in table.items():
        owner = walk(client, path)
        if owner is not None:
            for name, operation in methods.items():
                yield owner, name, operation
