"""A disk that takes no more: what is acknowledged is stored, the server lives, and goes on afterwards."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from random import Random

import pytest

from tests.crash.rounds import Books, check, set_up
from tests.processes import serving
from tests.wire import raw


def _limit_file_size(pid: int, bytes_max: int) -> None:
    """Make writes beyond this size fail, as they do on a full disk."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (bytes_max, resource.RLIM_INFINITY))


@pytest.mark.crash
def test_a_full_disk_refuses_and_recovers(tmp_path: Path) -> None:
    key = set_up(tmp_path)
    books = Books(Random(1))
    with serving(tmp_path) as server:
        assert _send(server.port, key, books).status == 200
        _limit_file_size(server.process.pid, 4_096)
        answer = _send(server.port, key, books)
        assert answer.status == 503
        assert answer.json["reason"] == "storage_unavailable"
        assert "farthing.db cannot be written" in answer.json["message"]
        assert answer.headers["retry-after"] == "1"
        assert raw.get(server.port, "/readyz").status == 503
        assert raw.get(server.port, "/healthz").status == 200
        _limit_file_size(server.process.pid, resource.RLIM_INFINITY)
        assert _send(server.port, key, books).status == 200
        assert raw.get(server.port, "/readyz").status == 200
        server.stop()
    check(tmp_path, books)


def _send(port: int, key: str, books: Books) -> raw.Answer:
    call = books.call()
    answer = raw.post(port, "/v1/ingest/llm-request", json.dumps(call).encode(), key)
    if answer.status == 200:
        books.acknowledged.add(str(call["externalRequestId"]))
    return answer
