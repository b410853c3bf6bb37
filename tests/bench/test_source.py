from __future__ import annotations

from typing import Any

import msgspec
import pytest

from bench import traffic
from bench.source import BATCH_PATH, SINGLE_PATH, BatchSource, RequestIds, SingleSource

CALLS = traffic.calls(50, seed=3)
HEADERS = {"Host": "127.0.0.1:1", "X-API-Key": "key"}


def parts(request: bytes) -> tuple[str, dict[str, str], Any]:
    """The target, headers and decoded body of a rendered request; the body's length is checked on the way."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert int(headers["Content-Length"]) == len(body)
    return first.split()[1], headers, msgspec.json.decode(body)


def test_a_single_request_is_one_call_with_an_id() -> None:
    source = SingleSource(CALLS, RequestIds(1), HEADERS)

    target, headers, body = parts(source.next_request())

    assert target == SINGLE_PATH
    assert headers["X-API-Key"] == "key"
    assert body["externalRequestId"].startswith("req_00000001")
    assert (body["model"], body["endpointTag"]) == (CALLS[0].model, CALLS[0].endpoint_tag)


def test_singles_rotate_over_all_calls_and_never_repeat_an_id() -> None:
    source = SingleSource(CALLS, RequestIds(1), HEADERS)

    bodies = [parts(source.next_request())[2] for _ in range(120)]

    assert len({body["externalRequestId"] for body in bodies}) == 120
    without_ids = [{name: body[name] for name in body if name != "externalRequestId"} for body in bodies]
    assert without_ids[:50] == without_ids[50:100]
    assert without_ids[:20] == without_ids[100:120]


@pytest.mark.parametrize("size", [1, 7, 17, 25, 50])
def test_batches_are_arrays_of_the_size_asked_for_with_ids_of_their_own(size: int) -> None:
    source = BatchSource(CALLS, RequestIds(1), HEADERS, size)

    answers = [parts(source.next_request()) for _ in range(12)]

    assert {target for target, _, _ in answers} == {BATCH_PATH}
    assert [len(body) for _, _, body in answers] == [size] * 12
    ids = [item["externalRequestId"] for _, _, body in answers for item in body]
    assert len(set(ids)) == 12 * size


def test_batches_rotate_over_the_calls() -> None:
    source = BatchSource(CALLS, RequestIds(1), HEADERS, 20)

    models = [[item["model"] for item in parts(source.next_request())[2]] for _ in range(3)]

    assert models[0] == [call.model for call in CALLS[:20]]
    assert models[1] == [call.model for call in CALLS[20:40]]
    assert models[2] == models[0]  # the last ten make no whole batch


def test_a_batch_larger_than_the_calls_is_refused() -> None:
    with pytest.raises(ValueError, match="51 cannot be cut from 50"):
        BatchSource(CALLS, RequestIds(1), HEADERS, 51)


def test_ids_of_two_runs_differ_and_come_in_no_order() -> None:
    first, second = RequestIds(1), RequestIds(2)

    ids = [first.take() for _ in range(100)]

    assert not set(ids) & {second.take() for _ in range(100)}
    assert ids != sorted(ids)
    assert {len(one) for one in ids} == {28}
