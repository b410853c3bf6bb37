"""Bodies that come packed (`Content-Encoding`): gzip and zstd, unpacked within the limit of an open body.

What comes out is asked for only up to the limit, so a body that would become gigabytes costs its limit.
A zstd frame names the memory its sender wants to be read with; more than 8 MiB, which RFC 9659 allows on the
web, is refused.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import Any, Final

from farthing.api.errors import BodyTooLargeError, RequestError, UnknownEncodingError
from farthing.zstd import zstd

__all__ = ["ENCODINGS", "unpack", "unpacked", "zstd"]

ENCODINGS: Final = ("gzip", "zstd")
_PLAIN: Final = (b"", b"identity")
_GZIP: Final = (b"gzip", b"x-gzip")
_GZIP_FRAME: Final = 31
_WINDOW_LOG_MAX: Final = 23
_CHUNK_BYTES: Final = 65_536
_MEMBERS_MAX: Final = 10_000
"""A body that is packed call by call has fewer; a megabyte of empty ones would take seconds."""
_AT_ONCE_BYTES: Final = 16_384
"""Up to this size a body is unpacked in a fraction of a millisecond, if it holds what calls hold."""


async def unpack(body: bytes, encoding: bytes, bytes_max: int) -> bytes:
    """The body as it was before it was packed.

    Raises UnknownEncodingError, BodyTooLargeError, and RequestError for what is not packed as it says.
    """
    name = encoding.strip().lower()
    if name in _PLAIN:
        return body
    if name not in (*_GZIP, b"zstd"):
        raise UnknownEncodingError(_unknown(name))
    if len(body) <= _AT_ONCE_BYTES:
        return unpacked(body, name, bytes_max)
    return await asyncio.to_thread(unpacked, body, name, bytes_max)


def unpacked(body: bytes, name: bytes, bytes_max: int) -> bytes:
    """The same, here and now. Members and frames that follow each other are one body."""
    whole, rest, count = bytearray(), memoryview(body), 0
    try:
        while rest:
            count += 1
            if count > _MEMBERS_MAX:
                raise RequestError(f"the body has more than {_MEMBERS_MAX} {name.decode()} members or frames")
            rest = rest[_read(rest, name, whole, bytes_max) :]
    except (zlib.error, zstd.ZstdError) as error:
        raise RequestError(f"the body is no {name.decode()}: {error}") from error
    return bytes(whole)


def _read(packed: memoryview, name: bytes, whole: bytearray, bytes_max: int) -> int:
    """Unpack one member or frame onto the end of `whole`; how long it is.

    What follows it is copied by whatever unpacks, so it is given a bit at a time.
    """
    reader = _zstd_reader() if name == b"zstd" else zlib.decompressobj(_GZIP_FRAME)
    place = 0
    while not reader.eof:
        if place == len(packed):
            raise RequestError(f"the {name.decode()} body ends before its end")
        some = packed[place : place + _CHUNK_BYTES]
        whole += reader.decompress(some, bytes_max - len(whole) + 1)
        if len(whole) > bytes_max:
            raise BodyTooLargeError(f"unpacked, the body has more than {bytes_max} bytes")
        place += len(some)
    return place - len(reader.unused_data)


def _zstd_reader() -> Any:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG_MAX})


def _unknown(name: bytes) -> str:
    shown = name[:40].decode("latin-1")
    return (
        f'the Content-Encoding "{shown}" is not read here; bodies may be packed as {" or ".join(ENCODINGS)}'
    )
