"""HTTP by hand, byte for byte as the official client writes it.

A fresh connection per post, closed by the server.
"""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def exchange(port: int, request: bytes, seconds_max: float = 10) -> Answer:
    """Send bytes on a new connection and read until the server closes it."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds_max) as connection:
        connection.sendall(request)
        received = bytearray()
        while part := connection.recv(65_536):
            received += part
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(status.split(" ")[1]), headers, body)


def post(port: int, path: str, body: bytes, key: str, *, key_header: str = "X-Api-Key") -> Answer:
    """A post as Python's urllib writes it."""
    head = (
        f"POST {path} HTTP/1.1\r\nAccept-Encoding: identity\r\nContent-Length: {len(body)}\r\n"
        f"Host: 127.0.0.1:{port}\r\nUser-Agent: Python-urllib/3.11\r\nContent-Type: application/json\r\n"
        f"{key_header}: {key}\r\nConnection: close\r\n\r\n"
    )
    return exchange(port, head.encode() + body)


def get(port: int, path: str, token: str | None = None) -> Answer:
    """A read, with a Bearer token if one is given."""
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    return exchange(port, f"GET {path} HTTP/1.1\r\nHost: h\r\n{bearer}Connection: close\r\n\r\n".encode())


def delete(port: int, path: str, token: str) -> Answer:
    """A deletion with a Bearer token."""
    head = f"DELETE {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    return exchange(port, head.encode())
