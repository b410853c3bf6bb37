"""Streams, watched while the application reads them.

The stream stays the object that it was: its class becomes a class derived from its own, which looks at what
comes through. A generator has no class to derive from, and gets a stand-in.
"""

from __future__ import annotations

from types import AsyncGeneratorType, GeneratorType
from typing import TYPE_CHECKING, Any, Protocol

from farthing_sdk.notes import note_failure

if TYPE_CHECKING:
    from farthing_sdk.wrapping.measure import Measure, Reading

_CLOSED_EARLY = "stream_closed_early"
_WATCH = "_farthing_watch"
_kinds: dict[type, type] = {}


class Reader(Protocol):
    """Looks at the parts of one stream."""

    def see(self, part: Any) -> bool:
        """Whether the part is for us alone: we asked for it, the application did not."""

    def reading(self) -> Reading:
        """What the stream has said until now."""


class Watch:
    """The end of a stream is told once: read to its end, broken, or left before it."""

    def __init__(self, measure: Measure, reader: Reader) -> None:
        self._measure, self._reader = measure, reader

    def saw(self, part: Any) -> bool:
        """Look at a part; whether it is to be hidden."""
        try:
            self._measure.first()
            return self._reader.see(part)
        except Exception as error:  # noqa: BLE001 - it is the application's stream
            note_failure("stream", error)
            return False

    def ended(self) -> None:
        """It was read to its end."""
        if not self._measure.is_told:
            self._measure.succeeded(self._reader.reading(), is_stream=True)

    def failed(self, error: BaseException) -> None:
        """It broke."""
        if not self._measure.is_told:
            self._measure.failed(error, self._reader.reading(), is_stream=True)

    def closed(self) -> None:
        """Nobody reads it any more; what it has used is known as far as it was told."""
        if not self._measure.is_told:
            reading = self._reader.reading()
            reading.error_code = reading.error_code or _CLOSED_EARLY
            self._measure.succeeded(reading, is_stream=True)


def watched(stream: Any, measure: Measure, reader: Reader) -> Any:
    """The stream, watched; or as it is, when it can not be."""
    try:
        watch = Watch(measure, reader)
        if isinstance(stream, GeneratorType):
            return _Generator(stream, watch)
        if isinstance(stream, AsyncGeneratorType):
            return _AsyncGenerator(stream, watch)
        kind = _kinds.get(type(stream)) or _kind(type(stream))
        setattr(stream, _WATCH, watch)
        stream.__class__ = kind
    except Exception as error:  # noqa: BLE001 - it is the application's stream
        note_failure("stream", error)
    return stream


def _kind(of: type) -> type:
    made = _kinds[of] = derived(of, _AsyncWatched if hasattr(of, "__anext__") else _Watched)
    return made


def derived(of: type, pattern: type) -> type:
    """A class derived from `of`, with the methods of `pattern`, that objects of `of` may be changed to.

    It adds no slot and has no other base, as its objects must be laid out as those of `of`. Methods find the
    ones they stand before in `_farthing_of`.
    """
    methods = {name: value for name, value in vars(pattern).items() if callable(value)}
    return type(
        of.__name__, (of,), {**methods, "__module__": of.__module__, "__slots__": (), "_farthing_of": of}
    )


def _copied(stream: Any) -> Any:
    """A copy, as some clients make for themselves, is of the class it was copied from, and not watched."""
    copied = object.__new__(stream._farthing_of)  # noqa: SLF001 - our own
    copied.__dict__.update({name: value for name, value in stream.__dict__.items() if name != _WATCH})
    return copied


def _dropped(stream: Any) -> None:
    watch = stream.__dict__.get(_WATCH)
    if watch is not None:
        watch.closed()
    above = getattr(stream._farthing_of, "__del__", None)  # noqa: SLF001 - our own
    if above is not None:
        above(stream)


class _Watched:
    _farthing_of: Any

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        watch: Watch = self.__dict__[_WATCH]
        while True:
            try:
                part = self._farthing_of.__next__(self)
            except StopIteration:
                watch.ended()
                raise
            except BaseException as error:
                watch.failed(error)
                raise
            if not watch.saw(part):
                return part

    def close(self, *arguments: Any, **more: Any) -> Any:
        self.__dict__[_WATCH].closed()
        return self._farthing_of.close(self, *arguments, **more)

    __copy__ = _copied
    __del__ = _dropped


class _AsyncWatched:
    _farthing_of: Any

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> Any:
        watch: Watch = self.__dict__[_WATCH]
        while True:
            try:
                part = await self._farthing_of.__anext__(self)
            except StopAsyncIteration:
                watch.ended()
                raise
            except BaseException as error:
                watch.failed(error)
                raise
            if not watch.saw(part):
                return part

    async def close(self, *arguments: Any, **more: Any) -> Any:
        self.__dict__[_WATCH].closed()
        return await self._farthing_of.close(self, *arguments, **more)

    __copy__ = _copied
    __del__ = _dropped


class _Generator:
    """Stands in for a generator."""

    def __init__(self, generator: Any, watch: Watch) -> None:
        self._generator, self._watch = generator, watch

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        try:
            while True:
                part = next(self._generator)
                if not self._watch.saw(part):
                    return part
        except StopIteration:
            self._watch.ended()
            raise
        except BaseException as error:
            self._watch.failed(error)
            raise

    def close(self) -> None:
        self._watch.closed()
        self._generator.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._generator, name)

    def __del__(self) -> None:
        self._watch.closed()


class _AsyncGenerator:
    """Stands in for an asynchronous generator."""

    def __init__(self, generator: Any, watch: Watch) -> None:
        self._generator, self._watch = generator, watch

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> Any:
        try:
            while True:
                part = await self._generator.__anext__()
                if not self._watch.saw(part):
                    return part
        except StopAsyncIteration:
            self._watch.ended()
            raise
        except BaseException as error:
            self._watch.failed(error)
            raise

    async def aclose(self) -> None:
        self._watch.closed()
        await self._generator.aclose()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._generator, name)

    def __del__(self) -> None:
        self._watch.closed()
