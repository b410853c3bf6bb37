"""The contract's ingest call against the real server: sections 1, 3, 4, 5 and 17."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from tests.wire import raw
from tests.wire.conftest import Wire

SEED: dict[str, Any] = {
    "externalRequestId": "req_2026_02_07_001",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "promptVersion": "summarizer_v3",
    "endpointTag": "checkout.ai_summary",
    "inputTokens": 120,
    "outputTokens": 45,
    "totalTokens": 165,
    "latencyMs": 820,
    "status": "success",
    "errorCode": None,
    "userId": "user_8f2a",
    "dataMode": "real",
    "environment": "prod",
}
BATCH = "/v1/ingest/llm-requests"
STATUS_FIELDS = {
    "planTier": "self_hosted",
    "telemetryPaused": False,
    "providerCallsContinue": True,
    "isPlanLimitReached": False,
    "budgetWarning": False,
    "budgetExceeded": False,
    "planLimitRequests": 0,
    "freeLimitRemainingRequests": 0,
}


def test_the_sample_call_is_stored_once_however_often_it_is_sent(wire: Wire) -> None:
    before = wire.stored_count()
    answers = [wire.send(SEED) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 200]
    first, second, third = (answer.json for answer in answers)
    assert first["costUsd"] == 0.000045
    assert first["pricing"]["amountUsd"] == "0.000045000000"
    assert first["pricing"]["currency"] == "USD"
    assert first["pricing"]["matchedBy"] == "exact"
    assert first["pricingStatus"] == "priced"
    assert first["usage"] == {
        "buckets": {"input_uncached": 120, "output_visible": 45},
        "accounting": "inclusive",
        "accountingRule": "flat_fields",
        "flags": [],
    }
    assert first["ok"] is True
    assert first["warnings"] == []
    assert STATUS_FIELDS.items() <= first.items()
    assert [one["duplicate"] for one in (first, second, third)] == [False, True, True]
    assert first["requestId"] == second["requestId"] == third["requestId"]
    assert first["externalRequestId"] == "req_2026_02_07_001"
    assert wire.stored_count() == before + 1  # at once, and once


def test_the_official_clients_body_is_understood_with_its_nulls(wire: Wire, fresh_id: str) -> None:
    metadata = {
        "operation": "chat.completions.create",
        "tenantId": "tenant_1",
        "endpoint": None,
        "feature": None,
        "providerRequestId": "chatcmpl-9",
        "sdkLanguage": "python",
    }
    sent = SEED | {"externalRequestId": fresh_id, "metadata": metadata, "errorCode": None, "userId": None}
    answer = wire.send(sent)
    assert answer.status == 200
    stored = wire.read(f"/v1/requests/{answer.json['requestId']}")
    assert stored["tenantId"] == "tenant_1"
    assert stored["userId"] is None


@pytest.mark.parametrize("header", ["X-API-Key", "X-Api-Key", "x-api-key"])
def test_the_key_header_is_found_in_any_case(wire: Wire, header: str, fresh_id: str) -> None:
    body = json.dumps(SEED | {"externalRequestId": fresh_id}).encode()
    answer = raw.post(wire.port, "/v1/ingest/llm-request", body, wire.key, key_header=header)
    assert answer.status == 200


@pytest.mark.parametrize("key", ["", "fk_live_wrong", "x" * 5_000])
def test_without_a_live_key_it_is_401_and_nothing_is_stored(wire: Wire, key: str) -> None:
    before = wire.stored_count()
    answer = raw.post(wire.port, "/v1/ingest/llm-request", json.dumps(SEED).encode(), key)
    assert answer.status == 401
    assert answer.json["reason"] == "invalid_api_key"
    assert STATUS_FIELDS.items() <= answer.json.items()
    assert wire.stored_count() == before


def test_defaults_are_real_and_prod(wire: Wire, fresh_id: str) -> None:
    sent = {name: value for name, value in SEED.items() if name not in ("dataMode", "environment")}
    request_id = wire.send(sent | {"externalRequestId": fresh_id}).json["requestId"]
    stored = wire.read(f"/v1/requests/{request_id}")
    assert (stored["dataMode"], stored["environment"]) == ("real", "prod")


def test_a_missing_id_is_made_and_never_a_duplicate(wire: Wire) -> None:
    sent = {name: value for name, value in SEED.items() if name != "externalRequestId"}
    first, second = wire.send(sent).json, wire.send(sent).json
    assert first["externalRequestId"].startswith("srv_")
    assert first["warnings"] == ["external_request_id_missing"]
    assert (first["duplicate"], second["duplicate"]) == (False, False)


def test_a_repeat_with_another_payload_changes_nothing_and_says_so(wire: Wire, fresh_id: str) -> None:
    first = wire.send(SEED | {"externalRequestId": fresh_id}).json
    repeat = wire.send(SEED | {"externalRequestId": fresh_id, "inputTokens": 9_000, "totalTokens": 9_045})
    assert repeat.status == 200
    assert repeat.json["duplicate"] is True
    assert repeat.json["warnings"] == ["duplicate_payload_differs"]
    assert repeat.json["costUsd"] == first["costUsd"]
    assert wire.read(f"/v1/requests/{first['requestId']}")["inputTokens"] == 120


def test_an_unknown_model_is_kept_without_a_made_up_cost(wire: Wire, fresh_id: str) -> None:
    answer = wire.send(
        SEED | {"externalRequestId": fresh_id, "model": "house-model-7", "dataMode": "test"}
    ).json
    assert answer["costUsd"] is None
    assert answer["pricing"]["amountUsd"] is None
    assert answer["pricingStatus"] == "unpriced"
    assert answer["pricing"]["unpriced"] == [
        {"unit": "input_uncached", "count": 120, "reason": "unknown_model"},
        {"unit": "output_visible", "count": 45, "reason": "unknown_model"},
    ]
    assert "unknown_model" in answer["warnings"]
    total = wire.read("/v1/dashboard/overview?dataMode=test")["total"]
    assert total["unpricedRequests"] == 1
    assert total["unpricedTokens"] == 165


def test_test_rows_never_touch_real_totals(wire: Wire, fresh_id: str) -> None:
    before = wire.read("/v1/dashboard/overview")["total"]
    wire.send(SEED | {"externalRequestId": fresh_id, "dataMode": "test", "environment": "staging"})
    assert wire.read("/v1/dashboard/overview")["total"] == before


def test_the_receipt_comes_when_asked_for_and_adds_up(wire: Wire, fresh_id: str) -> None:
    answer = wire.send(SEED | {"externalRequestId": fresh_id}, "/v1/ingest/llm-request?receipt=true").json
    lines = answer["receipt"]["lines"]
    assert [(line["unit"], line["count"], line["rateUsd"], line["amountUsd"]) for line in lines] == [
        ("input_uncached", 120, "0.15", "0.000018000000"),
        ("output_visible", 45, "0.6", "0.000027000000"),
    ]
    assert answer["receipt"]["totalUsd"] == "0.000045000000"
    later = wire.read(f"/v1/requests/{answer['requestId']}/receipt")
    assert later["lines"] == lines


def test_lines_have_one_order_whoever_counted(wire: Wire, fresh_id: str) -> None:
    usage = {  # cached audio is read before audio that is not
        "promptTokenCount": 10_000,
        "cachedContentTokenCount": 7_000,
        "candidatesTokenCount": 200,
        "totalTokenCount": 10_200,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 2_000},
            {"modality": "AUDIO", "tokenCount": 8_000},
        ],
        "cacheTokensDetails": [
            {"modality": "AUDIO", "tokenCount": 6_000},
            {"modality": "TEXT", "tokenCount": 1_000},
        ],
    }
    call = {"provider": "google", "model": "gemini-2.5-flash", "status": "success", "usage": usage}
    sent = wire.send(call | {"externalRequestId": fresh_id}, "/v1/ingest/llm-request?receipt=true").json
    stored = wire.read(f"/v1/requests/{sent['requestId']}")
    receipt = wire.read(f"/v1/requests/{sent['requestId']}/receipt")
    assert receipt["lines"] == sent["receipt"]["lines"]
    assert len(receipt["lines"]) >= 4
    assert stored["pricing"]["unpriced"] == sent["pricing"]["unpriced"]
    assert list(stored["usage"]["buckets"]) == list(sent["usage"]["buckets"])


@pytest.mark.parametrize("path", ["/v1/ingest/llm-request", BATCH])
def test_what_the_answer_shall_bring_is_true_or_false_and_asked_before_anything_is_stored(
    wire: Wire, fresh_id: str, path: str
) -> None:
    before = wire.stored_count()
    call: Any = SEED | {"externalRequestId": fresh_id}
    body = call if path != BATCH else {"items": [call]}
    refused = wire.send(body, f"{path}?receipt=maybe&results=some&results=all&sentBy=proxy")
    assert refused.status == 400
    assert refused.json["errors"] == [
        {"field": "receipt", "message": "'maybe' is unknown; allowed are true, false"},
        {"field": "results", "message": "may be given only once"},
        {"field": "results", "message": "'some' is unknown; allowed are all, refused"},
    ]
    assert wire.stored_count() == before
    answer = wire.send(body, f"{path}?receipt=FALSE&results=&sentBy=proxy")
    assert answer.status == 200
    assert b'"receipt"' not in answer.body


BAD_BODIES = [
    (b"", 400, "body"),
    (b"not json", 400, "body"),
    (b'{"inputTokens": NaN}', 400, "body"),
    (b'{"userId": "\xff\xfe"}', 400, "body"),
    (b"[" * 30_000, 400, "body"),
    (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, "body"),
    (json.dumps(SEED | {"inputTokens": -1}).encode(), 400, "inputTokens"),
    (json.dumps(SEED | {"inputTokens": "120"}).encode(), 400, "inputTokens"),
    (json.dumps(SEED | {"outputTokens": 1.5}).encode(), 400, "outputTokens"),
    (json.dumps(SEED | {"inputTokens": 2**53}).encode(), 400, "inputTokens"),
    (json.dumps(SEED | {"inputTokens": 10**1_000}).encode(), 400, "inputTokens"),
    (json.dumps(SEED | {"latencyMs": -1}).encode(), 400, "latencyMs"),
    (json.dumps(SEED | {"status": "done"}).encode(), 400, "status"),
    (json.dumps(SEED | {"dataMode": "prod"}).encode(), 400, "dataMode"),
    (json.dumps(SEED | {"environment": "production"}).encode(), 400, "environment"),
    (json.dumps(SEED | {"externalRequestId": "x" * 201}).encode(), 400, "externalRequestId"),
    (json.dumps(SEED | {"metadata": {"note": "x" * 5_000}}).encode(), 400, "metadata"),
    (json.dumps(SEED | {"metadata": {"deep": {"a": 1}}}).encode(), 400, "metadata.deep"),
    (json.dumps(SEED | {"cachedInputTokens": 121}).encode(), 400, "cachedInputTokens"),
    (json.dumps(SEED | {"reasoningTokens": 46}).encode(), 400, "reasoningTokens"),
    (json.dumps(SEED | {"userId": "nul\0"}).encode(), 400, "userId"),
    (json.dumps(SEED | {"createdAt": "soon"}).encode(), 400, "createdAt"),
    (json.dumps(SEED).encode()[:-1] + b', "inputTokens": 7}', 400, "inputTokens"),
    (json.dumps(SEED | {"padding": "x" * 70_000}).encode(), 413, None),
]


@pytest.mark.parametrize(("body", "status", "field"), BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_every_bad_body_is_refused_by_field_and_nothing_is_stored(
    wire: Wire, body: bytes, status: int, field: str | None
) -> None:
    before = wire.stored_count()
    answer = wire.send(body)
    assert answer.status == status, answer
    assert answer.json["ok"] is False
    assert answer.json["message"]
    assert [error["field"] for error in answer.json["errors"]] == ([field] if field else [])
    assert wire.stored_count() == before


def test_a_body_without_a_length_is_cut_off_at_the_limit(wire: Wire) -> None:
    head = (
        f"POST /v1/ingest/llm-request HTTP/1.1\r\nHost: h\r\nX-API-Key: {wire.key}\r\nConnection: close\r\n"
    )
    chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    body = head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3 + b"0\r\n\r\n"
    assert raw.exchange(wire.port, body).status == 413


def test_a_client_that_hangs_up_in_the_middle_harms_nobody(wire: Wire, fresh_id: str) -> None:
    before = wire.stored_count()
    start = f"POST /v1/ingest/llm-request HTTP/1.1\r\nHost: h\r\nX-API-Key: {wire.key}\r\n"
    head = f"{start}Content-Length: 900\r\n\r\n"
    with socket.create_connection(("127.0.0.1", wire.port)) as connection:
        connection.sendall(head.encode() + b'{"provider": "openai"')
    assert wire.send(SEED | {"externalRequestId": fresh_id}).status == 200
    assert wire.stored_count() == before + 1


def test_only_post_is_taken(wire: Wire) -> None:
    start = f"GET /v1/ingest/llm-request HTTP/1.1\r\nHost: h\r\nX-API-Key: {wire.key}\r\n"
    answer = raw.exchange(wire.port, f"{start}Connection: close\r\n\r\n".encode())
    assert answer.status == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json["reason"] == "method_not_allowed"


def test_a_batch_answers_item_by_item(wire: Wire, fresh_id: str) -> None:
    items = [
        SEED | {"externalRequestId": f"{fresh_id}_a"},
        SEED | {"externalRequestId": f"{fresh_id}_b", "inputTokens": -4},
        SEED | {"externalRequestId": f"{fresh_id}_a"},
        7,
    ]
    answer = wire.send({"items": items}, BATCH).json
    assert (answer["accepted"], answer["duplicates"], answer["refused"]) == (1, 1, 2)
    assert [(one["index"], one["ok"]) for one in answer["results"]] == [
        (0, True),
        (1, False),
        (2, True),
        (3, False),
    ]
    assert answer["results"][0]["costUsd"] == 0.000045
    assert answer["results"][2]["duplicate"] is True
    assert answer["results"][1]["reason"] == "validation_failed"
    assert answer["results"][1]["errors"][0]["field"] == "inputTokens"
    refusals = wire.send({"items": items}, f"{BATCH}?results=refused").json
    assert [one["index"] for one in refusals["results"]] == [1, 3]


def test_arrays_and_lines_are_batches_too(wire: Wire, fresh_id: str) -> None:
    items = [SEED | {"externalRequestId": f"{fresh_id}_{place}"} for place in range(3)]
    assert wire.send(json.dumps(items).encode(), BATCH).json["accepted"] == 3
    lines = "\n".join(json.dumps(item) for item in items).encode()
    assert wire.send(lines, BATCH).json["duplicates"] == 3
    assert wire.send(b"[]", BATCH).json["accepted"] == 0


def test_a_batch_that_cannot_be_read_is_400_and_one_too_long_413(wire: Wire) -> None:
    assert wire.send(b'[{"a": 1}', BATCH).status == 400
    assert wire.send(b'{"items": 5}', BATCH).status == 400
    too_many = wire.send(b"[" + b",".join([b"{}"] * 1_001) + b"]", BATCH)
    assert too_many.status == 413
    assert "1001" in too_many.json["message"]
