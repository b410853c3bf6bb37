"""Methods that answer with something to be entered (`with client.messages.stream(...) as stream`)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from farthing_sdk.notes import note_failure
from farthing_sdk.wrapping.measure import Operation, begin
from farthing_sdk.wrapping.streams import derived, watched

if TYPE_CHECKING:
    from farthing_sdk.wrapping.measure import Measure

_DONE = "__farthing_measured__"
_START = "_farthing_start"
_kinds: dict[type, type] = {}


def manage(owner: Any, name: str, operation: Operation) -> None:
    """Replace the method `name` of the object by one whose answers give a watched stream when entered."""
    original = getattr(owner, name, None)
    if original is None or getattr(original, _DONE, False):
        return

    @functools.wraps(original)
    def measured(*arguments: Any, **named: Any) -> Any:
        manager = original(*arguments, **named)
        try:
            kind = _kinds.get(type(manager)) or _kind(type(manager))
            setattr(manager, _START, functools.partial(begin, operation, named))
            manager.__class__ = kind
        except Exception as error:  # noqa: BLE001 - the application has what it asked for
            note_failure(operation.name, error)
        return manager

    setattr(measured, _DONE, True)
    setattr(owner, name, measured)


def _kind(of: type) -> type:
    made = _kinds[of] = derived(of, _AsyncManager if hasattr(of, "__aenter__") else _Manager)
    return made


def _watch(stream: Any, run: Measure | None) -> Any:
    if run is None or run.operation.reader is None:
        return stream
    return watched(stream, run, run.operation.reader())


class _Manager:
    _farthing_of: Any

    def __enter__(self) -> Any:
        run = self.__dict__[_START]()
        try:
            stream = self._farthing_of.__enter__(self)
        except BaseException as error:
            if run is not None:
                run.failed(error)
            raise
        return _watch(stream, run)


class _AsyncManager:
    _farthing_of: Any

    async def __aenter__(self) -> Any:
        run = self.__dict__[_START]()
        try:
            stream = await self._farthing_of.__aenter__(self)
        except BaseException as error:
            if run is not None:
                run.failed(error)
            raise
        return _watch(stream, run)
