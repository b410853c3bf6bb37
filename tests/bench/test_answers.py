from __future__ import annotations

import msgspec
import pytest

from bench.answers import judge
from bench.wire import Response


def answer(status: int, body: object) -> Response:
    return Response(status, msgspec.json.encode(body), None)


def counts(response: Response, events: int) -> tuple[int, int, dict[str, int], int]:
    verdict = judge(response, events)
    return verdict.acknowledged, verdict.duplicates, dict(verdict.failures), verdict.unknown


def test_a_new_single_event_is_acknowledged() -> None:
    assert counts(answer(200, {"ok": True, "duplicate": False}), 1) == (1, 0, {}, 0)
    assert counts(Response(200, b'{ "ok": true, "duplicate": false }', None), 1) == (1, 0, {}, 0)


def test_a_repeated_single_event_is_a_duplicate_and_not_acknowledged() -> None:
    assert counts(answer(200, {"ok": True, "duplicate": True}), 1) == (0, 1, {}, 0)


def test_a_batch_is_counted_item_by_item() -> None:
    body = {
        "ok": True,
        "accepted": 3,
        "duplicates": 1,
        "refused": 1,
        "results": [{"index": 4, "ok": False, "reason": "validation_failed"}],
    }

    assert counts(answer(200, body), 5) == (3, 1, {"200 validation_failed": 1}, 0)


def test_a_batch_that_is_all_new_is_acknowledged_whole() -> None:
    assert counts(
        answer(200, {"ok": True, "accepted": 5, "duplicates": 0, "refused": 0, "results": []}), 5
    ) == (
        5,
        0,
        {},
        0,
    )


def test_items_that_the_answer_does_not_mention_are_not_acknowledged() -> None:
    body = {"ok": True, "accepted": 3, "duplicates": 0, "refused": 0, "results": []}

    assert counts(answer(200, body), 5) == (3, 0, {"200 items missing from the answer": 2}, 0)


@pytest.mark.parametrize("status", [400, 402, 429])
def test_a_refusal_is_counted_by_status_and_reason_and_stores_nothing(status: int) -> None:
    found = counts(answer(status, {"ok": False, "reason": "because"}), 10)

    assert found == (0, 0, {f"{status} because": 10}, 0)


def test_after_a_server_error_the_events_may_or_may_not_be_stored() -> None:
    assert counts(Response(503, b"<html>", None), 10) == (0, 0, {"503": 10}, 10)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"ok": 1}', b'{"accepted": true}'])
@pytest.mark.parametrize("events", [1, 10])
def test_an_unreadable_success_acknowledges_nothing(body: bytes, events: int) -> None:
    assert counts(Response(200, body, None), events) == (0, 0, {"200 unreadable answer": events}, events)
